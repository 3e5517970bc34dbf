"""A part of a replay: what a process needs to know to fold some accounts by itself, and the folding of it.

A part is plain data, so that it can be given to another process or another machine, which must see the same files or the same
database. Whoever folds a part twice, because somebody was killed over it, comes to the same tally.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from .results import Instant
from .tally import Tally

__all__ = ["DatabasePart", "ExportPart", "Part", "Told"]

Told = Callable[[int], None]
"""Is told how many more events were folded."""


class ExportPart(Struct, frozen=True, kw_only=True):
    """A file of a Parquet export, with what its manifest says of it. `view`: the URL of the store whose view to compare with."""

    folder: str
    path: str
    sha256: str
    rows: int
    accounts: int
    buckets: int
    instant: Instant
    view: str | None = None

    def fold(self, told: Told) -> Tally:
        """Fold its accounts. Raises ReplaySource where the file is not the one that was exported."""
        from .from_export import fold_export

        return fold_export(self, told)


class DatabasePart(Struct, frozen=True, kw_only=True):
    """The accounts of a store behind `after`, up to and with `until` (None: to the last), in the database's order of names."""

    url: str
    instant: Instant
    after: str = ""
    until: str | None = None
    view: bool = True

    def fold(self, told: Told) -> Tally:
        """Fold its accounts in one view of the store. Raises a `StoreError`."""
        from .from_database import fold_database

        return fold_database(self, told)


Part = ExportPart | DatabasePart
