"""`evaluate`: what follows from a violation, given an account's history and a policy. A pure function of the three.

The steps: which of the clauses cited decides, as which severity it is treated, what it weighs, which level that reaches, which
step of the ladder fires, and whether what the step says is imposed, proposed or withheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ..acts import RecordViolation, ReportViolation
from ..due import advance
from ..errors import InvalidPeriod, UnknownAccountClass, UnknownSeverity
from ..events import AppealTerms, Event
from ..evolve import fold
from ..state import NOTHING, State
from ..vocabulary import Actor
from .clauses import Escalation
from .firing import Fired, Withheld, fire
from .ladders import Bounds
from .numbers import Exact
from .penalties import Penalty
from .policy import Policy
from .tally import Cited, Counted, Left, Record, Tally
from .weight import Weight, weigh

__all__ = ["Escalated", "Evaluation", "barred", "evaluate", "weigh_only"]


class Escalated(Struct, frozen=True, kw_only=True):
    """That a rule treated a violation as graver: the rule, and the earlier violations that made it apply."""

    rule: Escalation
    violations: tuple[str, ...]


class Evaluation(Struct, frozen=True, kw_only=True):
    """What a policy makes of a violation.

    `impose` and `propose`: the sanctions that follow, at once or after a person's yes. `withheld`: why nothing follows.
    `step`: the ladder's step as `ladder/step`; `before` and `level`: what the earlier violations come to, without and with the
    new one. `counted` and `left`: the earlier violations that counted and those that did not, with the reasons; `priors`: the
    earlier sanctions taken into account. `reported`: the severity that the report gives the clause; `severity`: as which it
    was treated, `escalated` by these rules. `weight`: what it weighs and how long. The values of what counted make up
    `before`; what counted for the severity alone has the value 0.
    """

    policy: str
    digest: str
    clause: str
    category: str | None
    reported: str | None
    severity: str | None
    account_class: str | None
    weight: Weight
    escalated: tuple[Escalated, ...] = ()
    step: str | None = None
    text: str | None = None
    before: Exact = 0
    level: Exact = 0
    counted: tuple[Counted, ...] = ()
    left: tuple[Left, ...] = ()
    priors: tuple[str, ...] = ()
    impose: tuple[Penalty, ...] = ()
    propose: tuple[Penalty, ...] = ()
    withheld: Withheld | None = None
    appeal: AppealTerms | None = None
    bounds: Bounds | None = None

    @property
    def penalties(self) -> tuple[Penalty, ...]:
        """Everything that follows, imposed or proposed."""
        return self.impose + self.propose


def evaluate(
    policy: Policy,
    history: State | Iterable[Event],
    violation: ReportViolation,
    at: datetime,
    *,
    reporter: Actor | None = None,
) -> Evaluation:
    """What follows from a violation at `at`; see `Policy.evaluate`."""
    state = advance(history if isinstance(history, State) else fold(NOTHING, history), at)
    record = Record(policy, state, at)
    _check_content(violation, at)
    cited = _gravest(policy, violation, at)
    account_class = _account_class(policy, violation)
    reported = cited.severity
    cited, escalated = _escalated(policy, record, cited)
    weight = weigh(policy, record, violation, cited, at)
    found = Evaluation(
        policy=policy.name,
        digest=policy.ref.digest,
        clause=cited.clause,
        category=cited.category,
        reported=reported,
        severity=cited.severity,
        account_class=account_class,
        weight=weight,
        escalated=escalated,
        appeal=policy.appeal,
    )
    ladder = policy.ladders.get(cited.ladder) if cited.ladder is not None else None
    if weight.discounted is not None:
        level = 0 if ladder is None else record.tally(ladder, cited).level
        return replace(found, withheld=weight.discounted, before=level, level=level)
    if ladder is None:
        return replace(found, withheld="no_ladder")
    fired = fire(record, ladder, cited, weight.exact, account_class)
    counted, left = _with_escalating(fired.tally, escalated)
    names = frozenset([one.violation for one in counted])
    found = replace(
        found,
        step=None if fired.step is None else f"{cited.ladder}/{fired.step}",
        text=fired.text,
        before=fired.tally.level,
        level=fired.level,
        weight=weight if fired.weight is None else replace(weight, exact=fired.weight),
        counted=counted,
        left=left,
        priors=tuple(dict.fromkeys((*fired.priors, *record.sanctions_on(names)))),
        appeal=policy.appeal if fired.appeal is UNSET else fired.appeal,
        bounds=fired.bounds,
        withheld=fired.withheld,
    )
    return _settled(policy, state, found, fired, reporter)


def _with_escalating(tally: Tally, escalated: tuple[Escalated, ...]) -> tuple[tuple[Counted, ...], tuple[Left, ...]]:
    """What counted and what did not, when what counted for the severity alone is reckoned in, with the value 0."""
    if not escalated:
        return tally.counted, tally.left
    counted = {one.violation: one for one in tally.counted}
    for name in chain.from_iterable(one.violations for one in escalated):
        counted.setdefault(name, Counted(name, 0))
    return tuple(counted.values()), tuple(one for one in tally.left if one.violation not in counted)


def weigh_only(policy: Policy, state: State, violation: RecordViolation, at: datetime) -> tuple[Cited, Weight]:
    """What a violation weighs that is only recorded. Raises UnknownClause, UnknownSeverity and InvalidPeriod."""
    _check_content(violation, at)
    cited = _cited(policy, violation.clause, violation.category, violation.severity, at)
    return cited, weigh(policy, Record(policy, state, at), violation, cited, at)


def _settled(policy: Policy, state: State, found: Evaluation, fired: Fired, reporter: Actor | None) -> Evaluation:
    if found.withheld is not None:
        return found
    bar = barred(state, reporter)
    if bar is not None:
        return replace(found, withheld=bar)
    if not fired.penalties:
        return replace(found, withheld="nothing_to_impose")
    four_eyes = "permanent_ban" in policy.second_person
    if not fired.propose and not four_eyes:
        return replace(found, impose=fired.penalties)
    propose = tuple([one for one in fired.penalties if fired.propose or one.bans_permanently])
    return replace(found, impose=tuple([one for one in fired.penalties if one not in propose]), propose=propose)


def barred(state: State, reporter: Actor | None) -> Literal["exempt", "terminal"] | None:
    """Why nothing at all can follow from this actor's report on the account, if so."""
    exemption = state.exemption
    if exemption is not None and (reporter is None or reporter.kind not in exemption.unless):
        return "exempt"
    return "terminal" if state.terminal else None


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _cited(policy: Policy, clause: str, category: object, severity: object, at: datetime) -> Cited:
    known = policy.clause(clause, at)
    given = _optional(severity)
    if given is not None and policy.severities and given not in policy.severities:
        raise UnknownSeverity(
            f"the policy {policy.name} has no severity {given!r}; it has {', '.join(policy.severities)}",
            severity=given,
            policy=policy.name,
        )
    return Cited(clause, _optional(category) or _optional(known.category), given, _optional(known.ladder))


def _check_content(violation: RecordViolation | ReportViolation, at: datetime) -> None:
    if violation.content_at is not UNSET and violation.content_at > at:
        raise InvalidPeriod("content does not come after the violation found in it", field="content_at")


def _gravest(policy: Policy, violation: ReportViolation, at: datetime) -> Cited:
    """The clause that decides: a severe one, else the gravest severity, else the weightiest; of equals the first named."""
    decisive = _cited(policy, violation.clause, violation.category, violation.severity, at)
    if violation.reasons:
        others = [_cited(policy, r.clause, r.category, r.severity, at) for r in violation.reasons]
        decisive = max((decisive, *others), key=lambda one: _gravity(policy, one, at))
    if decisive.severity is not None:
        return decisive
    ladder = policy.ladders.get(decisive.ladder) if decisive.ladder is not None else None
    if ladder is not None and any(step.severity is not UNSET for step in ladder.steps):
        raise UnknownSeverity(
            f"the clause {decisive.clause!r} needs a severity: {', '.join(policy.severities)}",
            clause=decisive.clause,
            policy=policy.name,
        )
    return decisive


def _gravity(policy: Policy, cited: Cited, at: datetime) -> tuple[bool, int, Exact]:
    clause = policy.clause(cited.clause, at)
    rank = policy.severities.index(cited.severity) if cited.severity in policy.severities else -1
    return clause.severe, rank, clause.base_weight(cited.severity)


def _account_class(policy: Policy, violation: ReportViolation) -> str | None:
    given = _optional(violation.account_class)
    if given is None:
        return policy.account_classes[0] if policy.account_classes else None
    if given not in policy.account_classes:
        raise UnknownAccountClass(
            f"the policy {policy.name} has no class of accounts {given!r}", account_class=given, policy=policy.name
        )
    return given


def _escalated(policy: Policy, record: Record, cited: Cited) -> tuple[Cited, tuple[Escalated, ...]]:
    """As which severity it is treated, by which rules and because of which earlier violations."""
    applied: list[Escalated] = []
    seen = {cited.severity}
    waiting = True
    while waiting:
        waiting = False
        for rule in policy.escalations:
            if rule.severity != cited.severity or rule.becomes in seen:
                continue
            recent = record.recent(rule.within)
            earlier = [
                one
                for one in record.in_scope(record.eligible(), rule.scope, cited)
                if rule.severity in (one.severity, one.treated_as) and recent(one.at)
            ]
            if len(earlier) + 1 >= rule.nth:
                applied.append(Escalated(rule=rule, violations=tuple(one.id for one in earlier)))
                cited = replace(cited, severity=rule.becomes)
                seen.add(rule.becomes)
                waiting = True
                break
    return cited, tuple(applied)
