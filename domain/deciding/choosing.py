"""What a person chooses instead of what the policy says: whether it differs, and what of it waits for a second person."""

from __future__ import annotations

from msgspec import UNSET, Struct
from msgspec.structs import replace

from .. import acts
from ..errors import NotPermitted, SecondPersonRequired
from ..policies.bounding import lasts_within
from ..policies.evaluation import Evaluation, barred
from ..policies.penalties import Penalty
from ..policies.resolving import Resolved, is_milder, resolve, same
from .case import Case, within_calendar

__all__ = ["Choice", "choice_of"]


class Choice(Struct, frozen=True):
    """What is chosen: what the person decides alone, and what waits for a second one."""

    at_once: tuple[Penalty, ...]
    proposed: tuple[Penalty, ...]


def choice_of(case: Case, act: acts.ReportViolation, found: Evaluation) -> Choice | None:
    """What a report chooses; None where it is what the policy says: the decision is left to it, and what waits, waits.

    Raises NotPermitted to whom may not choose, SecondPersonRequired for nothing at all where the policy gives bounds.
    """
    if act.choose is UNSET:
        return None
    if case.by.kind == "system":
        raise NotPermitted("the system follows the policy; only a person chooses otherwise", actor=case.by.kind)
    case.require("change")
    if barred(case.state, case.by) is not None:
        return None
    chosen = act.choose
    said, meant = _resolved(case, found.penalties), _resolved(case, chosen)
    if same(said, meant):
        return None
    if found.bounds is not None and not _within_bounds(case, found, chosen):
        if not chosen:
            raise SecondPersonRequired("the policy's bounds do not let one person alone impose nothing")
        return Choice((), chosen)
    if found.propose and not is_milder(said, meant):
        return Choice((), chosen)
    alone = tuple(one for one in chosen if not _needs_two(case, one))
    return Choice(alone, tuple(one for one in chosen if one not in alone))


def _resolved(case: Case, penalties: tuple[Penalty, ...]) -> list[Resolved]:
    return [resolve(one, case.at, case.policy.clock) for one in penalties]


def _needs_two(case: Case, penalty: Penalty) -> bool:
    return penalty.bans_permanently and "permanent_ban" in case.policy.second_person


def _within_bounds(case: Case, found: Evaluation, chosen: tuple[Penalty, ...]) -> bool:
    """Whether what is chosen differs from what the policy says in its length alone, and lasts as long as is allowed."""
    bounds = found.bounds
    assert bounds is not None
    if not same(_but_length(case, found.penalties), _but_length(case, chosen)):
        return False
    for end in (end for one in chosen for end in one.ends):
        until = within_calendar("choose", lambda end=end: end.resolve(case.at))  # type: ignore[misc]
        if not lasts_within(bounds, case.at, until):
            return False
    return True


def _but_length(case: Case, penalties: tuple[Penalty, ...]) -> list[Resolved]:
    """The penalties with all their ends alike; what an order announces is no length of its own."""
    found: list[Resolved] = []
    for penalty in penalties:
        one = resolve(penalty, case.at, case.policy.clock)
        announced = () if penalty.order is UNSET else penalty.order.on_default
        alike = tuple((function, None) for function, _ in one.ends)
        counted = tuple(sorted([resolve(each, case.at, case.policy.clock) for each in announced], key=repr))
        found.append(replace(one, ends=alike, announced=counted, requirements=None))
    return found
