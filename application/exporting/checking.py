"""Checking an export with nothing but its files and the auditor's trust file: no database, no word of its maker.

First the manifest and its signature, then that the files are those that it names, then, for events as Parquet, the events
themselves (`contents`).
"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from ...infrastructure.evidence.checkpoints import Checkpoint, origin_of
from ...infrastructure.evidence.errors import BadNote
from .contents import contents_findings
from .manifest import ExportedFile, Manifest, beside, note_text

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Trust
    from ...infrastructure.evidence.notes import NoteVerifier

__all__ = ["ExportFinding", "check_manifest", "manifest_of"]

_LARGEST: Final = 16 * 1024 * 1024
_ALLOWED_BESIDE: Final = frozenset(beside(None))


class ExportFinding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with an export, or missing from it.

    `grade`: `tampered` where something contradicts what was signed or written, `incomplete` where something needed to judge is
    not there. `code` is stable.
    """

    code: str
    grade: Literal["tampered", "incomplete"]
    message: str
    file: str | None = None
    account: str | None = None
    version: int | None = None
    position: int | None = None


def check_manifest(where: Path, trust: Trust | None = None, *, contents: bool = True) -> list[ExportFinding]:
    """Everything that is wrong with an export: its folder, or a single file (or the `.manifest.json` beside it).

    `trust`: what the auditor believes; without it no signature counts, and the export is incomplete. `contents`: for Parquet,
    look at each event too: its hash, the chain of its account, the writer's mark, its bucket, its place in the log, and the
    roots that the checkpoints in the manifest sign. An empty list: all is as it was signed. Nothing is raised for what an
    export holds.
    """
    manifest_file, note_file = _beside(where)
    body, manifest, findings = _read(manifest_file)
    if manifest is None:
        return findings
    trust = None if trust is None else _followed(manifest, trust, findings)
    verifiers = () if trust is None else trust.log_verifiers()
    findings += _signature(note_file, note_text(manifest.store, body), verifiers)
    checkpoints = dict(_checkpoints(manifest, verifiers, findings))
    folder = manifest_file.parent
    sound = [file for file in manifest.files if _file(folder, file, findings)]
    if where.is_dir():
        findings += _strangers(folder, manifest)
    if manifest.file_format == "parquet" and contents and len(sound) == len(manifest.files):
        findings += [
            ExportFinding(code=found.code, grade=found.grade, message=found.message, file=found.file,
                          account=found.account, version=found.version, position=found.position)
            for found in contents_findings(folder, manifest, checkpoints, None if trust is None else trust.mark_verifiers())
        ]  # fmt: skip
    return findings


def manifest_of(where: Path) -> Manifest | None:
    """The manifest of an export, as it says of itself; None where there is none that can be read."""
    return _read(_beside(where)[0])[1]


def _beside(where: Path) -> tuple[Path, Path]:
    """The files of the manifest and of its note."""
    if where.is_dir():
        manifest, note = (where / name for name in beside(None))
    else:
        manifest, note = (where.with_name(name) for name in beside(where.name.removesuffix(".manifest.json")))
    return manifest, note


def _tampered(code: str, message: str, file: str | None = None) -> ExportFinding:
    return ExportFinding(code=code, grade="tampered", message=message, file=file)


def _incomplete(code: str, message: str, file: str | None = None) -> ExportFinding:
    return ExportFinding(code=code, grade="incomplete", message=message, file=file)


def _read(file: Path) -> tuple[bytes, Manifest | None, list[ExportFinding]]:
    try:
        with file.open("rb") as opened:
            body = opened.read(_LARGEST + 1)
    except OSError as error:
        said = f"the manifest cannot be read: {error.strerror or error}"
        return b"", None, [_incomplete("manifest_missing", said, file.name)]
    if len(body) > _LARGEST:
        return b"", None, [_tampered("manifest_unreadable", "the manifest is larger than any manifest", file.name)]
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return b"", None, [_tampered("manifest_unreadable", f"this is no manifest: {error}", file.name)]
    return body, manifest, []


def _signature(file: Path, text: str, verifiers: tuple[NoteVerifier, ...]) -> list[ExportFinding]:
    try:
        with file.open("rb") as opened:
            note = opened.read(_LARGEST).decode()
    except FileNotFoundError:
        return [_incomplete("manifest_unsigned", "nobody has signed the manifest: export with keys", file.name)]
    except (OSError, UnicodeDecodeError) as error:
        return [_tampered("manifest_signature", f"the note cannot be read: {error}", file.name)]
    if not verifiers:
        return [
            _incomplete(
                "manifest_untrusted", "there is no trust file by which the signature could be judged", file.name
            )
        ]
    from ...infrastructure.evidence.notes import open_note

    try:
        signed, _ = open_note(note, verifiers)
    except BadNote as error:
        return [_tampered("manifest_signature", error.message, file.name)]
    if signed != text:
        said = "what is signed is another manifest than this one"
        return [_tampered("manifest_signature", said, file.name)]
    return []


def _followed(manifest: Manifest, trust: Trust, findings: list[ExportFinding]) -> Trust:
    """The keys that are trusted, and those that they have been rotated to."""
    from ...infrastructure.evidence.rotating import followed

    try:
        return followed(trust, manifest.store, manifest.rotations)
    except BadNote as error:
        findings.append(_tampered("export_rotation", f"a rotation of keys in the manifest: {error.message}"))
        return trust


def _checkpoints(
    manifest: Manifest, verifiers: tuple[NoteVerifier, ...], findings: list[ExportFinding]
) -> list[tuple[int, Checkpoint]]:
    """By partition, the checkpoints that a trusted key has signed."""
    if not manifest.checkpoints or not verifiers:
        return []
    from ...infrastructure.evidence.notes import open_note

    partitions = {origin_of(manifest.store, int(one)): int(one) for one in manifest.positions if one.isdecimal()}
    found: list[tuple[int, Checkpoint]] = []
    for note in manifest.checkpoints:
        try:
            checkpoint = Checkpoint.parse(open_note(note, verifiers)[0])
        except BadNote as error:
            findings.append(_tampered("export_checkpoint", f"a checkpoint of the manifest: {error.message}"))
            continue
        partition = partitions.get(checkpoint.origin)
        if partition is None or checkpoint.size > manifest.positions[str(partition)]:
            said = f"the checkpoint of {checkpoint.origin}, {checkpoint.size} entries, is not of this export"
            findings.append(_tampered("export_checkpoint", said))
        else:
            found.append((partition, checkpoint))
    return found


def _file(folder: Path, file: ExportedFile, findings: list[ExportFinding]) -> bool:
    """Whether a file is the one that the manifest names."""
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in file.path or "\0" in file.path:
        findings.append(_tampered("manifest_unreadable", "a file of the manifest lies outside the export", file.path))
        return False
    real = folder / path
    try:
        if real.is_symlink() or not real.is_file():
            findings.append(_tampered("export_file_missing", "a file of the export is not there", file.path))
            return False
        with real.open("rb") as opened:
            digest = file_digest(opened, "sha256").hexdigest()
        if (real.stat().st_size, digest) == (file.bytes, file.sha256):
            return True
    except OSError as error:
        findings.append(_incomplete("export_file_unreadable", f"{error.strerror or error}", file.path))
        return False
    findings.append(_tampered("export_file_changed", "this is not the file that was exported", file.path))
    return False


def _strangers(folder: Path, manifest: Manifest) -> list[ExportFinding]:
    """Files that nobody exported: a reader of the whole folder would take them for part of it."""
    known = {PurePosixPath(file.path) for file in manifest.files} | {PurePosixPath(name) for name in _ALLOWED_BESIDE}
    there = {PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if not path.is_dir()}
    return [
        _tampered("export_file_extra", "the manifest does not know this file", str(path))
        for path in sorted(there - known)
    ]
