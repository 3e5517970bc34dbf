"""What can be wrong with a policy although each of its fields can be read: a list of mistakes, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from msgspec import UNSET

from ..events import AppealTerms
from ..instants import text
from ..period import Period
from .clauses import Clause, Counting, Escalation
from .findings import Finding, Place, listed, near, not_a_duration, too_long, twice
from .ladder_checks import check_ladders
from .numbers import exact
from .penalty_checks import check_penalties
from .policy import Policy
from .weight_checks import check_weights

__all__ = ["MOST", "check_policy"]

MOST: Final = 200
"""How many mistakes are worth saying at once."""
_LEAVE_OUT: Final = "leave it out, or give a shorter one"
# The checks compare each of these with each other.
_MANY: Final = 100


def check_policy(policy: Policy) -> list[Finding]:
    """The mistakes in a policy, at most `MOST`: where, and a sentence that says what to do."""
    return list(islice(_findings(policy), MOST))


def _findings(policy: Policy) -> Iterator[Finding]:
    too_many = [
        ((field,), f"at most {_MANY} of these can be told apart; there are {len(given)}")
        for field, given in (
            ("severities", policy.severities),
            ("account_classes", policy.account_classes),
            ("escalations", policy.escalations),
        )
        if len(given) > _MANY
    ]
    if too_many:
        yield from too_many
        return
    yield from twice(("functions",), policy.functions)
    yield from twice(("severities",), policy.severities)
    yield from twice(("account_classes",), policy.account_classes)
    yield from too_long(("proposal_ttl",), policy.proposal_ttl, "give a shorter one")
    yield from _appeal(("appeal",), policy.appeal)
    yield from _counting(("counting",), policy.counting)
    yield from _good_standing(policy)
    yield from _escalations(policy)
    yield from _clauses(policy)
    for name, ladder in policy.ladders.items():
        for number, step in enumerate(ladder.steps):
            appeal = None if step.appeal is UNSET else step.appeal
            yield from _appeal(("ladders", name, "steps", number, "appeal"), appeal)
    yield from check_ladders(policy)
    yield from check_weights(policy)
    yield from check_penalties(policy)


def _clauses(policy: Policy) -> Iterator[Finding]:
    if policy.clauses is not None and not policy.clauses:
        yield (
            ("clauses",),
            "it lists no clause, so no violation could be reported; list clauses, or leave `clauses` out",
        )
    for name, clause in (policy.clauses or {}).items():
        place = ("clauses", name)
        yield from _weights(place, clause, policy)
        yield from _dates(place, clause, policy)
        if clause.counting is not UNSET:
            yield from _counting((*place, "counting"), clause.counting)
        if clause.ladder is UNSET:
            continue
        ladder = policy.ladders.get(clause.ladder)
        if ladder is None:
            known = f"; there are {listed(policy.ladders)}" if policy.ladders else "; write one under `ladders`"
            hint = near(clause.ladder, policy.ladders) or known
            yield (*place, "ladder"), f"there is no ladder {clause.ladder!r}{hint}"
            continue
        if ladder.scope == "category" and clause.category is UNSET:
            yield (
                place,
                f"the ladder {clause.ladder!r} counts by category and this clause has none; give it a `category`",
            )


def _weights(place: Place, clause: Clause, policy: Policy) -> Iterator[Finding]:
    for severity in clause.weights:
        yield from _severity((*place, "weights", severity), severity, policy)


def _severity(place: Place, severity: str, policy: Policy) -> Iterator[Finding]:
    if not policy.severities:
        yield place, f"{severity!r} is a severity and the policy lists none; list `severities` from mild to grave"
    elif severity not in policy.severities:
        hint = near(severity, policy.severities) or f"; there are {listed(policy.severities)}"
        yield place, f"there is no severity {severity!r}{hint}"


def _dates(place: Place, clause: Clause, policy: Policy) -> Iterator[Finding]:
    begins, ends = policy.effective_from, policy.effective_until
    if isinstance(begins, datetime):
        if clause.effective_from is not UNSET and clause.effective_from < begins:
            said = f"the policy itself begins later, at {text(begins)}; leave the date out or correct it"
            yield (*place, "effective_from"), said
        if clause.effective_until is not UNSET and clause.effective_until <= begins:
            said = f"the policy begins at {text(begins)}, when the clause is over; leave the clause out"
            yield (*place, "effective_until"), said
    if isinstance(ends, datetime):
        if clause.effective_until is not UNSET and clause.effective_until > ends:
            said = f"the policy itself ends before, at {text(ends)}; leave the date out or correct it"
            yield (*place, "effective_until"), said
        if clause.effective_from is not UNSET and clause.effective_from >= ends:
            said = f"the policy is over by then: it ends at {text(ends)}; leave the clause out"
            yield (*place, "effective_from"), said


def _counting(place: Place, counting: Counting) -> Iterator[Finding]:
    if counting.frozen_while and counting.lifetime is None:
        yield (
            (*place, "frozen_while"),
            "violations count for ever here, so there is no clock to stop; add `expires_after` or `fades_over`",
        )
    yield from twice((*place, "frozen_while"), counting.frozen_while)
    for field in ("expires_after", "fades_over", "max_content_age"):
        yield from too_long((*place, field), getattr(counting, field), _LEAVE_OUT)


def _good_standing(policy: Policy) -> Iterator[Finding]:
    rule = policy.good_standing
    if rule is UNSET:
        return
    clauses = (policy.clauses or {}).values()
    weighed = any(ladder.count == "weight" for ladder in policy.ladders.values())
    if not weighed and all(one.weight == 1 and not one.weights and one.first_weight is UNSET for one in clauses):
        yield (
            ("good_standing",),
            'it dampens weights, and nothing here has one; give clauses a `weight`, or a ladder `count = "weight"`',
        )
    if not rule.curve:
        yield (
            ("good_standing", "curve"),
            "it is empty, so nothing is dampened; list what the first offences weigh at most",
        )
    if exact(rule.below) == 0:
        yield (
            ("good_standing", "below"),
            "no score is below 0, so no account is in good standing; give a number above 0",
        )


def _escalations(policy: Policy) -> Iterator[Finding]:
    leads: dict[str, list[str]] = {}
    for rule in policy.escalations:
        leads.setdefault(rule.severity, []).append(rule.becomes)
    rank = {name: number for number, name in enumerate(policy.severities)}
    seen: dict[Escalation, int] = {}
    for number, rule in enumerate(policy.escalations):
        place: Place = ("escalations", number)
        yield from _severity((*place, "severity"), rule.severity, policy)
        yield from _severity((*place, "becomes"), rule.becomes, policy)
        if rule.severity == rule.becomes:
            yield (*place, "becomes"), f"it becomes {rule.becomes!r}, which it is already; name a graver severity"
        elif circle := _way(leads, rule.becomes, rule.severity):
            shown = " to ".join((rule.severity, *circle))
            yield (*place, "becomes"), f"the escalations go in a circle: {shown}; each one leads to a graver severity"
        elif rank.get(rule.becomes, len(rank)) < rank.get(rule.severity, 0):
            yield (
                (*place, "becomes"),
                f"{rule.becomes!r} is milder than {rule.severity!r} by the order of `severities`; name a graver one",
            )
        yield from too_long((*place, "within"), rule.within, _LEAVE_OUT)
        if rule in seen:
            yield place, f"it says the same as the one at place {seen[rule] + 1}; leave one of them out"
        seen.setdefault(rule, number)
        if rule.scope == "category" and all(one.category is UNSET for one in (policy.clauses or {}).values()):
            yield (*place, "scope"), "it counts by category and no clause has one; give the clauses a `category`"


def _way(leads: Mapping[str, Iterable[str]], start: str, goal: str) -> tuple[str, ...]:
    """How one severity leads to another, by way of which; empty where it does not."""
    reached: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if one == goal:
            return reached[one]
        for following in leads.get(one, ()):
            if following not in reached:
                reached[following] = (*reached[one], following)
                waiting.append(following)
    return ()


def _appeal(place: Place, terms: AppealTerms | None) -> Iterator[Finding]:
    if terms is None:
        return
    for field, written in (("window", terms.window), ("reinstatement_after", terms.reinstatement_after)):
        if written is None:
            continue
        if (sentence := not_a_duration(written)) is not None:
            yield (*place, field), sentence
        else:
            yield from too_long((*place, field), Period(written), _LEAVE_OUT)
    if terms.limit < 0:
        yield (*place, "limit"), "it is how often the holder may appeal: 0 or more"
