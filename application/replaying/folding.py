"""Folding one account as it is read: its events pass by once, and none is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ...domain.builder import Builder
from ...domain.events import SanctionOverturned
from ...domain.state import NOTHING, State
from ...infrastructure.mapper import SanctionMapper, UnreadableEvent
from .results import Finding, FindingCode, Instant

__all__ = ["AccountFold", "Folded", "Row", "Unfoldable", "read_only_mapper"]

Row = tuple[int, str, bytes]
"""Version, topic and stored bytes of an event."""


class Folded(NamedTuple):
    """An account: its state at the instant without what only fell due, and its state by all that is recorded.

    `topics`: those of the events that were known, and how often each.
    """

    state: State
    topics: dict[str, int]
    recorded: State


class Unfoldable(Exception):
    """An account cannot be folded."""

    def __init__(self, code: FindingCode, account: str, version: int, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(code=code, account=account, version=version, message=message)


class AccountFold:
    """Folds accounts at one instant."""

    def __init__(self, mapper: SanctionMapper, instant: Instant) -> None:
        self._decode = mapper.decode
        self._instant = instant

    def fold(self, account: str, rows: Callable[[], Iterable[Row]]) -> Folded:
        """The account whose events `rows` gives, oldest first, as often as it is asked. Raises Unfoldable."""
        folded, late = self._pass(account, rows())
        if late:
            # What is known to have been overturned later has to be known from the first event on.
            folded = folded._replace(state=self._pass(account, rows(), late)[0].state)
        return folded

    def known(self, account: str, rows: Iterable[Row]) -> State:
        """What of another account was known, at whatever time it happened. Raises Unfoldable."""
        known_at, builder = self._instant.known_at, Builder(NOTHING)
        for version, topic, state in rows:
            envelope = self._decoded(account, version, topic, state)
            if known_at is None or envelope.recorded_at <= known_at:
                _apply(builder, envelope.event, account, version)
        return builder.freeze()

    def recorded(self, account: str, rows: Iterable[Row]) -> State:
        """All that is recorded of another account. Raises Unfoldable."""
        builder = Builder(NOTHING)
        for version, topic, state in rows:
            _apply(builder, self._decoded(account, version, topic, state).event, account, version)
        return builder.freeze()

    def _pass(
        self, account: str, rows: Iterable[Row], voided: dict[str, Any] | None = None
    ) -> tuple[Folded, dict[str, Any]]:
        """The account, and which sanctions are known to have been overturned after the instant, and when."""
        valid_at, known_at = self._instant.valid_at, self._instant.known_at
        builder, decoded = Builder(NOTHING, voided), self._decoded
        then: State | None = None
        late: dict[str, Any] = {}
        topics: dict[str, int] = {}
        expected = 1
        for version, topic, state in rows:
            if version != expected:
                raise Unfoldable("version_gap", account, expected, f"the events do not go on with version {expected}")
            envelope = decoded(account, version, topic, state)
            event = envelope.event
            is_known = known_at is None or envelope.recorded_at <= known_at
            if is_known:
                topics[topic] = topics.get(topic, 0) + 1
            # Both times never decrease within an account: what lies behind the instant lies behind everything else.
            if not is_known or event.at > valid_at:
                if then is None:
                    then = builder.freeze()
                if is_known and isinstance(event, SanctionOverturned):
                    late[event.sanction] = event.at
            _apply(builder, event, account, version)
            expected += 1
        recorded = builder.freeze()
        return Folded(recorded if then is None else then, topics, recorded), late

    def _decoded(self, account: str, version: int, topic: str, state: bytes) -> Any:
        try:
            return self._decode(topic, state)
        except UnreadableEvent as error:
            raise Unfoldable("event_unreadable", account, version, error.message) from None


def _apply(builder: Builder, event: Any, account: str, version: int) -> None:
    try:
        builder.apply(event)
    except LookupError as error:
        # It names what no event before it has made.
        raise Unfoldable(
            "event_unreadable", account, version, f"it does not follow from the events before it: {error}"
        ) from None


def read_only_mapper() -> SanctionMapper:
    """A mapper that reads stored events where there is no store."""
    from eventsourcing.persistence import JSONTranscoder

    return SanctionMapper(JSONTranscoder())
