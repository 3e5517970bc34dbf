"""Verifying a store with what lies in files: the trust file and the anchors, which never come from the database itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.commands import read_account
from ...infrastructure.clock import Clock, system_clock
from ...infrastructure.errors import StoreUnreachable
from ...infrastructure.opening import is_there
from ..keyring import cryptography_needed
from ..unreadable import read_file

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Trust
    from . import Verification
    from .running import Progress

__all__ = ["verify_store"]


def verify_store(
    url: str,
    *,
    trust: str | Path | Trust | None = None,
    anchors: Iterable[str | Path] = (),
    since: Iterable[str | Path] = (),
    exports: Iterable[str | Path] = (),
    account: str | None = None,
    max_findings: int = 100,
    jobs: int = 0,
    clock: Clock = system_clock,
    progress: Progress | None = None,
) -> Verification:
    """Verify the store at an URL; nothing is written to it, and others may go on writing.

    `trust`: the trust file; `anchors`: files of checkpoints that somebody else has kept; `since`: files of checkpoints up to
    which it was verified before; `exports`: folders or files that were exported of it, checked with it. Without a trust file
    or without anchors the verdict is `incomplete` at best. `jobs`: how many processes (0: as many as there are processors, 8
    at most). What is wrong is in the findings; raised are BadKey and UnreadableFile for what is given, and a `StoreError`
    where there is nothing to verify.
    """
    cryptography_needed()
    from ...infrastructure.evidence.keys import read_trust
    from . import Options, verify

    options = Options(
        trust=read_trust(Path(trust)) if isinstance(trust, str | Path) else trust,
        anchors=_contents(anchors),
        since=_contents(since),
        exports=tuple(map(str, exports)),
        account=None if account is None else read_account(account),
        max_findings=max_findings,
        jobs=jobs,
    )
    if not is_there(url):
        raise StoreUnreachable("there is no database of this name")
    return verify(url, options, clock=clock, progress=progress)


def _contents(files: Iterable[str | Path]) -> tuple[tuple[str, str], ...]:
    # What is no text is no anchor either: the finding names the file.
    return tuple((str(file), read_file(file).decode(errors="replace")) for file in files)
