"""The manifest of an export: its files with their hashes, and how far into the log of which store it goes.

It is hashed as it is written, to the byte, and a note beside it says the hash; the log's key signs the note. So nothing has to
be written again in a canonical form to be checked, and others can add their signatures.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import file_digest, sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from .documents import Subject
from .source import Selection, Snapshot

if TYPE_CHECKING:
    from ...infrastructure.evidence.notes import NoteSigner

__all__ = ["FORMAT", "ExportedFile", "FileFormat", "Manifest", "beside", "described", "note_text", "write_manifest"]

FORMAT: Final = "account-sanctions/export/1"
FileFormat = Literal["jsonl", "csv", "parquet", "sqlite"]


class ExportedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the export: its name relative to the manifest, and what is in it."""

    path: str
    bytes: int
    sha256: str
    rows: int
    accounts: int


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an export says of itself.

    `rows` and `accounts` count what was exported. `positions`: the last position of each partition of the log at that time;
    `unsequenced`: how many of the exported events had no place in the log yet. `checkpoints`: the newest signed note of each
    partition then; `rotations`: by number, the notes in which an older key of the log signs the next one. `account`, `since`,
    `until`: what was asked for; an export with none of them is the whole record. `buckets`: into how many the accounts are
    parted (CRC-32 of the account, modulo this number).
    """

    format: Literal["account-sanctions/export/1"]
    of: Subject
    file_format: FileFormat
    library: str
    store: str
    made_at: datetime
    narratives: bool
    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    buckets: int | None = None
    rows: int
    accounts: int
    unsequenced: int
    positions: dict[str, int]
    checkpoints: tuple[str, ...]
    rotations: tuple[tuple[int, str], ...] = ()
    files: tuple[ExportedFile, ...]

    def __post_init__(self) -> None:
        counts = (self.rows, self.accounts, self.unsequenced, self.buckets or 1, *self.positions.values())
        if min(counts) < 0 or any(not name.isdecimal() or str(int(name)) != name for name in self.positions):
            raise ValueError("a count is negative, or a partition has no number")

    @property
    def is_everything(self) -> bool:
        """Whether every event of the store is in it."""
        return self.of == "events" and self.account is None and self.since is None and self.until is None


class Counted(Struct):
    """What has been exported so far."""

    rows: int = 0
    accounts: int = 0
    unsequenced: int = 0


def beside(name: str | None) -> tuple[str, str]:
    """The names of the manifest and of its note: in the folder of an export (None), or beside a file."""
    return ("manifest.json", "manifest.note") if name is None else (f"{name}.manifest.json", f"{name}.manifest.note")


def described(folder: Path, path: str, *, rows: int, accounts: int) -> ExportedFile:
    """A file that has been written."""
    file = folder / path
    with file.open("rb") as opened:
        digest = file_digest(opened, "sha256").hexdigest()
    return ExportedFile(path=path, bytes=file.stat().st_size, sha256=digest, rows=rows, accounts=accounts)


def note_text(store: str, manifest: bytes) -> str:
    """What is signed. It cannot be taken for a checkpoint, whose second line is a number."""
    return f"account-sanctions-export/1\nstore {store}\nsha256 {sha256(manifest).hexdigest()}\n"


def write_manifest(
    folder: Path,
    name: str | None,
    snapshot: Snapshot,
    selection: Selection,
    *,
    of: Subject,
    file_format: FileFormat,
    narratives: bool,
    buckets: int | None,
    counted: Counted,
    files: Iterable[ExportedFile],
    signer: NoteSigner | None,
) -> Manifest:
    """Write the manifest and, with a key, the signed note."""
    manifest = Manifest(
        format="account-sanctions/export/1",
        of=of,
        file_format=file_format,
        library=version("account-sanctions"),
        store=snapshot.store.identity.store_id,
        made_at=snapshot.taken_at,
        narratives=narratives,
        account=selection.account,
        since=selection.since,
        until=selection.until,
        buckets=buckets,
        rows=counted.rows,
        accounts=counted.accounts,
        unsequenced=counted.unsequenced,
        positions={str(partition): position for partition, position in snapshot.positions.items()},
        checkpoints=snapshot.checkpoints,
        rotations=snapshot.rotations,
        files=tuple(files),
    )
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    names = beside(name)
    (folder / names[0]).write_bytes(body)
    if signer is not None:
        (folder / names[1]).write_text(signer.sign(note_text(manifest.store, body)), encoding="utf-8")
    return manifest
