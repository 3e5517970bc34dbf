"""Verifying the free text of one account: what its events commit to is there, or was lawfully destroyed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from ...domain.events import PersonalDataErased
from ...domain.record import Recorded
from ...infrastructure.chain import commitment
from .collecting import Findings
from .reader import AccountRows, TextRow

__all__ = ["Promised", "TextVerifier"]

# An erasure is recorded first and carried out then, in a transaction of its own: one that is under way is no finding.
_UNDER_WAY: Final = timedelta(minutes=5)

Promised = tuple[Recorded, str | None]
"""A recorded event and the commitment to its free text, None where it has none."""


class TextVerifier:
    """Verifies free text, its keys and its erasures."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def verify(self, rows: AccountRows, promised: Sequence[Promised] | None, findings: Findings) -> None:
        """Look at the free text of an account; `promised` is None where its events cannot be read."""
        account = rows.account
        known = {row.version for row in rows.events}
        for version in sorted(rows.texts.keys() - known):
            findings.add("narrative_orphan", "there is free text beside no event", account=account, version=version)
        if promised is None:
            return
        erased = [record.version for record, _ in promised if isinstance(record.event, PersonalDataErased)]
        for version in sorted(rows.erasures - set(erased)):
            said = "an erasure is noted for which there is no event"
            findings.add("erasure_forged", said, account=account, version=version)
        for version in sorted(set(erased) - rows.erasures):
            said = "its erasure is not noted: nothing would be destroyed"
            findings.add("erasure_unnoted", said, account=account, version=version)
        times = [record.recorded_at for record, _ in promised if isinstance(record.event, PersonalDataErased)]
        late = bool(times) and times[-1] < self._now - _UNDER_WAY
        for version, (code, said, since) in self._texts(rows, promised, erased):
            if code != "erasure_unfinished" or late:
                findings.add(code, said, account=account, version=version, after=since, before=self._now)
        if late and any(generation < len(erased) for generation in rows.generations):
            said = "a key of text that was to be destroyed is still there: run `sweep`"
            findings.add("erasure_unfinished", said, account=account, version=erased[-1])

    def _texts(
        self, rows: AccountRows, promised: Sequence[Promised], erased: Sequence[int]
    ) -> Iterator[tuple[int, tuple[str, str, datetime]]]:
        last, generation = max(erased, default=0), 0
        for record, promise in promised:
            version = record.version
            generation += isinstance(record.event, PersonalDataErased)
            text = rows.texts.get(version)
            if promise is None:
                if text is not None:
                    said = "it has no free text, and some stands beside it"
                    yield version, ("narrative_orphan", said, record.recorded_at)
            elif text is None:
                if version >= last:
                    said = "its free text is gone, and no erasure is recorded after it"
                    yield version, ("narrative_missing", said, record.recorded_at)
            elif (wrong := _wrong(text, promise, generation)) is not None:
                yield version, ("narrative_changed", wrong, record.recorded_at)
            elif version < last:
                said = "its free text was to be destroyed: run `sweep`"
                yield version, ("erasure_unfinished", said, record.recorded_at)
            elif text.generation is not None and text.generation not in rows.generations:
                said = f"the key of generation {text.generation}, which encrypts its free text, is gone"
                yield version, ("text_key_missing", said, record.recorded_at)


def _wrong(text: TextRow, promise: str, generation: int) -> str | None:
    if commitment(text.salt, text.body).hex() != promise:
        return "its free text is another one"
    if text.generation not in (None, generation):
        return f"its free text is said to be under key {text.generation}, and {generation} was in use"
    return None
