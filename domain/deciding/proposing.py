"""Four eyes: one person proposes, another approves or dismisses."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..errors import AlreadyDecided, AlreadyEnded, IdInUse, SamePerson, UnknownProposal
from ..instants import LAST_INSTANT
from ..state import Proposal
from .case import Case
from .changing import change
from .imposing import Origin, header_of, impose, narrative_of

__all__ = ["approve", "dismiss", "propose", "put_forward"]


def propose(case: Case, act: acts.Propose) -> None:
    """Put a sanction or change forward. It is rehearsed, so that what could never be approved is refused at once."""
    case.require("propose")
    if act.proposal is UNSET:
        raise ValueError("a proposal needs its id before it is decided")
    if case.builder.proposal(act.proposal) is not None:
        raise IdInUse(f"the id {act.proposal!r} is taken; choose another", id=act.proposal)
    put_forward(case, act.proposal, act.sanction, Origin(case.by))


def put_forward(case: Case, proposal: str, act: acts.Proposable, origin: Origin) -> None:
    """Record a proposal of `origin.by`, after a rehearsal."""
    rehearsal = Case(case.state, case.at, origin.by, case.policy, rehearsal=True)
    rehearsal.draft.ignore_exemption()
    _carry_out(rehearsal, act, origin)
    assert act.sanction is not UNSET  # The rehearsal has wanted it.
    try:
        lapses_at = case.policy.proposal_ttl.after(case.at)
    except OverflowError:
        lapses_at = LAST_INSTANT
    header = header_of(act)
    if origin.grounds is not None:
        # An id that follows from a violation is none that a caller may give: the event has it, the command in it has none.
        header = replace(header, sanction=UNSET)
    case.emit(
        e.SanctionProposed(
            at=case.at,
            by=origin.by,
            proposal=proposal,
            sanction=act.sanction,
            act=header,
            lapses_at=lapses_at,
            step=origin.step,
            priors=origin.priors,
            grounds=origin.grounds,
            narrative=narrative_of(act),
        )
    )


def approve(case: Case, act: acts.Approve) -> None:
    """The second person's yes: everything is decided again, now, with that person's rights, by the policy in force.

    What a policy made of a report stays that version's: its clause, its terms and its step are judged no more.
    """
    case.require("resolve_proposal")
    proposal = _open_proposal(case, act.proposal)
    reporter = None if proposal.grounds is None else proposal.grounds.reporter
    if case.by.id in (proposal.by.id, reporter and reporter.id):
        raise SamePerson(
            "a proposal is approved by somebody else than who proposed it or reported what it rests on",
            actor=case.by.id,
        )
    _check_cause(case, proposal)
    reason = None if act.reason is UNSET else e.Narrative(reason=act.reason)
    case.emit(
        e.ProposalApproved(at=case.at, by=case.by, proposal=proposal.id, sanction=proposal.sanction, narrative=reason)
    )
    # What came out of a report is the word of the version that judged it; a person's proposal is judged by the one in force.
    policy = None if proposal.grounds is None else proposal.policy
    origin = Origin(proposal.by, case.by, proposal.id, proposal.step, proposal.priors, proposal.grounds, policy)
    _carry_out(case, proposal.act, origin)


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


def _check_cause(case: Case, proposal: Proposal) -> None:
    """Raises AlreadyEnded where the sanction of the other account, because of which this one was proposed, has ended."""
    act = proposal.act
    if isinstance(act, acts.ChangeSanction):
        return
    ended = next((end for end in case.links if end.sanction == proposal.sanction and end.at <= case.at), None)
    if ended is not None:
        raise AlreadyEnded(
            f"sanction {act.because_of_sanction!r} of {act.because_of_account!r}, because of which this was proposed, has ended",
            account=act.because_of_account,
            sanction=act.because_of_sanction,
        )


def _open_proposal(case: Case, proposal_id: str) -> Proposal:
    proposal = case.builder.proposal(proposal_id)
    if proposal is None:
        raise UnknownProposal(f"this account has no proposal {proposal_id!r}", proposal=proposal_id)
    if proposal.status != "open":
        raise AlreadyDecided(
            f"proposal {proposal_id!r} is {proposal.status}", proposal=proposal_id, status=proposal.status
        )
    return proposal
