"""Reading stored events of every version: an older one is lifted, step by step, to the form that the code knows.

A released event's shape never changes (`tests/golden/event_shapes.json` holds them): a new shape is a new `VERSION` of its
type and one function here, which takes the event's plain fields as version n stored them and gives those of version n + 1.
Nothing stored is touched: hashes are over the stored bytes, whatever becomes of them here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from ..domain.events import EVENT_TYPES, Event
from ..domain.period import period_from_text
from .errors import StoreError

__all__ = ["MAKING", "READER", "UPCASTERS", "Envelope", "EventReader", "UnreadableEvent", "Upcaster", "topic_of"]

E = TypeVar("E")
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Final[Mapping[tuple[str, int], Upcaster]] = {}
"""By event type and version: from that version to the next. Empty as long as every type is in its first version."""

_TOPIC: Final = "account_sanctions.{}.v{}"
_READ_TOPIC: Final = re.compile(r"account_sanctions\.([A-Za-z]{1,80})\.v([1-9][0-9]{0,5})", re.ASCII)
# One at a time: msgspec crashes when several threads make it work out one type at once.
MAKING: Final = Lock()


class UnreadableEvent(StoreError):
    """A stored event cannot be read: it is damaged, or of a newer version than this library knows."""

    code = "unreadable_event"


class Envelope(Struct, Generic[E], frozen=True, kw_only=True, omit_defaults=True):
    """What is stored as the state of an event: when it became known, by which command, and the event's header."""

    recorded_at: datetime
    command_id: str | None = None
    narrative: str | None = None
    event: E


def topic_of(kind: type[Event]) -> str:
    """The stored name of an event type and its version."""
    return _TOPIC.format(kind.__name__, kind.VERSION)


class EventReader:
    """Reads envelopes by their topic. `kinds`: the event types by name; `upcasters`: as `UPCASTERS`."""

    def __init__(self, kinds: Mapping[str, type[Event]], upcasters: Mapping[tuple[str, int], Upcaster]) -> None:
        self._kinds = kinds
        self._upcasters = upcasters
        self._newest = {topic_of(kind): kind for kind in kinds.values()}
        self._decoders: dict[str, msgspec.json.Decoder[Envelope[Any]]] = {}

    def read(self, topic: str, body: bytes) -> Envelope[Any]:
        """The envelope of one event in the form of the newest version. Raises UnreadableEvent."""
        decoder = self._decoders.get(topic) or self._decoder_for(topic)
        try:
            if decoder is None:
                return self._lifted(topic, body)
            return decoder.decode(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableEvent(f"a stored {topic} cannot be read: {error}", topic=topic) from None

    def _decoder_for(self, topic: str) -> msgspec.json.Decoder[Envelope[Any]] | None:
        kind = self._newest.get(topic)
        if kind is None:
            self._older(topic)
            return None
        with MAKING:
            shape: Any = Envelope[kind]  # type: ignore[valid-type]
            decoder = self._decoders[topic] = msgspec.json.Decoder(shape, dec_hook=period_from_text)
        return decoder

    def _older(self, topic: str) -> tuple[type[Event], int]:
        """The type of an older version and its number. Raises UnreadableEvent for what is none."""
        match = _READ_TOPIC.fullmatch(topic)
        kind = None if match is None else self._kinds.get(match[1])
        version = 0 if match is None else int(match[2])
        if kind is None or version > kind.VERSION:
            raise UnreadableEvent(
                f"this version of the library does not know events of the type {topic!r}: upgrade it", topic=topic
            )
        return kind, version

    def _lifted(self, topic: str, body: bytes) -> Envelope[Any]:
        kind, version = self._older(topic)
        envelope: Envelope[dict[str, Any]] = _plain().decode(body)
        event = envelope.event
        for number in range(version, kind.VERSION):
            upcaster = self._upcasters.get((kind.__name__, number))
            if upcaster is None:
                raise UnreadableEvent(
                    f"nothing lifts {kind.__name__} from version {number} to {number + 1}: this installation is incomplete",
                    topic=topic,
                )
            event = upcaster(event)
        found: Any = msgspec.convert(event, kind, dec_hook=period_from_text)
        return Envelope(
            recorded_at=envelope.recorded_at, command_id=envelope.command_id, narrative=envelope.narrative, event=found
        )


def _plain() -> msgspec.json.Decoder[Envelope[dict[str, Any]]]:
    if not _PLAIN:
        with MAKING:
            _PLAIN.append(msgspec.json.Decoder(Envelope[dict[str, Any]]))
    return _PLAIN[0]


_PLAIN: Final[list[msgspec.json.Decoder[Envelope[dict[str, Any]]]]] = []

READER: Final = EventReader(EVENT_TYPES, UPCASTERS)
"""Reads the events of this version of the library and of all before it."""
