"""The writers' marks in an export: each checked with the auditor's keys, and what is not marked noted once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .findings import ContentsFinding

if TYPE_CHECKING:
    from ...infrastructure.evidence.marks import MarkVerifier

__all__ = ["ExportedMarks"]


class ExportedMarks:
    """Judges marks event by event, in the order of an account's events; `writers` None: they are not judged."""

    def __init__(self, writers: Mapping[bytes, MarkVerifier] | None) -> None:
        self._writers = writers
        self._account: str | None = None
        self._marked = False
        self._unmarked = 0
        self._unknown: set[bytes] = set()

    def take(self, account: str, digest: bytes, mark: bytes | None) -> str | None:
        """What is wrong with the mark on an event of this hash."""
        if self._writers is None:
            return None
        if account != self._account:
            self._account, self._marked = account, False
        if mark is None and self._marked:
            return "it carries no writer's mark, and events before it do"
        if mark is None:
            self._unmarked += 1
            return None
        self._marked = True
        # Imported by those who judge marks: it needs the library for keys.
        from ...infrastructure.evidence.marks import ID_BYTES

        writer = self._writers.get(mark[:ID_BYTES])
        if writer is None:
            self._unknown.add(mark[:ID_BYTES])
            return None
        return None if writer.holds(digest, mark) else "the mark on it was not made by the key that it names"

    def findings(self) -> Iterator[ContentsFinding]:
        """What could not be judged, each kind once."""
        if self._unmarked:
            said = f"{self._unmarked} events were written without a writer's key"
            yield ContentsFinding("export_no_marks", said, grade="incomplete")
        for key in sorted(self._unknown):
            said = f"marks are of the key {key.hex()}, which the trust file does not hold"
            yield ContentsFinding("export_key_unknown", said, grade="incomplete")
