"""That everybody keeps to his part: the table of rights, written out once more, for whatever was accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import acts
from .. import events as e
from ..vocabulary import ActorKind
from .reckoning import bans_for_good
from .steps import Step

__all__ = ["everybody_keeps_to_his_part"]

_RECORDING: Final = (acts.RecordViolation, acts.ReportViolation, acts.ServeNotice, acts.Note)
_IMPOSING: Final = (acts.Warn, acts.OrderRectification, acts.Restrict, acts.Ban, acts.Impose, acts.Propose)
_DECIDING: Final = (
    *(acts.AcceptRectification, acts.RejectRectification, acts.ExtendRectification, acts.ChangeSanction),
    *(acts.Lift, acts.LiftAll, acts.Overturn, acts.Approve, acts.Dismiss),
)
_REVIEWING: Final = (
    *(acts.DecideAppeal, acts.Exempt, acts.EndExemption),
    *(acts.Hold, acts.ReleaseHold, acts.ErasePersonalData),
)
_PARTS: Final[dict[ActorKind, tuple[type, ...]]] = {
    "system": (*_RECORDING, *_IMPOSING),
    "moderator": (*_RECORDING, *_IMPOSING, *_DECIDING),
    "reviewer": (*_RECORDING, *_IMPOSING, *_DECIDING, *_REVIEWING),
    "holder": (acts.SubmitRectification, acts.Appeal, acts.WithdrawAppeal),
    "auditor": (),
}
_WHO: Final = {"system": "a machine", "auditor": "an auditor"} | {
    name: f"a {name}" for name in ("moderator", "reviewer", "holder")
}
_LEAVING: Final = (e.SanctionLifted, e.SanctionOverturned, e.SanctionChanged, e.SanctionSuperseded)


def everybody_keeps_to_his_part(step: Step) -> Iterator[str]:
    """Whoever acts may do what was accepted of him; only a reviewer ends a permanent ban; no machine bans for good."""
    if step.command is None:
        return
    act, kind = step.command.act, step.command.by.kind
    if not isinstance(act, _PARTS[kind]):
        yield f"{type(act).__name__} was accepted from {_WHO[kind]}"
        return
    if kind == "system" and _bans_for_good(act):
        yield "a permanent ban was accepted from a machine"
    if kind == "reviewer":
        return
    for event in step.events:
        if isinstance(event, _LEAVING):
            if kind == "system" and not _by_policy(act):
                yield f"{type(event).__name__} of {event.sanction} came from a machine"
            before = step.before.sanction(event.sanction)
            if before is not None and before.permanent_ban and not _by_policy(act):
                yield f"{type(event).__name__} of the permanent ban {event.sanction} came from {_WHO[kind]}"


def _bans_for_good(act: acts.Act) -> bool:
    """Whether a permanent ban is imposed or announced; a machine may put one forward, for people to decide."""
    if isinstance(act, acts.OrderRectification):
        return bans_for_good(act.on_default)
    return isinstance(act, acts.Ban) and act.permanent is True


def _by_policy(act: acts.Act) -> bool:
    """Whether the policy decides and not who asks."""
    return isinstance(act, acts.ReportViolation)
