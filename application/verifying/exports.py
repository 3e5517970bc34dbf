"""Exports that an auditor holds, beside the store that they were made of.

Each is checked with its own files, as `export check` does it, and its signed checkpoints are held against the log as anchors are:
an export that somebody else keeps is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..exporting.checking import check_manifest, manifest_of
from .collecting import Findings

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Trust

__all__ = ["exported_checkpoints", "verify_exports"]

_CODES: Final = {"tampered": "export_changed", "incomplete": "export_incomplete"}


def exported_checkpoints(exports: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """The checkpoints in the manifests of exports, as (where it came from, note). Their signatures are not looked at."""
    found: list[tuple[str, str]] = []
    for export in exports:
        manifest = manifest_of(Path(export))
        if manifest is not None:
            found += [(export, note) for note in manifest.checkpoints]
    return tuple(found)


def verify_exports(exports: Iterable[str], trust: Trust | None, store_id: str, findings: Findings) -> None:
    """Note what is wrong with exports: what was changed, what is missing to say so, and those of another store."""
    for export in exports:
        for one in check_manifest(Path(export), trust):
            where = export if one.file is None else f"{export}: {one.file}"
            said = f"{where}: {one.code}: {one.message}"
            findings.add(_CODES[one.grade], said, account=one.account, version=one.version, position=one.position)
        manifest = manifest_of(Path(export))
        if manifest is not None and manifest.store != store_id:
            findings.add("other_store", f"{export} is an export of {manifest.store}, and this is the store {store_id}")
