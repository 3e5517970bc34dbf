"""Explaining what somebody decided without a report: who, on which clause, and which priors were named."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import UnknownClause
from ..policies.policy import Policy
from ..record import Recorded
from ..terms import Basis
from .counting import prior_views, since_then
from .documents import Check, Difference, Explanation, PolicyView, Subject
from .past import Past
from .rerun import approval_differences
from .results import followed_approval, imposed_result, proposed_result
from .words import actor_words, change_words, imposed_words

__all__ = ["approvals", "clause_text", "explain_direct", "policy_view"]


def explain_direct(past: Past, record: Recorded, decision: str, subject: Subject) -> Explanation:
    """A sanction that was imposed, or put forward, without a report."""
    event = record.event
    assert isinstance(event, e.Imposed | e.SanctionProposed)
    basis = _basis(event)
    if isinstance(event, e.Imposed):
        result = imposed_result(past, event)
        decided = "imposed" if event.approved_by is None else "proposed"
        summary = f"{actor_words(event.by)} {decided} without a report: {imposed_words(event)}"
        if event.approved_by is not None:
            summary += f"; {actor_words(event.approved_by)} approved"
    else:
        result = proposed_result(past, event)
        status = "open" if result.resolution is None else result.resolution.status
        summary = f"{actor_words(event.by)} proposed without a report: {change_words(event.act)} ({status})"
    policy = None if event.policy is None else past.policies(event.policy.digest)
    priors = tuple(prior_views(past, past.before(record.version), _priors(event, basis)))
    later = since_then((), priors)
    check, differences = approvals(past, (result.proposal,))
    narrative = _narrative(past, event)
    return Explanation(
        account=past.account,
        decision=decision,
        subject=subject,
        kind="direct",
        summary=summary,
        version=record.version,
        at=event.at,
        recorded_at=record.recorded_at,
        by=event.by,
        policy=policy_view(event.policy, policy),
        clause=None if basis is None else basis.clause,
        clause_text=None if basis is None else clause_text(policy, basis.clause, event.at),
        violations=() if basis is None else basis.violations,
        legal_ground=None if basis is None or basis.legal_ground is UNSET else basis.legal_ground,
        facts=narrative.facts or narrative.reason,
        evidence=narrative.evidence,
        priors=priors,
        results=(result,),
        affected=bool(later),
        since_then=later,
        check=check,
        differences=differences,
    )


def _basis(event: e.Imposed | e.SanctionProposed) -> Basis | None:
    if isinstance(event, e.Imposed):
        return event.basis
    return None if isinstance(event.act, acts.ChangeSanction) else event.act.basis


def _priors(event: e.Imposed | e.SanctionProposed, basis: Basis | None) -> tuple[str, ...]:
    return event.priors or (() if basis is None else basis.priors)


def _narrative(past: Past, event: e.Imposed | e.SanctionProposed) -> e.Narrative:
    """The free text of a decision; that of an approved one stands with the proposal."""
    found = event.narrative
    if found is None and isinstance(event, e.Imposed) and event.proposal is not None:
        proposed = past.proposal(event.proposal)
        found = None if proposed is None else proposed.event.narrative
    return found or e.Narrative()


def approvals(past: Past, proposals: tuple[str | None, ...]) -> tuple[Check, tuple[Difference, ...]]:
    """What approving again gives, for those proposals that were approved."""
    checked = False
    found: list[Difference] = []
    for name in proposals:
        record = None if name is None else past.approval(name)
        if record is None or not isinstance(record.event, e.ProposalApproved):
            continue
        event = record.event
        policy = None if event.policy is None else past.policies(event.policy.digest)
        if policy is None:
            return "policy_missing", ()
        followed = followed_approval(past, record, event.proposal)
        found += approval_differences(event, followed, policy, past.before(record.version))
        checked = True
    if not checked:
        return "nothing_to_check", ()
    return ("differs" if found else "same"), tuple(found)


def policy_view(ref: e.PolicyRef | None, policy: Policy | None) -> PolicyView | None:
    """The policy as a decision records it."""
    return None if ref is None else PolicyView(ref.name, ref.digest, kept=policy is not None)


def clause_text(policy: Policy | None, clause: str, at: datetime) -> str | None:
    """What the policy says of a clause."""
    if policy is None:
        return None
    try:
        text = policy.clause(clause, at).text
    except UnknownClause:
        return None
    return None if text is UNSET else text
