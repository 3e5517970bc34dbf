"""The state of an account at any time as known at any time, read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..domain.due import LinkEnd, advance
from ..domain.evolve import fold
from ..domain.queries import recorded_at
from ..domain.record import Recorded
from ..domain.state import NOTHING, State
from ..infrastructure.database import Cursor
from ..infrastructure.store import Stream
from .documents import AccountState, account_state
from .linking import link_ends

__all__ = ["Streams", "state_at_any_time", "state_document", "state_now", "state_then"]


class Streams(Protocol):
    """Where accounts are read from: the store, or another event store."""

    def load(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream: ...
    def headers(self, cursor: Cursor, account: str) -> list[Recorded]: ...


def state_document(
    streams: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known_at: datetime | None, now: datetime
) -> AccountState:
    """The document of an account at any time as known at any time (None: now)."""
    state, links, version = state_at_any_time(streams, cursor, account, valid_at=valid_at, known_at=known_at, now=now)
    known = now if known_at is None else known_at
    return account_state(account, state, version=version, valid_at=valid_at, known_at=known, links=links)


def state_at_any_time(
    streams: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known_at: datetime | None, now: datetime
) -> tuple[State, tuple[LinkEnd, ...], int]:
    """The state, its links, and how many events were known: from what is loaded where nothing recorded lies after `valid_at`."""
    if known_at is None:
        stream = streams.load(cursor, account)
        last = stream.state.last_at
        if last is None or last <= valid_at:
            return (*state_now(streams, cursor, stream, valid_at), stream.state.version)
    return state_then(streams, cursor, account, valid_at=valid_at, known_at=known_at, now=now)


def state_now(store: Streams, cursor: Cursor, stream: Stream, at: datetime) -> tuple[State, tuple[LinkEnd, ...]]:
    """The state at `at`, which does not lie before the account's last event, as known now; and what `due` takes as `links`."""
    ends = link_ends(stream.state.live.values(), lambda name: store.load(cursor, name).state)
    return advance(stream.state, at, ends), ends


def state_then(
    store: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known_at: datetime | None, now: datetime
) -> tuple[State, tuple[LinkEnd, ...], int]:
    """The state at any time as known at any time (None: now), its links, and how many events were known."""

    def known(records: Sequence[Recorded]) -> datetime:
        return _horizon(now, records) if known_at is None else known_at

    def find(name: str) -> State:
        others = store.headers(cursor, name)
        return fold(NOTHING, [record.event for record in others if record.recorded_at <= known(others)])

    records = store.headers(cursor, account)
    state, version = recorded_at(records, valid_at=valid_at, known_at=known(records))
    ends = link_ends(state.live.values(), find)
    return advance(state, valid_at, ends), ends, version


def _horizon(now: datetime, records: Sequence[Recorded]) -> datetime:
    """What is recorded is known, even where this machine's clock runs behind the one that recorded it."""
    return max([now, *(record.recorded_at for record in records[-1:])])
