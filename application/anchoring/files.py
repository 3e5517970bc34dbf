"""Anchors in files: one note for each partition. A file gives way to a newer anchor only where the log goes on from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkstemp

from ...infrastructure.evidence.errors import BadNote, NotProvable
from ...infrastructure.evidence.notes import joined, notes_in
from ...infrastructure.evidence.sealing import Sealed
from ..sanctions import Sanctions
from .errors import AnchorContradicted, AnchorNotKept, NothingSealed

__all__ = ["anchor_text", "kept_in", "newest", "write_anchor"]


def newest(sanctions: Sanctions) -> list[Sealed]:
    """The newest checkpoint of each partition that has one. Raises NothingSealed where there is none."""
    found = sanctions.checkpoints()
    if not found:
        raise NothingSealed("there is no checkpoint yet: run `seal` first")
    return found


def anchor_text(seals: Sequence[Sealed]) -> str:
    """The notes as the text of a file."""
    return joined(sealed.note for sealed in seals)


def kept_in(content: bytes, store_id: str) -> list[Sealed]:
    """The checkpoints of a store that an anchor holds; no signature is checked. Raises BadNote."""
    try:
        return [Sealed.of(note, store_id) for note in notes_in(content.decode())]
    except UnicodeDecodeError:
        raise BadNote("this is no anchor: it is not a text") from None


def write_anchor(sanctions: Sanctions, file: Path, seals: Sequence[Sealed]) -> bool:
    """Write an anchor as a whole; whether the file is another one than before.

    What stands there already gives way only where the log goes on from it: an anchor that the log contradicts is the proof that
    it was touched, and stays. Raises AnchorContradicted, and AnchorNotKept where the file cannot be written.
    """
    text = anchor_text(seals).encode()
    try:
        before = file.read_bytes() if file.exists() else b""
        if before == text:
            return False
        if before:
            _require_growth(sanctions, file, before, seals)
        handle, beside = mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(handle)
        os.chmod(beside, 0o644)  # noqa: PTH101 - others are to read it
        os.replace(beside, file)  # noqa: PTH105 - as mkstemp names it
    except OSError as error:
        raise AnchorNotKept(f"{file}: {error.strerror or error}", file=str(file)) from None
    return True


def _require_growth(sanctions: Sanctions, file: Path, before: bytes, seals: Sequence[Sealed]) -> None:
    now = {sealed.partition: sealed for sealed in seals}
    try:
        for older in kept_in(before, sanctions.store.identity.store_id):
            newer = now.get(older.partition)
            if newer is None:
                raise NotProvable(f"partition {older.partition} has no checkpoint any more")
            sanctions.prove_growth(older, newer)
    except (BadNote, NotProvable) as error:
        raise AnchorContradicted(f"{file} is not written over: {error.message}", file=str(file)) from None
