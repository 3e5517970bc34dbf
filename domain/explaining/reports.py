"""Explaining what followed from a report: the policy is evaluated again on the state just before it."""

from __future__ import annotations

from msgspec import Struct

from .. import events as e
from ..due import advance
from ..errors import Refused
from ..policies.deviating import direction, measure, measure_recorded
from ..policies.policy import Policy
from ..record import Recorded
from ..state import State
from ..vocabulary import Actor
from .counting import counted_views, left_views, prior_views, reconsidered, since_then
from .directly import approvals, clause_text, policy_view
from .documents import Check, DecisionKind, DeviationView, Difference, Explanation, Result, Subject, ViolationView
from .past import Past
from .reasons import Scene
from .rerun import report_differences, still_said
from .results import followed_report, results_of
from .rules import ladder_view, number, severity_view, withheld_view
from .words import actor_words, change_words, imposed_words, penalty_words

__all__ = ["explain_report"]


class _Report(Struct, frozen=True, kw_only=True):
    """A report on record: the event, the state before it, what was recorded with it, the policy if it is at hand."""

    event: e.ViolationRecorded
    version: int
    state: State
    followed: tuple[e.Event, ...]
    policy: Policy | None
    scene: Scene | None


def explain_report(past: Past, record: Recorded, decision: str, subject: Subject) -> Explanation:
    """What the policy, or a person, made of a violation that is on record."""
    report = _report(past, record)
    event, scene = report.event, report.scene
    results = tuple(results_of(past, event.violation))
    grounds = event.grounds
    narrative = event.narrative or e.Narrative()
    check, differences = _checked(past, report, results)
    counted = tuple(counted_views(past, report.state, scene, () if grounds is None else grounds.counted))
    priors = tuple(prior_views(past, report.state, _priors(report)))
    later = since_then(counted, priors)
    deviation = _deviation(report)
    withheld = None if grounds is None else withheld_view(scene, grounds)
    by = _decider(report, results)
    kind: DecisionKind = "recorded" if grounds is None else "by_policy" if by.kind == "system" else "by_person"
    again = report.policy is not None and later and grounds is not None
    return Explanation(
        account=past.account,
        decision=decision,
        subject=subject,
        kind=kind,
        summary=_summary(report, by, results, deviation, None if withheld is None else withheld.reason),
        version=record.version,
        at=event.at,
        recorded_at=record.recorded_at,
        by=by,
        reporter=event.by if grounds is None else grounds.reporter,
        policy=policy_view(event.policy, report.policy),
        clause=event.clause,
        clause_text=clause_text(report.policy, event.clause, event.at),
        violation=_violation(event),
        violations=(event.violation,),
        facts=narrative.facts,
        evidence=narrative.evidence,
        severity=severity_view(scene, event.severity, event.severity if grounds is None else grounds.severity),
        ladder=None if scene is None or grounds is None else ladder_view(scene, grounds),
        counted=counted,
        left=() if scene is None or grounds is None else tuple(left_views(scene, frozenset(grounds.counted))),
        priors=priors,
        withheld=withheld,
        deviation=deviation,
        results=results,
        affected=bool(later),
        since_then=later,
        reconsidered=reconsidered(past, event, record.version, report.policy)
        if again and report.policy is not None
        else None,
        check=check,
        differences=differences,
    )


def _report(past: Past, record: Recorded) -> _Report:
    event = record.event
    assert isinstance(event, e.ViolationRecorded)
    policy, state = past.policies(event.policy.digest), advance(past.before(record.version), event.at)
    scene: Scene | None = None
    if policy is not None and event.grounds is not None:
        try:
            found = still_said(event, policy, state)
        except Refused:
            pass  # What it refuses is among the differences.
        else:
            scene = Scene(event=event, state=state, policy=policy, found=found)
    return _Report(
        event=event,
        version=record.version,
        state=state,
        followed=followed_report(past, record, event.violation),
        policy=policy,
        scene=scene,
    )


def _checked(past: Past, report: _Report, results: tuple[Result, ...]) -> tuple[Check, tuple[Difference, ...]]:
    if report.policy is None:
        return "policy_missing", ()
    found = None if report.scene is None else report.scene.found
    own = report_differences(report.event, report.followed, report.policy, report.state, found)
    later, differences = approvals(past, tuple(one.proposal for one in results))
    if own or differences:
        return "differs", (*own, *differences)
    return ("policy_missing", ()) if later == "policy_missing" else ("same", ())


def _decider(report: _Report, results: tuple[Result, ...]) -> Actor:
    grounds = report.event.grounds
    if grounds is None:
        return report.event.by
    if grounds.deviates:
        return grounds.reporter
    return results[0].by if results else Actor("system", report.event.policy.name)


def _priors(report: _Report) -> tuple[str, ...]:
    """The sanctions taken into account: as recorded where something followed, else as the policy says."""
    for event in report.followed:
        if isinstance(event, e.Imposed | e.SanctionProposed):
            return event.priors
    return () if report.scene is None else report.scene.found.priors


def _deviation(report: _Report) -> DeviationView | None:
    event = report.event
    grounds = event.grounds
    if grounds is None or not grounds.deviates:
        return None
    chosen = [one for one in report.followed if isinstance(one, e.Imposed | e.SanctionProposed)]
    said = [measure(penalty, event.at) for penalty in grounds.said]
    return DeviationView(
        by=grounds.reporter,
        said=tuple(map(penalty_words, grounds.said)),
        chosen=tuple(imposed_words(one) if isinstance(one, e.Imposed) else change_words(one.act) for one in chosen),
        direction=direction(said, map(measure_recorded, chosen)),
        reason=None if event.narrative is None else event.narrative.reason,
    )


def _summary(
    report: _Report, by: Actor, results: tuple[Result, ...], deviation: DeviationView | None, withheld: str | None
) -> str:
    grounds = report.event.grounds
    if grounds is None:
        return f"{actor_words(by)} put the violation on record; nothing was to be decided"
    said = "; ".join(_result_words(one) for one in results) or "nothing"
    if deviation is not None:
        return f"{actor_words(by)} chose {said}, where the policy said {'; '.join(deviation.said) or 'nothing'}"
    if not results:
        return f"nothing followed: {withheld or 'the record does not say why'}"
    step = "" if grounds.step is None else f", step {grounds.step}"
    decided = f"the policy {report.event.policy.name}{step}"
    return f"{decided}: {said}" if by.kind == "system" else f"{actor_words(by)}, as {decided} says: {said}"


def _result_words(result: Result) -> str:
    resolution = result.resolution
    if resolution is None:
        return result.says
    if resolution.status == "approved":
        return f"{result.says} (proposed and approved)"
    return f"{result.says} (proposed: {resolution.status})"


def _violation(event: e.ViolationRecorded) -> ViolationView:
    return ViolationView(
        id=event.violation,
        clause=event.clause,
        category=event.category,
        severity=event.severity,
        weight=number(event.weight),
        counts_until=event.counts_until,
        discounted=event.discounted,
        good_standing=event.good_standing,
        content_at=event.content_at,
        batch=event.batch,
        detected=event.detected,
        others=tuple(one.clause for one in event.reasons if one.clause != event.clause),
    )
