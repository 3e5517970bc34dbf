"""Tampering with the header of one recorded event by somebody who has the keys, and whether it could have come about lawfully.

A forged record is lawful if commands lead to it: the commands of the record as it was, the one behind the forged decision said
as the forged event says it, sent through the door. That reads commands and decides; nothing of it is what `judge` goes by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from account_sanctions.domain import events as e
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded
from account_sanctions.infrastructure.mapper import SanctionMapper, UnreadableEvent
from eventsourcing.persistence import JSONTranscoder
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from .running import play
from .strategies import Json, instant

__all__ = ["changed", "comes_about", "readable", "tampered"]

_MAPPER: Final = SanctionMapper(JSONTranscoder())
_WORDS: Final = (
    "s1",
    "s2",
    "w1",
    "a1",
    "p1",
    "m1",
    "r1",
    "4.2",
    "1",
    "7",
    "clear",
    "banned",
    "granted",
    "denied",
    "holder",
)
_ENDS: Final = frozenset({"for", "until", "permanent", "within", "deadline", "functions"})
# These name a proposal or an appeal; whose sanction that is follows from it.
_OF_OTHERS: Final = frozenset({"approve", "dismiss", "decide_appeal", "withdraw_appeal", "lift_all"})
_ACTORS: Final = ("system", "moderator", "reviewer", "holder", "auditor")
_IDS: Final = ("m1", "m2", "r1", "r2", "rules", "h", "due")


@st.composite
def tampered(draw: st.DrawFn, records: Sequence[Recorded]) -> tuple[list[Recorded], str, int]:
    """The records with one value of one event's header changed, which value that is, and in which record."""
    place = draw(st.integers(0, len(records) - 1))
    record = records[place]
    event = record.event
    names = [name for name in event.__struct_fields__ if name != "narrative"]
    name = draw(st.sampled_from([*names, "recorded_at", "command_id"]))
    if name == "recorded_at":
        forged = replace(record, recorded_at=record.recorded_at + timedelta(days=draw(st.sampled_from((-9, -1, 1, 9)))))
    elif name == "command_id":
        other = draw(st.sampled_from((None, *(one.command_id for one in records), "another")))
        forged = replace(record, command_id=other)
    else:
        forged = replace(record, event=changed(event, name, _other(draw, getattr(event, name))))
    return [*records[:place], forged, *records[place + 1 :]], f"{type(event).__name__}.{name}", place


def _other(draw: st.DrawFn, value: Any) -> Any:
    """Another value of the same kind, where that can be told."""
    match value:
        case bool():
            return not value
        case datetime():
            moved = timedelta(days=draw(st.sampled_from((-3, -1, 1, 3))))
            return draw(st.sampled_from((value + moved, value + moved, None)))
        case str():
            return draw(st.sampled_from(_WORDS))
        case tuple():
            shorter: bool = draw(st.sampled_from((True, False)))
            return value[1:] if value and shorter else (*value, draw(st.sampled_from(_WORDS)))
        case Mapping():
            return _other_ends(draw, dict(value))
        case Struct():
            name = draw(st.sampled_from(value.__struct_fields__))
            pool = {"kind": _ACTORS, "id": _IDS}.get(name) if type(value).__name__ == "Actor" else None
            other = draw(st.sampled_from(pool)) if pool else _other(draw, getattr(value, name))
            return changed(value, name, other)
        case _:
            return draw(st.sampled_from((*_WORDS, instant(9))))


def changed(value: Struct, name: str, other: Any) -> Any:
    """A copy that says otherwise, also where no such value can be made: who writes bytes is not held to that."""
    forged = copy(value)
    force_setattr(forged, name, other)
    return forged


def _other_ends(draw: st.DrawFn, ends: dict[Any, Any]) -> dict[Any, Any]:
    name = draw(st.sampled_from(sorted(ends)))
    match draw(st.sampled_from(("end", "gone", "more"))):
        case "end":
            return {**ends, name: _other(draw, ends[name])}
        case "gone":
            return {key: end for key, end in ends.items() if key != name}
        case _:
            return {**ends, draw(st.sampled_from(("mass_send", "publish", "flying"))): None}


_IMPOSING: Final = ("warn", "order_rectification", "restrict", "ban")


def comes_about(commands: Sequence[Json], records: Sequence[Recorded], place: int, policy: Policy) -> bool:
    """Whether the commands, the one behind the forged record said as it says, lead to these records.

    When something became known and the id of a command are the store's own: they are lawful as long as they are in order.
    """
    forged = records[place]
    # What was refused, or was so already, left nothing on record: lawfully it may never have been sent.
    steps = [{"command_id": f"c{number}", **one} for number, one in enumerate(commands, 1)]
    played = zip(play(commands, policy).steps, steps, strict=True)
    commands = [one for step, one in played if step.decision is not None and step.decision.events]
    behind = [number for number, one in enumerate(commands) if _is_behind(one, number, records, place)]
    choices: list[int | None] = [*behind, None]
    for number in choices:
        said = list(commands)
        if number is not None:
            events = [one.event for one in records if one.command_id == forged.command_id]
            said[number] = _of_decision(said[number], events)
        try:
            run = play(said, policy)
        except (SanctionsError, ValueError, KeyError, TypeError):
            continue
        if [_header(one) for one in run.records] == [_header(one) for one in records[: len(run.records)]] and len(
            run.records
        ) >= len(records):
            return True
    return False


def _is_behind(command: Json, number: int, records: Sequence[Recorded], place: int) -> bool:
    return bool(records[place].command_id == command.get("command_id", f"c{number + 1}"))


def _header(record: Recorded) -> Any:
    return type(record.event).__name__, replace(record.event, narrative=None)


def _of_decision(command: Json, events: Sequence[e.Event]) -> Json:
    """The command that would have led to these events: what is replaced ends first, and then comes what was imposed."""
    imposed = [event for event in events if isinstance(event, e.Imposed)]
    if "sanctions" not in command:
        return _said(command, imposed[0] if imposed and command["command"] in _IMPOSING else events[0])
    told: Json = msgspec.to_builtins(events[0])
    said = [_said(one, event) for one, event in zip(command["sanctions"], imposed, strict=False)]
    inner = [{name: value for name, value in one.items() if name not in ("by", "at")} for one in said]
    return {**command, "by": told["by"], "at": told["at"], "sanctions": inner}


def _said(command: Json, event: e.Event) -> Json:
    """The command as it would have been sent to lead to this event."""
    told: Json = msgspec.to_builtins(event, enc_hook=period_to_text)
    if isinstance(event, e.SanctionProposed):
        inner = {**told["act"], "sanction": told["sanction"]}
        told = {**told, "sanction": inner}
    said = {
        key: value for key, value in command.items() if key not in ("for", "until", "permanent", "within", "deadline")
    }
    for name in ("by", "at", "sanction", "appeal", "proposal", "clause", "category", "severity", "content_at", "batch"):
        if name in told:
            said[name] = told[name]
    for name in (
        "detected",
        "basis",
        "outcome",
        "channel",
        "unless",
        "hold",
        "violation",
        "supersedes",
        "from",
        "clock",
    ):
        if name in told:
            said[name] = told[name]
        elif name in said and name not in ("sanction", "violation", "basis"):
            del said[name]
    if "basis" in said and told.get("priors"):
        said["basis"] = {**said["basis"], "priors": told["priors"]}
    said.update(_terms(event, told))
    if command["command"] in _OF_OTHERS:
        said.pop("sanction", None)
    if said.get("from") == told["at"] or isinstance(event, e.RectificationOrdered):
        said.pop("from", None)
    return said


def _terms(event: e.Event, told: Json) -> Json:
    """What, and until when."""
    until = {"until": told["until"]} if told.get("until") else {"permanent": True}
    match event:
        case e.RectificationOrdered():
            return {"deadline": told.get("until"), "on_default": told.get("on_default", [])}
        case e.RectificationExtended():
            return {"deadline": told["deadline"]}
        case e.FunctionsRestricted() | e.SanctionChanged(functions=dict()):
            ends = told["functions"].items()
            return {
                "functions": [
                    {"function": name, **({"until": end} if end else {"permanent": True})} for name, end in ends
                ]
            }
        case e.WarningIssued() | e.AccountBanned() | e.SanctionChanged():
            return until
        case _:
            return {}


def readable(record: Recorded) -> Recorded | None:
    """The record as it comes back from its stored bytes; None where nobody could read them."""
    stored = _MAPPER.to_stored_event(record)
    try:
        envelope = _MAPPER.decode(stored.topic, stored.state)
    except UnreadableEvent:
        return None
    return replace(record, event=envelope.event)
