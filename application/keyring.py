"""Keys as a host gives them: the folder that `keys init` made, or the keys themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .exporting.errors import LibraryMissing

if TYPE_CHECKING:
    from ..infrastructure.evidence.keys import Keys

__all__ = ["cryptography_needed", "keys_of"]


def keys_of(given: str | Path | Keys | None) -> Keys | None:
    """The keys themselves. Raises BadKey for a folder that holds none, and LibraryMissing without the extra `evidence`."""
    if not isinstance(given, str | Path):
        return given
    cryptography_needed()
    from ..infrastructure.evidence.keys import read_keys

    return read_keys(Path(given))


def cryptography_needed() -> None:
    """Raises LibraryMissing where signatures cannot be made and checked: the library for that is an extra."""
    try:
        import cryptography as _  # noqa: F401 - whether it is there
    except ImportError:
        raise LibraryMissing(
            "keys and proofs need cryptography: pip install 'account-sanctions[evidence]'", extra="evidence"
        ) from None
