"""Where violations count for less with recurrence or severity, on a ladder that does not say `may_get_milder`.

By the weights of clauses, by first weights, by good standing, by escalations that leave a severity out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from .clauses import Clause
from .findings import Finding, Place
from .ladders import Ladder
from .numbers import Exact, exact
from .policy import Policy

__all__ = ["check_weights"]

_ADVICE: Final = "or let the ladder say `may_get_milder = true`"


def check_weights(policy: Policy) -> Iterator[Finding]:
    """What makes the ladders milder that claim to grow harsher."""
    weighed: list[tuple[str, Clause, Ladder]] = []
    for name, clause in (policy.clauses or {}).items():
        ladder = None if clause.ladder is UNSET else policy.ladders.get(clause.ladder)
        if ladder is not None and ladder.count == "weight" and not ladder.may_get_milder:
            weighed.append((name, clause, ladder))
    forgets = _forgets(policy)
    for name, clause, ladder in weighed:
        yield from _weights_rise(("clauses", name), clause, policy.severities)
        yield from _first_weight(("clauses", name, "first_weight"), clause, ladder, policy, forgets=forgets)
    stepped = [(clause, ladder) for _, clause, ladder in weighed if ladder.steps]
    yield from _good_standing(policy, [clause for clause, _ in stepped if not clause.severe], forgets=forgets)
    yield from _escalations(policy)


def _forgets(policy: Policy) -> bool:
    countings = [one.counting for one in (policy.clauses or {}).values() if one.counting is not UNSET]
    return any(one.lifetime is not None for one in (policy.counting, *countings))


def _bases(clause: Clause, policy: Policy) -> set[Exact]:
    """What the clause can weigh by itself."""
    if not clause.weights:
        return {exact(clause.weight)}
    return {clause.base_weight(severity) for severity in (None, *policy.severities)}


def _weights_rise(place: Place, clause: Clause, severities: tuple[str, ...]) -> Iterator[Finding]:
    """A graver violation that weighs less would climb the ladder more slowly than a milder one."""
    for milder, graver in pairwise(severities):
        if clause.weights and clause.base_weight(graver) < clause.base_weight(milder):
            where = (*place, "weights", graver) if graver in clause.weights else (*place, "weights")
            yield (
                where,
                f"{graver!r} weighs less than {milder!r}, which is the milder severity; raise it, or let the ladder "
                "say `may_get_milder = true`",
            )


def _first_weight(place: Place, clause: Clause, ladder: Ladder, policy: Policy, *, forgets: bool) -> Iterator[Finding]:
    """The first violation may weigh more only as long as it is never left out of the count of the next."""
    if clause.first_weight is UNSET:
        return
    least = min(_bases(clause, policy))
    apart = ladder.within is not UNSET or ladder.same_severity or ladder.scope == "category"
    left_out = forgets or apart or ladder.prior_warning is not UNSET or least == 0
    if exact(clause.first_weight) > least and left_out:
        yield (
            place,
            f"a later violation can weigh {least} and the first no longer count, so that repetition gets milder; "
            f"lower it, {_ADVICE}",
        )


def _good_standing(policy: Policy, clauses: list[Clause], *, forgets: bool) -> Iterator[Finding]:
    rule = policy.good_standing
    if rule is UNSET:
        return
    heaviest = max([weight for clause in clauses for weight in _bases(clause, policy)], default=0)
    curve = [exact(one) for one in rule.curve]
    if all(one >= heaviest for one in curve):
        return  # Nothing that climbs such a ladder is dampened.
    for number, (one, two) in enumerate(pairwise(curve), 1):
        if two < one and two < heaviest:
            yield (
                ("good_standing", "curve", number),
                f"{two} is less than {one} before it, so that a repeated offence weighs less; let the numbers rise, {_ADVICE}",
            )
            return
    if forgets:
        yield (
            ("good_standing",),
            "violations cease to count here, so that an account comes back into good standing and an offence gets milder than "
            f"one before it; let violations count for ever, {_ADVICE}",
        )


def _escalations(policy: Policy) -> Iterator[Finding]:
    """A second violation must not be treated as graver than a first one of a severity in between."""
    rank = {name: number for number, name in enumerate(policy.severities)}
    if not any(_tells_apart(name, ladder, policy) for name, ladder in policy.ladders.items()):
        return
    for number, rule in enumerate(policy.escalations):
        low, high = rank.get(rule.severity), rank.get(rule.becomes)
        if low is not None and high is not None and high > low + 1:
            left_out = policy.severities[low + 1]
            yield (
                ("escalations", number, "becomes"),
                f"it passes over {left_out!r}: a repeated {rule.severity!r} is treated as {rule.becomes!r}, and {left_out!r}, "
                f"which is graver, is not; let it become {left_out!r}, {_ADVICE}",
            )


def _tells_apart(name: str, ladder: Ladder, policy: Policy) -> bool:
    """Whether a ladder that claims to grow harsher treats severities differently."""
    if ladder.may_get_milder or not ladder.steps:
        return False
    if ladder.same_severity or any(step.severity is not UNSET for step in ladder.steps):
        return True
    weighed = [one for one in (policy.clauses or {}).values() if one.ladder == name and one.weights]
    return ladder.count == "weight" and bool(weighed)
