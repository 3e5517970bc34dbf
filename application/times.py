"""The state of an account at any time, as far as was known at another, read from the store."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from ..domain.due import LinkEnd, advance
from ..domain.evolve import fold
from ..domain.instants import LAST_INSTANT
from ..domain.queries import recorded_at
from ..domain.record import Recorded
from ..domain.state import NOTHING, State
from ..infrastructure.database import Cursor
from ..infrastructure.store import Stream
from .documents import AccountState, account_state
from .horizon import Horizon, Unbounded
from .linking import link_ends

__all__ = ["Streams", "known_state", "state_at_any_time", "state_document", "state_now", "state_then"]


class Streams(Protocol):
    """Where accounts are read from: the store, or another event store."""

    def load(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream: ...
    def headers(self, cursor: Cursor, account: str) -> list[Recorded]: ...


def state_document(
    streams: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known: Horizon, now: datetime
) -> AccountState:
    """The document of an account at any time, as far as is known."""
    state, links, version = state_at_any_time(streams, cursor, account, valid_at=valid_at, known=known)
    return account_state(
        account,
        state,
        version=version,
        valid_at=valid_at,
        known_at=known.instant(now),
        links=links,
        known_position=known.words,
    )


def state_at_any_time(
    streams: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known: Horizon
) -> tuple[State, tuple[LinkEnd, ...], int]:
    """The state, its links, and how many events were known: from what is loaded where nothing recorded lies after `valid_at`."""
    if isinstance(known, Unbounded):
        stream = streams.load(cursor, account)
        last = stream.state.last_at
        if last is None or last <= valid_at:
            return (*state_now(streams, cursor, stream, valid_at), stream.state.version)
    return state_then(streams, cursor, account, valid_at=valid_at, known=known)


def state_now(store: Streams, cursor: Cursor, stream: Stream, at: datetime) -> tuple[State, tuple[LinkEnd, ...]]:
    """The state at `at`, which does not lie before the account's last event, as known now; and what `due` takes as `links`."""
    ends = link_ends(stream.state.live.values(), lambda name: store.load(cursor, name).state)
    return advance(stream.state, at, ends), ends


def state_then(
    store: Streams, cursor: Cursor, account: str, *, valid_at: datetime, known: Horizon
) -> tuple[State, tuple[LinkEnd, ...], int]:
    """The state at any time as far as is known, its links, and how many events were known."""
    records = known.known(cursor, account, store.headers(cursor, account))
    state, version = recorded_at(records, valid_at=valid_at, known_at=LAST_INSTANT)
    ends = link_ends(state.live.values(), lambda name: known_state(store, cursor, name, known))
    return advance(state, valid_at, ends), ends, version


def known_state(store: Streams, cursor: Cursor, account: str, known: Horizon) -> State:
    """The recorded state of an account, as far as is known."""
    return fold(NOTHING, [record.event for record in known.known(cursor, account, store.headers(cursor, account))])
