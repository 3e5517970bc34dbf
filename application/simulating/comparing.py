"""How two policies differ on a violation, which of them is harder, and how an account stands in the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from ...domain.policies.deviating import Measure
from ...domain.policies.deviating import direction as compared
from ...domain.state import State
from .words import Consequences, Terms, Word

__all__ = [
    "CONSEQUENCES",
    "DIFFERENCES",
    "ENDINGS",
    "Difference",
    "Direction",
    "Ending",
    "Outcome",
    "agrees",
    "compare",
    "direction",
    "ending",
    "outcome",
]

Difference = Literal[
    "other_step",
    "other_terms",
    "imposed_instead",
    "proposed_instead",
    "other_kinds",
    "nothing_instead",
    "something_instead",
    "banned_before",
    "not_banned_before",
    "unknown_clause",
    "refused",
]
"""How the other policy decides otherwise. `other_step`: the same sanctions (or none), by another step or for another reason;
`other_terms`: the same kinds, other ends or functions. `banned_before`: nothing follows there because the account would have
been banned for good by then; `not_banned_before`: the same of the record. `refused`: it does not accept the report."""
DIFFERENCES: Final[tuple[Difference, ...]] = get_args(Difference)

Direction = Literal["harsher", "milder"]

Outcome = Literal[
    "nothing", "warning", "rectification", "restriction", "suspension", "permanent_ban", "unknown_clause", "refused"
]
"""The hardest consequence of a violation."""
CONSEQUENCES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_RANKS: Final[dict[Consequences, int]] = {one: rank for rank, one in enumerate(get_args(Consequences))}

Ending = Literal["clear", "warned", "rectifying", "restricted", "suspended", "banned_for_good"]
"""Where an account stands in the end."""
ENDINGS: Final[tuple[Ending, ...]] = get_args(Ending)


def compare(recorded: Word, other: Word) -> Difference | None:
    """How the other word differs from the recorded one; None where it does not."""
    if recorded == other:
        return None
    if other.refused is not None:
        return "unknown_clause" if other.refused == "unknown_clause" else "refused"
    if agrees(recorded, other):
        return None if (recorded.step, recorded.withheld) == (other.step, other.withheld) else "other_step"
    if not other.sanctions:
        return "banned_before" if other.withheld == "terminal" else "nothing_instead"
    if not recorded.sanctions:
        return "not_banned_before" if recorded.withheld == "terminal" else "something_instead"
    if _kinds(recorded.sanctions) != _kinds(other.sanctions):
        return "other_kinds"
    if not recorded.chosen and _kinds(recorded.imposed) != _kinds(other.imposed):
        return "imposed_instead" if len(other.imposed) > len(recorded.imposed) else "proposed_instead"
    return "other_terms"


def agrees(recorded: Word, other: Word) -> bool:
    """Whether the same sanctions follow, whatever the steps are called."""
    if recorded.chosen:
        return _same(recorded.sanctions, other.sanctions)
    return _same(recorded.imposed, other.imposed) and _same(recorded.proposed, other.proposed)


def direction(recorded: Word, other: Word) -> Direction | None:
    """Whether the other word is harder or milder; None where neither is, or where they cannot be compared.

    Of equal sanctions, what is imposed is harder than what is proposed.
    """
    if other.refused is not None or "terminal" in (recorded.withheld, other.withheld):
        return None
    found = compared(map(_measure, recorded.sanctions), map(_measure, other.sanctions))
    if found == "other" and not recorded.chosen and agrees(_at_once(recorded), _at_once(other)):
        before, after = len(recorded.imposed), len(other.imposed)
        return None if before == after else ("harsher" if after > before else "milder")
    return None if found == "other" else found


def _at_once(word: Word) -> Word:
    return Word(imposed=word.sanctions)


def _measure(terms: Terms) -> Measure:
    return Measure(terms.kind, terms.until, frozenset(terms.functions))


def outcome(word: Word) -> tuple[Outcome, bool]:
    """The hardest consequence, and whether it waits for a person."""
    if word.refused is not None:
        return ("unknown_clause" if word.refused == "unknown_clause" else "refused"), False
    imposed = max((_RANKS[one.consequence] for one in word.imposed), default=-1)
    proposed = max((_RANKS[one.consequence] for one in word.proposed), default=-1)
    return CONSEQUENCES[max(imposed, proposed) + 1], proposed > imposed


def ending(state: State) -> Ending:
    """Where an account stands; the state is advanced to the instant that is asked about."""
    if state.terminal:
        return "banned_for_good"
    return "suspended" if state.standing == "banned" else state.standing


def _same(one: tuple[Terms, ...], two: tuple[Terms, ...]) -> bool:
    """The same sanctions, in whatever order they are named."""
    if len(one) != len(two):
        return False
    if one == two:
        return True
    rest = list(two)
    for terms in one:
        if terms not in rest:
            return False
        rest.remove(terms)
    return True


def _kinds(sanctions: Iterable[Terms]) -> list[str]:
    return sorted(one.consequence for one in sanctions)
