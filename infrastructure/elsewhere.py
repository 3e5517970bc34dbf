"""The events of accounts in any event store of the library `eventsourcing`: its PostgreSQL, SQLite or in-memory recorder.

Such a store knows streams of events and nothing else. So what our own store keeps in tables of its own stands in streams beside
the account's, written in the same transaction: its narratives (rows that can be destroyed, while the event keeps its salted
commitment), each accepted command (a stream of one entry, so that the store itself refuses a second one), and each policy.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any, Final

from eventsourcing import persistence
from eventsourcing.persistence import InfrastructureFactory, StoredEvent, TrackingRecorder
from eventsourcing.utils import Environment

from ..domain.builder import Builder
from ..domain.errors import SanctionsError
from ..domain.events import PersonalDataErased
from ..domain.policies.policy import Policy, policy_bytes
from ..domain.record import Recorded
from .database import Cursor
from .errors import Conflict, StoreBusy, StoreError, StoreUnreachable
from .mapper import NarratedEvent, SanctionMapper, topic_of
from .store import CommandRow, Remembered, Stream

__all__ = ["NO_CURSOR", "EventStore"]

NO_CURSOR: Final[Any] = None
"""An event store has no transaction that several reads could share."""

# No name of an account or a command holds a control character.
_BESIDE: Final = "\x1f"
_NARRATIVES: Final = f"{_BESIDE}narratives"
_COMMAND: Final = f"{_BESIDE}command{_BESIDE}"
_POLICY: Final = f"{_BESIDE}policy{_BESIDE}"
_TOPIC: Final = "account_sanctions.{}.v1"
_ERASURE: Final = topic_of(PersonalDataErased)
_DIGEST_BYTES: Final = 32
_SALT_BYTES: Final = 16


class _Mapper(SanctionMapper):
    """The mapper of our own store: the bytes of an event are the same in both."""

    def pack(self, data: bytes) -> bytes:
        """Compressed and encrypted, where that is asked for."""
        return self._pack(data)

    def unpack(self, data: bytes) -> bytes:
        """What was packed."""
        return self._unpack(data)


class EventStore:
    """Reads and writes accounts. An account that was read is kept, and only what came since is read again."""

    def __init__(self, env: Mapping[str, str] | None, *, cached: int) -> None:
        # Names of accounts are text, whatever other applications of the process use.
        text = {"ORIGINATOR_ID_TYPE": "text", "SANCTIONS_ORIGINATOR_ID_TYPE": "text"}
        environment = Environment("sanctions", {**os.environ, **(env or {}), **text})
        with _typed():
            self._factory: InfrastructureFactory[TrackingRecorder] = InfrastructureFactory.construct(environment)
            self._recorder = self._factory.application_recorder()
        mapper = self._factory.mapper(mapper_class=_Mapper)
        assert isinstance(mapper, _Mapper)
        self._mapper = mapper
        self._cached = cached
        self._cache: OrderedDict[str, Stream] = OrderedDict()
        self._guard = Lock()
        self._kept: set[str] = set()

    def close(self) -> None:
        """Let the connections go."""
        self._factory.close()

    def load(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream:  # noqa: ARG002 - has none
        """The account as recorded; an empty stream where nothing is. Raises UnreadableEvent."""
        start = known or self._cache.get(account) or Stream(account)
        found = self._select(account, after=start.state.version)
        if not found:
            return start
        builder, recorded_at = Builder(start.state), start.recorded_at
        for stored in found:
            envelope = self._mapper.decode(stored.topic, stored.state)
            recorded_at = envelope.recorded_at
            builder.apply(envelope.event)
        stream = Stream(account, builder.freeze(), recorded_at)
        self._keep(stream)
        return stream

    def headers(self, cursor: Cursor, account: str) -> list[Recorded]:  # noqa: ARG002 - has none
        """The account's events without narratives, oldest first."""
        return [self._mapper.to_domain_event(stored) for stored in self._select(account)]

    def history(self, account: str) -> list[Recorded]:
        """The account's events with their narratives, oldest first; what an erasure covers is not told."""
        events = self._select(account)
        erased = max((one.originator_version for one in events if one.topic == _ERASURE), default=1)
        texts = {one.originator_version: one.state for one in self._select(account + _NARRATIVES, after=erased - 1)}
        return [self._mapper.to_domain_event(_narrated(stored, texts)) for stored in events]

    def read(
        self, cursor: Cursor, account: str, command_id: str | None, known: Stream | None = None
    ) -> tuple[Stream, Remembered | None]:
        """The account as recorded, and the accepted command of this id if there is one. Raises UnreadableEvent."""
        # The account first: whoever is between the two is found as a duplicate, or as a conflict.
        stream = self.load(cursor, account, known)
        return stream, None if command_id is None else self.remembered(cursor, account, command_id)

    def remembered(self, cursor: Cursor, account: str, command_id: str) -> Remembered | None:  # noqa: ARG002 - has none
        """The accepted command of this id, if there is one."""
        found = self._select(f"{account}{_COMMAND}{command_id}")
        if not found:
            return None
        content = self._mapper.unpack(found[0].state)
        return Remembered(content[:_DIGEST_BYTES], content[_DIGEST_BYTES:])

    def append(self, records: Sequence[Recorded], commands: Iterable[CommandRow], policies: Iterable[Policy]) -> None:
        """Add events and accepted commands as one transaction. Raises Conflict when somebody else was first."""
        for policy in policies:
            self._keep_policy(policy)
        rows: list[StoredEvent] = []
        for record in records:
            made = self._mapper.to_stored_event(record)
            rows.append(StoredEvent(record.account, record.version, made.topic, made.state))
            if made.salt is not None and made.narrative is not None:
                text = made.salt + made.narrative
                rows.append(StoredEvent(record.account + _NARRATIVES, record.version, _TOPIC.format("narrative"), text))
        for row in commands:
            name = f"{row.account}{_COMMAND}{row.command_id}"
            content = self._mapper.pack(row.digest + row.outcome)
            rows.append(StoredEvent(name, 1, _TOPIC.format("command"), content))
        with _typed():
            self._recorder.insert_events(rows)

    def _keep_policy(self, policy: Policy) -> None:
        digest = policy.ref.digest
        if digest in self._kept:
            return
        name = f"{_POLICY}{digest}"
        if not self._select(name):
            content = self._mapper.pack(policy_bytes(policy))
            with suppress(Conflict), _typed():
                self._recorder.insert_events([StoredEvent(name, 1, _TOPIC.format("policy"), content)])
        self._kept.add(digest)

    def _select(self, name: str, after: int = 0) -> Sequence[StoredEvent]:
        with _typed():
            return self._recorder.select_events(name, gt=after or None)

    def _keep(self, stream: Stream) -> None:
        with self._guard:
            newest = self._cache.pop(stream.account, stream)
            if self._cached:
                self._cache[stream.account] = max(newest, stream, key=_version)
            while len(self._cache) > self._cached:
                self._cache.popitem(last=False)


def _version(stream: Stream) -> int:
    return stream.state.version


def _narrated(stored: StoredEvent, texts: Mapping[int, bytes]) -> NarratedEvent:
    """The event with its text; without one the mapper tells from the promise in the event that there was some."""
    text = texts.get(stored.originator_version)
    return NarratedEvent(
        originator_id=stored.originator_id,
        originator_version=stored.originator_version,
        topic=stored.topic,
        state=stored.state,
        salt=None if text is None else text[:_SALT_BYTES],
        narrative=None if text is None else text[_SALT_BYTES:],
    )


@contextmanager
def _typed() -> Generator[None, None, None]:
    """The errors of eventsourcing as ours."""
    try:
        yield
    except SanctionsError:
        raise
    except (persistence.InfrastructureFactoryError, ImportError, OSError) as error:
        raise StoreUnreachable(f"this event store cannot be used: {error}") from error
    except persistence.IntegrityError as error:
        raise Conflict(f"the same events were written by somebody else: {error}") from error
    except persistence.PersistenceError as error:
        if "locked" in str(error):
            raise StoreBusy(f"{StoreBusy.__doc__} ({error})") from error
        if isinstance(error, persistence.OperationalError | persistence.InterfaceError):
            raise StoreUnreachable(f"{StoreUnreachable.__doc__} ({error})") from error
        raise StoreError(f"the event store refused: {error}") from error
