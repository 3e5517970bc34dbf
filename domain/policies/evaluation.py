"""`evaluate`: what follows from a violation, given an account's history and a policy. A pure function of the three.

The steps: which of the clauses cited decides, as which severity it is treated, what it weighs, which level that reaches, which
step of the ladder fires, and whether what the step says is imposed, proposed or withheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain, compress
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from ..acts import Reason, RecordViolation, ReportViolation
from ..due import advance
from ..errors import InvalidPeriod, UnknownAccountClass, UnknownSeverity
from ..events import AppealTerms, Event
from ..evolve import fold
from ..state import NOTHING, State, Violation
from ..vocabulary import Actor
from .clauses import Escalation
from .firing import Fired, Withheld, fire
from .ladders import Bounds
from .numbers import Exact
from .penalties import Penalty
from .tally import Cited, Counted, Left, Record, Tally
from .weight import Weight, weigh

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["Escalated", "Evaluation", "barred", "evaluate", "weigh_only"]


class Escalated(Struct, frozen=True, kw_only=True, gc=False):
    """That a rule treated a violation as graver: the rule, and the earlier violations that made it apply."""

    rule: Escalation
    violations: tuple[str, ...]


class Evaluation(Struct, frozen=True, kw_only=True, gc=False):
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
    escalated: tuple[Escalated, ...] = ()
    if policy.escalations:
        cited, escalated = _escalated(policy, record, cited)
    weight = weigh(policy, record, violation, cited, at)
    fired = _consulted(policy, record, cited, weight, escalated, account_class)
    tally = fired.tally
    resting = record.sanctions_on({one.violation for one in tally.counted})
    impose, propose, withheld = _settled(policy, state, fired, reporter)
    return Evaluation(
        policy=policy.name,
        digest=policy.ref.digest,
        clause=cited.clause,
        category=cited.category,
        reported=reported,
        severity=cited.severity,
        account_class=account_class,
        weight=weight if fired.weight is None else replace(weight, exact=fired.weight),
        escalated=escalated,
        step=None if fired.step is None else f"{cited.ladder}/{fired.step}",
        text=fired.text,
        before=tally.level,
        level=fired.level,
        counted=tally.counted,
        left=tally.left,
        priors=tuple(dict.fromkeys((*fired.priors, *resting)) if fired.priors else resting),
        impose=impose,
        propose=propose,
        withheld=withheld,
        appeal=policy.appeal if fired.appeal is UNSET else fired.appeal,
        bounds=fired.bounds,
    )


def _consulted(
    policy: Policy,
    record: Record,
    cited: Cited,
    weight: Weight,
    escalated: tuple[Escalated, ...],
    account_class: str | None,
) -> Fired:
    """What the clause's ladder says; nothing where there is none, or where the violation does not count."""
    ladder = policy.ladders.get(cited.ladder) if cited.ladder is not None else None
    if weight.discounted is not None:
        level = 0 if ladder is None else record.tally(ladder, cited).level
        return Fired(tally=Tally(level, (), ()), level=level, withheld=weight.discounted)
    if ladder is None:
        return Fired(tally=Tally(0, (), ()), level=0, withheld="no_ladder")
    fired = fire(record, ladder, cited, weight.exact, account_class)
    return replace(fired, tally=_with_escalating(fired.tally, escalated)) if escalated else fired


def _with_escalating(tally: Tally, escalated: tuple[Escalated, ...]) -> Tally:
    """The tally when what counted for the severity alone is reckoned in, with the value 0."""
    counted = {one.violation for one in tally.counted}
    named = chain.from_iterable(one.violations for one in escalated)
    alone = dict.fromkeys([name for name in named if name not in counted])
    if not alone:
        return tally
    left = tuple([one for one in tally.left if one.violation not in alone])
    return Tally(tally.level, (*tally.counted, *[Counted(name, "0") for name in alone]), left)


def weigh_only(policy: Policy, state: State, violation: RecordViolation, at: datetime) -> tuple[Cited, Weight]:
    """What a violation weighs that is only recorded. Raises UnknownClause, UnknownSeverity and InvalidPeriod."""
    _check_content(violation, at)
    cited = _cited(policy, violation, at)
    return cited, weigh(policy, Record(policy, state, at), violation, cited, at)


def _settled(
    policy: Policy, state: State, fired: Fired, reporter: Actor | None
) -> tuple[tuple[Penalty, ...], tuple[Penalty, ...], Withheld | None]:
    """What is imposed, what is proposed, and why nothing is either."""
    withheld = fired.withheld or barred(state, reporter)
    if withheld is None and not fired.penalties:
        withheld = "nothing_to_impose"
    if withheld is not None:
        return (), (), withheld
    if fired.propose:
        return (), fired.penalties, None
    if "permanent_ban" not in policy.second_person:
        return fired.penalties, (), None
    propose = tuple([one for one in fired.penalties if one.bans_permanently])
    return tuple([one for one in fired.penalties if one not in propose]), propose, None


def barred(state: State, reporter: Actor | None) -> Literal["exempt", "terminal"] | None:
    """Why nothing at all can follow from this actor's report on the account, if so."""
    exemption = state.exemption
    if exemption is not None and (reporter is None or reporter.kind not in exemption.unless):
        return "exempt"
    return "terminal" if state.terminal else None


def _cited(policy: Policy, breach: RecordViolation | ReportViolation | Reason, at: datetime) -> Cited:
    clause = policy.clause(breach.clause, at)
    severity = None if breach.severity is UNSET else breach.severity
    if severity is not None and policy.severities and severity not in policy.severities:
        raise UnknownSeverity(
            f"the policy {policy.name} has no severity {severity!r}; it has {', '.join(policy.severities)}",
            severity=severity,
            policy=policy.name,
        )
    category = breach.category or clause.category
    return Cited(breach.clause, category or None, severity, None if clause.ladder is UNSET else clause.ladder)


def _check_content(violation: RecordViolation | ReportViolation, at: datetime) -> None:
    if violation.content_at is not UNSET and violation.content_at > at:
        raise InvalidPeriod("content does not come after the violation found in it", field="content_at")


def _gravest(policy: Policy, violation: ReportViolation, at: datetime) -> Cited:
    """The clause that decides: a severe one, else the gravest severity, else the weightiest; of equals the first named."""
    decisive = _cited(policy, violation, at)
    if violation.reasons:
        others = [_cited(policy, reason, at) for reason in violation.reasons]
        decisive = max((decisive, *others), key=lambda one: _gravity(policy, one, at))
    if decisive.severity is not None:
        return decisive
    if decisive.ladder in policy.by_severity:
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
    given = violation.account_class
    if given is UNSET:
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
            earlier = _earlier(record, rule, cited)
            if len(earlier) + 1 >= rule.nth:
                applied.append(Escalated(rule=rule, violations=tuple([one.id for one in earlier])))
                cited = replace(cited, severity=rule.becomes)
                seen.add(rule.becomes)
                waiting = True
                break
    return cited, tuple(applied)


def _earlier(record: Record, rule: Escalation, cited: Cited) -> list[Violation]:
    """The earlier violations of the severity of which a rule speaks."""
    severity = rule.severity
    # Two comparisons are quicker than a tuple for each violation.
    same = [one for one in record.eligible if one.treated_as == severity or one.severity == severity]  # noqa: PLR1714
    if rule.scope != "account":
        same = list(compress(same, record.in_scope(same, rule.scope, cited)))
    return list(compress(same, record.recent([one.at for one in same], rule.within)))
