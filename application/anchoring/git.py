"""Anchors in a directory under git: each one a commit, so that none is lost, and whoever pulls the repository has them all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...infrastructure.evidence.sealing import Sealed
from ..sanctions import Sanctions
from .errors import AnchorNotKept
from .files import write_anchor

__all__ = ["commit_anchor"]

_SECONDS: Final = 60.0


def commit_anchor(sanctions: Sanctions, folder: Path, seals: Sequence[Sealed]) -> Path:
    """Write the anchor into the working directory and commit it; nothing is committed where nothing is new.

    The file is named after the store. Pushing is for whoever keeps the repository. Raises AnchorContradicted, and AnchorNotKept
    with what git says.
    """
    store = sanctions.store.identity.store_id
    file = folder / f"account-sanctions-{store}.checkpoint"
    _git(folder, "rev-parse", "--is-inside-work-tree")
    write_anchor(sanctions, file, seals)
    _git(folder, "add", "--", file.name)
    # Nothing is staged where an earlier run has committed it; one that was killed before may have left it staged.
    if _git(folder, "status", "--porcelain", "--", file.name):
        entries = sum(sealed.size for sealed in seals)
        _git(folder, "commit", "--quiet", "-m", f"Anchor {entries} entries of {store}", "--", file.name)
    return file


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, none of which a stranger chooses
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the git that the person who runs this has
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AnchorNotKept(f"git could not be run in {folder}: {error}", folder=str(folder)) from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise AnchorNotKept(f"git {arguments[0]} in {folder}: {said or done.returncode}", folder=str(folder))
    return done.stdout.decode(errors="replace")
