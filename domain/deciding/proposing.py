"""Four eyes: one person proposes, another approves or dismisses."""

from __future__ import annotations

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import AlreadyDecided, IdInUse, SamePerson, UnknownProposal
from ..instants import LAST_INSTANT
from ..state import Proposal
from .case import Case
from .changing import change
from .imposing import Origin, header_of, impose, narrative_of

__all__ = ["approve", "dismiss", "propose"]


def propose(case: Case, act: acts.Propose) -> None:
    """Put a sanction or change forward. It is rehearsed, so that what could never be approved is refused at once."""
    case.require("propose")
    if act.proposal is UNSET:
        raise ValueError("a proposal needs its id before it is decided")
    if case.builder.proposal(act.proposal) is not None:
        raise IdInUse(f"the id {act.proposal!r} is taken; choose another", id=act.proposal)
    rehearsal = Case(case.state, case.at, case.by, case.policy, rehearsal=True)
    rehearsal.draft.ignore_exemption()
    _carry_out(rehearsal, act.sanction, Origin(case.by))
    if act.sanction.sanction is UNSET:
        raise ValueError("a proposed sanction needs its id before it is decided")
    try:
        lapses_at = case.policy.proposal_ttl.after(case.at)
    except OverflowError:
        lapses_at = LAST_INSTANT
    case.emit(
        e.SanctionProposed(
            at=case.at,
            by=case.by,
            proposal=act.proposal,
            sanction=act.sanction.sanction,
            act=header_of(act.sanction),
            lapses_at=lapses_at,
            narrative=narrative_of(act.sanction),
        )
    )


def approve(case: Case, act: acts.Approve) -> None:
    """The second person's yes: everything is decided again, now, with that person's rights."""
    case.require("resolve_proposal")
    proposal = _open_proposal(case, act.proposal)
    if proposal.by.id == case.by.id:
        raise SamePerson("a proposal is approved by somebody else than its proposer", actor=case.by.id)
    reason = None if act.reason is UNSET else e.Narrative(reason=act.reason)
    case.emit(
        e.ProposalApproved(at=case.at, by=case.by, proposal=proposal.id, sanction=proposal.sanction, narrative=reason)
    )
    _carry_out(case, proposal.act, Origin(proposal.by, case.by, proposal.id))


def dismiss(case: Case, act: acts.Dismiss) -> None:
    """The second person's no."""
    case.require("resolve_proposal")
    proposal = _open_proposal(case, act.proposal)
    reason = None if act.reason is UNSET else e.Narrative(reason=act.reason)
    case.emit(
        e.ProposalDismissed(at=case.at, by=case.by, proposal=proposal.id, sanction=proposal.sanction, narrative=reason)
    )


def _carry_out(case: Case, act: acts.Proposable, origin: Origin) -> None:
    if isinstance(act, acts.ChangeSanction):
        change(case, act, origin)
    else:
        impose(case, (act,), origin)


def _open_proposal(case: Case, proposal_id: str) -> Proposal:
    proposal = case.builder.proposal(proposal_id)
    if proposal is None:
        raise UnknownProposal(f"this account has no proposal {proposal_id!r}", proposal=proposal_id)
    if proposal.status != "open":
        raise AlreadyDecided(
            f"proposal {proposal_id!r} is {proposal.status}", proposal=proposal_id, status=proposal.status
        )
    return proposal
