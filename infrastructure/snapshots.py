"""Snapshots: the state of an account with a long history, so that it is not folded from its first event each time.

A snapshot is a short cut and never evidence: what is damaged, of another account, or written by code that folds otherwise is
left aside, and the events are replayed. What is settled is only decoded when somebody asks for it: deciding seldom does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

from msgspec import UNSET, DecodeError, Struct, ValidationError, msgpack
from msgspec.structs import replace

from ..domain.archive import Archive
from ..domain.period import period_from_text, period_to_text
from ..domain.state import Appeal, Exemption, Proposal, Retention, Sanction, State, Violation
from ..domain.vocabulary import Standing
from .chain import snapshot_digest
from .upcasting import MAKING

__all__ = ["FIRST", "Snapshot", "freeze", "is_due", "shape", "thaw"]

V = TypeVar("V")

FIRST: Final = 200
"""The first snapshot is written at this many events."""
_DIGEST: Final = 32
# Whoever changes one of these changes what a snapshot holds: the older ones are then left aside.
_MODULES: Final = (
    "state",
    "archive",
    "builder",
    "evolve",
    "terms",
    "event_parts",
    "acts",
    "breaches",
    "period",
    "vocabulary",
)


class Snapshot(Struct, frozen=True):
    """A state as it was kept: with the hash of its newest event, and when that became known."""

    state: State
    recorded_at: datetime
    head: bytes


class _Block(Struct, frozen=True, array_like=True):
    """The entries of an archive one behind the other, and where each one ends."""

    keys: list[str]
    ends: list[int]
    data: bytes


class _Body(Struct, frozen=True, array_like=True):
    recorded_at: datetime
    head: bytes
    version: int
    last_at: datetime | None
    live: dict[str, Sanction]
    open_proposals: dict[str, Proposal]
    reserved: dict[str, str]
    exemption: Exemption | None
    retention: Retention
    standing: Standing
    terminal: bool
    next_due: datetime | None
    ended: _Block
    violations: _Block
    appeals: _Block
    settled_proposals: _Block


def is_due(version: int, kept: int, first: int = FIRST) -> bool:
    """Whether an account that has come to `version` needs a snapshot, the newest being of version `kept` (0: none).

    The distance grows with the history, so that what is written for snapshots stays in proportion to the events.
    """
    return version >= first and version - kept >= max(first // 2, kept // 4)


@cache
def shape() -> str:
    """Which code wrote a snapshot: a digest of the modules that say what a state is and how it is folded."""
    digest = sha256()
    package = __name__.rpartition(".")[0].rpartition(".")[0]
    for name in (__name__, *(f"{package}.domain.{module}" for module in _MODULES)):
        spec = find_spec(name)
        read: Any = getattr(None if spec is None else spec.loader, "get_source", None)
        source = None if read is None else read(name)
        if source is None:
            # Without its text, nothing tells whether the code is the same: these snapshots serve this process alone.
            source = uuid4().hex
        digest.update(source.encode())
    return digest.hexdigest()[:32]


def freeze(account: str, snapshot: Snapshot) -> bytes | None:
    """The bytes of a snapshot; None where they would not give the same state again: such an account is replayed."""
    try:
        body = _body(snapshot)
        data = _ENCODER.encode(body)
        if _decoder_of(_Body).decode(data) != body:
            return None
    except (ValidationError, _Changed):
        return None
    return snapshot_digest(account, shape(), data) + data


class _Changed(Exception):
    """An entry is not the same when it is read again."""


def _body(snapshot: Snapshot) -> _Body:
    state = snapshot.state
    return _Body(
        recorded_at=snapshot.recorded_at,
        head=snapshot.head,
        version=state.version,
        last_at=state.last_at,
        live=dict(state.live),
        open_proposals={name: _shortened(proposal) for name, proposal in state.open_proposals.items()},
        reserved=dict(state.reserved),
        exemption=state.exemption,
        retention=state.retention,
        standing=state.standing,
        terminal=state.terminal,
        next_due=state.next_due,
        ended=_packed(state.ended, Sanction),
        violations=_packed(state.violations, Violation),
        appeals=_packed(state.appeals, Appeal),
        settled_proposals=_packed(state.settled_proposals, Proposal, _shortened),
    )


def thaw(account: str, body: bytes) -> Snapshot | None:
    """The snapshot that these bytes hold, None where they are not what `freeze` wrote for this account."""
    data = body[_DIGEST:]
    if body[:_DIGEST] != snapshot_digest(account, shape(), data):
        return None
    try:
        found: _Body = _decoder_of(_Body).decode(data)
    except (DecodeError, ValidationError):
        return None
    state = State(
        version=found.version,
        last_at=found.last_at,
        live=found.live,
        ended=_archive(found.ended, Sanction),
        violations=_archive(found.violations, Violation),
        appeals=_archive(found.appeals, Appeal),
        open_proposals={name: _restored(proposal) for name, proposal in found.open_proposals.items()},
        settled_proposals=_archive(found.settled_proposals, Proposal, _restored),
        reserved=Archive(found.reserved),
        exemption=found.exemption,
        retention=found.retention,
        standing=found.standing,
        terminal=found.terminal,
        next_due=found.next_due,
    )
    return Snapshot(state, found.recorded_at, found.head)


class Frozen(Mapping[str, V], Generic[V]):
    """The large part of an archive as it came from a snapshot: an entry is decoded when it is first asked for."""

    __slots__ = ("_data", "_decode", "_ends", "_newer", "_places", "_read")

    def __init__(
        self,
        data: bytes,
        ends: list[int],
        places: dict[str, int],
        decode: Callable[[bytes], V],
        read: dict[str, V] | None = None,
        newer: dict[str, V] | None = None,
    ) -> None:
        self._data = data
        self._ends = ends
        self._places = places
        self._decode = decode
        self._read: dict[str, V] = {} if read is None else read
        self._newer: dict[str, V] = {} if newer is None else newer

    def __getitem__(self, key: str) -> V:
        found = self._newer.get(key) or self._read.get(key)
        if found is None:
            found = self._read[key] = self._decode(self._bytes(self._places[key]))
        return found

    def packed(self, key: str) -> bytes | None:
        """The bytes of an entry, where they are still those that were read."""
        return None if key in self._newer else self._bytes(self._places[key])

    def _bytes(self, place: int) -> bytes:
        return self._data[self._ends[place - 1] if place else 0 : self._ends[place]]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __or__(self, others: dict[str, V]) -> Frozen[V]:
        # What is new has no place in the bytes; what is replaced keeps its place in the order.
        places = self._places | {key: -1 for key in others if key not in self._places}
        return Frozen(self._data, self._ends, places, self._decode, self._read, self._newer | others)


def _archive(block: _Block, kind: type[V], last: Callable[[V], V] | None = None) -> Archive[V]:
    if not block.keys:
        return Archive()
    decode = _decoder_of(kind).decode
    places = {key: place for place, key in enumerate(block.keys)}
    return Archive(Frozen(block.data, block.ends, places, decode if last is None else lambda data: last(decode(data))))


def _packed(archive: Archive[V], kind: type[V], first: Callable[[V], V] | None = None) -> _Block:
    base, recent = archive.layers
    decode = _decoder_of(kind).decode
    pieces: list[bytes] = []
    ends: list[int] = []
    keys = list(archive)
    end = 0
    for key in keys:
        piece = base.packed(key) if isinstance(base, Frozen) and key not in recent else None
        if piece is None:
            entry = archive[key] if first is None else first(archive[key])
            piece = _ENCODER.encode(entry)
            # Once per entry, and never again: what is decoded only later must not fail then.
            if decode(piece) != entry:
                raise _Changed(key)
        end += len(piece)
        pieces.append(piece)
        ends.append(end)
    return _Block(keys, ends, b"".join(pieces))


def _shortened(proposal: Proposal) -> Proposal:
    """A proposal out of a report as its event has it: the id that follows from the violation is none that a command may give."""
    return proposal if proposal.grounds is None else replace(proposal, act=replace(proposal.act, sanction=UNSET))


def _restored(proposal: Proposal) -> Proposal:
    return (
        proposal
        if proposal.grounds is None
        else replace(proposal, act=replace(proposal.act, sanction=proposal.sanction))
    )


_ENCODER: Final = msgpack.Encoder(enc_hook=period_to_text)
_DECODERS: Final[dict[type[Any], msgpack.Decoder[Any]]] = {}


def _decoder_of(kind: type[V]) -> msgpack.Decoder[V]:
    """Reads one entry; made when first needed."""
    found = _DECODERS.get(kind)
    if found is None:
        with MAKING:
            found = _DECODERS[kind] = msgpack.Decoder(kind, dec_hook=period_from_text)
    return found
