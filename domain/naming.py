"""Ids for what a command creates, where its sender gave none. The ids come from outside: the domain draws no lots."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET
from msgspec.structs import replace

from . import acts

__all__ = ["NewIds", "with_ids"]

NewIds = Callable[[str], str]
"""Gives a fresh id that begins with the given letter."""


def with_ids(act: acts.Act, new_id: NewIds) -> acts.Act:
    """The act with an id for everything that it creates."""
    match act:
        case acts.RecordViolation() | acts.ReportViolation() if act.violation is UNSET:
            return replace(act, violation=new_id("v"))
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return _named(act, new_id)
        case acts.Impose():
            return replace(act, sanctions=tuple(_named(inner, new_id) for inner in act.sanctions))
        case acts.Appeal() if act.appeal is UNSET:
            return replace(act, appeal=new_id("a"))
        case acts.Hold() if act.hold is UNSET:
            return replace(act, hold=new_id("h"))
        case acts.Propose():
            inner = act.sanction if isinstance(act.sanction, acts.ChangeSanction) else _named(act.sanction, new_id)
            return replace(act, sanction=inner, proposal=new_id("p") if act.proposal is UNSET else act.proposal)
        case _:
            return act


def _named(act: acts.Imposition, new_id: NewIds) -> acts.Imposition:
    return replace(act, sanction=new_id("s")) if act.sanction is UNSET else act
