"""Reading small files that somebody names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..domain.errors import SanctionsError

__all__ = ["UnreadableFile", "read_file"]

_LARGEST: Final = 16_000_000


class UnreadableFile(SanctionsError):
    """The file cannot be read: check the path and its permissions."""

    code = "unreadable_file"


def read_file(file: str | Path) -> bytes:
    """The bytes of a file, 16 megabytes at most. Raises UnreadableFile."""
    try:
        with Path(file).open("rb") as opened:
            found = opened.read(_LARGEST + 1)
    except OSError as error:
        raise UnreadableFile(f"{file}: {error.strerror or error}", file=str(file)) from None
    if len(found) > _LARGEST:
        raise UnreadableFile(f"{file}: it is longer than {_LARGEST} bytes", file=str(file))
    return found
