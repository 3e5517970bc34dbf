"""What the audit table says about one event: every field of it as a pair of a label and a value that can be laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from ...domain.explaining import ProofReference
from ...projections.history import HistoryEntry
from .wording import consequence_words, event_words, functions_words, label_words, period_words

__all__ = ["EventRow", "Pair", "event_row", "policy_of", "proof_words"]

Layout = Literal["words", "id", "text", "names", "list", "ends", "time", "standing", "policy", "pairs"]

# What people look for first; everything else follows in the order of the stored event.
_FIRST: Final = (
    "clause",
    "basis",
    "act",
    "reason",
    "facts",
    "statement",
    "text",
    "requirements",
    "evidence",
    "functions",
    "from",
    "until",
    "deadline",
    "on_default",
)
_PROSE: Final = frozenset({"reason", "facts", "statement", "text", "requirements", "legal_ground"})
_MINOR: Final = frozenset({"appealable", "batch", "clock", "detected", "policy", "proposal", "step", "weight"})
_ELSEWHERE: Final = frozenset({"standing", "sanction"})
_NEVER_ENDS: Final = ("WarningIssued", "AccountBanned")


class Pair(Struct, frozen=True):
    """A label and a value; `layout` says how the value is to be shown. `minor`: needed for proof rather than for reading."""

    label: str
    layout: Layout
    value: Any
    minor: bool = False


class EventRow(Struct, frozen=True, kw_only=True):
    """One event, ready for the table. `known` False: recorded after the known time of the state beside it."""

    entry: HistoryEntry
    title: str
    sanction: str | None
    delay: str
    known: bool
    pairs: tuple[Pair, ...]


def event_row(entry: HistoryEntry, *, known: bool, proof: ProofReference | None = None) -> EventRow:
    """The row of one event: nothing of what is stored is left out. `proof`: where in the log it stands."""
    fields = entry.fields
    pairs = list(_pairs({name: value for name, value in fields.items() if name not in _ELSEWHERE}))
    if entry.type in _NEVER_ENDS and "until" not in fields:
        pairs.append(Pair("Until", "words", "no end"))
    if entry.command_id is not None:
        pairs.append(Pair("Command", "id", entry.command_id, minor=True))
    if proof is not None:
        pairs.append(Pair("Place in the log", "words", proof_words(proof), minor=True))
    if "standing" in fields:
        pairs.append(Pair("Standing after", "standing", str(fields["standing"])))
    sanction = fields.get("sanction")
    return EventRow(
        entry=entry,
        title=event_words(entry.type),
        sanction=sanction if isinstance(sanction, str) else None,
        delay=_delay(entry),
        known=known,
        pairs=tuple(pairs),
    )


def proof_words(proof: ProofReference | None) -> str:
    """Where in the log an event stands, and which checkpoint covers it."""
    if proof is None:
        return "not in the log yet"
    place = f"{proof.partition}:{proof.position}"
    return f"{place}, not sealed yet" if proof.checkpoint is None else f"{place}, under checkpoint {proof.checkpoint}"


def policy_of(entry: HistoryEntry) -> tuple[str, str] | None:
    """The policy that the event cites: name and digest."""
    policy = entry.fields.get("policy")
    if not _is_mapping(policy):
        return None
    return f"{policy.get('id')}@{policy.get('version')}", str(policy.get("digest"))


def _pairs(fields: Mapping[str, Any]) -> list[Pair]:
    order = {name: place for place, name in enumerate(_FIRST)}
    pairs: list[Pair] = []
    for name in sorted(fields, key=lambda name: order.get(name, len(order))):
        value = fields[name]
        if name == "basis" and _is_mapping(value):
            pairs += _pairs(value)
        else:
            pair = _pair(name, value)
            pairs.append(replace(pair, minor=True) if name in _MINOR else pair)
    return pairs


def _pair(name: str, value: Any) -> Pair:
    label = label_words(name)
    if _is_mapping(value):
        return _structure(name, label, value)
    if _is_sequence(value):
        return _several(name, label, value)
    if isinstance(value, datetime):
        return Pair(label, "time", value)
    if isinstance(value, bool):
        return Pair(label, "words", "yes" if value else "no")
    if name == "for":
        return Pair(label, "words", period_words(str(value)))
    return Pair(label, "text" if name in _PROSE else "words", "none" if value is None else str(value))


def _structure(name: str, label: str, value: Mapping[str, Any]) -> Pair:
    if name == "policy" and "digest" in value:
        return Pair(label, "policy", (f"{value.get('id')}@{value.get('version')}", str(value["digest"])))
    if name == "functions":
        return Pair(label, "ends", tuple(value.items()))
    if name == "appealable":
        return Pair(label, "words", _appeal_words(value))
    if set(value) == {"kind", "id"}:
        return Pair(label, "words", f"{value['kind']} {value['id']}")
    return Pair(label, "pairs", tuple(_act(value)))


def _several(name: str, label: str, value: Sequence[Any]) -> Pair:
    if name == "functions":
        return Pair(label, "words", functions_words(value))
    if name == "on_default":
        return Pair(label, "list", tuple(map(consequence_words, value)) or ("nothing",))
    return Pair(label, "list" if name == "evidence" else "names", tuple(map(str, value)))


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def _act(value: Mapping[str, Any]) -> list[Pair]:
    """A structure inside an event, a proposed command above all: its name first."""
    inner = {name: part for name, part in value.items() if name != "command"}
    command = value.get("command")
    first = [] if command is None else [Pair("What", "words", str(command).replace("_", " "))]
    return [*first, *_pairs(inner)]


def _appeal_words(terms: Mapping[str, Any]) -> str:
    limit = terms.get("limit", 1)
    times = "once" if limit == 1 else f"{limit} times"
    window = terms.get("window")
    return f"{times}, within {period_words(str(window))}" if window else f"{times}, at any time"


def _delay(entry: HistoryEntry) -> str:
    """How much later the event was recorded than it happened, in its two largest units."""
    span = entry.recorded_at - entry.at
    if span.total_seconds() < 1:
        return ""
    hours, rest = divmod(span.seconds, 3600)
    parts = [(span.days, "d"), (hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return " ".join(f"{number:,} {unit}" for number, unit in [part for part in parts if part[0]][:2])
