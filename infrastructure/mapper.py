"""Between recorded events and stored bytes: canonical JSON, the narrative apart, a topic that code can move away from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import msgspec
from eventsourcing.persistence import Cipher, Compressor, Mapper, StoredEvent, Transcoder
from msgspec.structs import replace

from ..domain.events import Event, Narrative
from ..domain.period import period_to_text
from ..domain.record import Recorded
from .chain import commitment
from .evidence.errors import BadKey
from .upcasting import READER, Envelope, UnreadableEvent, topic_of

__all__ = ["Keyed", "NarratedEvent", "SanctionMapper", "UnreadableEvent", "topic_of"]


@dataclass(frozen=True)
class NarratedEvent(StoredEvent):
    """A stored event with the free text that is kept beside it; `key` reads what a key of this `generation` encrypts."""

    salt: bytes | None = None
    narrative: bytes | None = None
    generation: int | None = None
    key: bytes | None = None


class Keyed(NamedTuple):
    """A record whose free text is to be encrypted with this key of its account."""

    record: Recorded
    generation: int
    key: bytes

    @property
    def originator_id(self) -> str:
        return self.record.account

    @property
    def originator_version(self) -> int:
        return self.record.version


_NARRATIVES: Final = msgspec.json.Decoder(Narrative)


class SanctionMapper(Mapper[str]):
    """eventsourcing's mapper for this domain; honours a compressor and a cipher."""

    def __init__(
        self, transcoder: Transcoder, compressor: Compressor | None = None, cipher: Cipher | None = None
    ) -> None:
        super().__init__(transcoder, compressor, cipher)
        self.reader = READER
        self._encoder = msgspec.json.Encoder(enc_hook=period_to_text, order="deterministic")

    def to_stored_event(self, domain_event: Any) -> NarratedEvent:
        """The bytes of a recorded event; a new salt for its narrative."""
        record: Recorded
        keyed: Keyed | None
        if isinstance(domain_event, Keyed):
            keyed, record = domain_event, domain_event.record
        else:
            keyed, record = None, domain_event
        event, salt, body, promise = record.event, None, None, None
        if event.narrative is not None:
            salt = os.urandom(16)
            body = self._pack(self._encoder.encode(event.narrative))
            if keyed is not None:
                body = _encrypted(keyed, body)
            promise = commitment(salt, body).hex()
            event = replace(event, narrative=None)
        envelope = Envelope(
            recorded_at=record.recorded_at, command_id=record.command_id, narrative=promise, event=event
        )
        return NarratedEvent(
            originator_id=record.account,
            originator_version=record.version,
            topic=topic_of(type(event)),
            state=self._pack(self._encoder.encode(envelope)),
            salt=salt,
            narrative=body,
            generation=None if keyed is None or body is None else keyed.generation,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The recorded event that these bytes hold. Raises UnreadableEvent."""
        envelope = self.decode(stored_event.topic, stored_event.state)
        event: Event = envelope.event
        untold: Literal["encrypted", "erased"] | None = None
        if isinstance(stored_event, NarratedEvent):
            if stored_event.narrative is None:
                untold = None if envelope.narrative is None else "erased"
            elif stored_event.generation is not None and stored_event.key is None:
                untold = "encrypted"
            else:
                event = replace(event, narrative=self._narrative(stored_event, envelope.narrative))
        return Recorded(
            account=str(stored_event.originator_id),
            version=stored_event.originator_version,
            recorded_at=envelope.recorded_at,
            event=event,
            command_id=envelope.command_id,
            untold=untold,
        )

    def _narrative(self, stored: NarratedEvent, promised: str | None) -> Narrative:
        body = stored.narrative or b""
        where = f"the narrative of {stored.originator_id}, version {stored.originator_version}"
        if commitment(stored.salt or b"", body).hex() != promised:
            raise UnreadableEvent(f"{where} is not the one that the event commits to", topic=stored.topic)
        try:
            return _NARRATIVES.decode(self._unpack(_decrypted(stored, body)))
        except (ValueError, RecursionError, BadKey) as error:
            raise UnreadableEvent(f"{where} cannot be read: {error}", topic=stored.topic) from None

    def decode(self, topic: str, state: bytes) -> Envelope[Any]:
        """The envelope of one event, without its narrative. Raises UnreadableEvent."""
        try:
            body = self._unpack(state)
        except ValueError as error:
            raise UnreadableEvent(f"a stored {topic} cannot be read: {error}", topic=topic) from None
        return self.reader.read(topic, body)

    def _pack(self, data: bytes) -> bytes:
        if self.compressor is not None:
            data = self.compressor.compress(data)
        return data if self.cipher is None else self.cipher.encrypt(data)

    def _unpack(self, data: bytes) -> bytes:
        if self.cipher is not None:
            data = self.cipher.decrypt(data)
        return data if self.compressor is None else self.compressor.decompress(data)


def _encrypted(keyed: Keyed, body: bytes) -> bytes:
    from .evidence.envelopes import encrypted

    return encrypted(keyed.key, keyed.record.account, keyed.record.version, body)


def _decrypted(stored: NarratedEvent, body: bytes) -> bytes:
    if stored.key is None:
        return body
    from .evidence.envelopes import decrypted

    return decrypted(stored.key, str(stored.originator_id), stored.originator_version, body)
