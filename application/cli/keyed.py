"""The option that names a folder of keys, and the keys in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Keys

__all__ = ["keys_in", "keys_option"]


def keys_option(said: str) -> Callable[[Any], Any]:
    """`--keys DIR`, or the environment's."""
    return click.option("--keys", metavar="DIR", envvar="ACCOUNT_SANCTIONS_KEYS", help=said)


def keys_in(folder: str | None) -> Keys | None:
    """The keys in a folder, None where none is named. Raises BadKey, and LibraryMissing without the library for keys."""
    if folder is None:
        return None
    from ..exporting.errors import LibraryMissing

    try:
        from ...infrastructure.evidence.keys import read_keys
    except ImportError:
        raise LibraryMissing(
            "keys need cryptography: pip install 'account-sanctions[evidence]'", extra="evidence"
        ) from None
    return read_keys(Path(folder))
