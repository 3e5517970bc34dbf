"""The live view beside what was folded: its rows have to be those that follow from the events, in one snapshot of both."""

from __future__ import annotations

from typing import Final

from ...domain.due import LinkEnd
from ...domain.state import State
from ...infrastructure.database import Cursor
from ...infrastructure.store import Store
from ...projections.comparison import Comparison, ViewRows, expected_rows
from .results import Finding
from .tally import Tally

__all__ = ["AT_ONCE", "LiveView", "Recorded"]

AT_ONCE: Final = 1_000
"""How many accounts are compared at once."""

Recorded = dict[str, tuple[State, tuple[LinkEnd, ...]] | None]
"""By account: all that is recorded of it, and when that ends because of which its sanctions exist; None: it cannot be folded."""
_NOTHING: Final = ViewRows()


class LiveView:
    """Compares accounts with the rows of a store's view."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._comparison = Comparison(store.database)

    def compare_range(self, cursor: Cursor, after: str, until: str | None, recorded: Recorded, tally: Tally) -> None:
        """Every account between two names, those of the view included of which nothing is recorded. All is of one snapshot."""
        found = self._comparison.between(cursor, after, until)
        if not after:
            # A row without a name comes before all others.
            found.update(self._comparison.of_accounts(cursor, [after]))
        for account, known in recorded.items():
            rows = found.pop(account, _NOTHING)
            if known is not None:
                _compare(account, rows, *known, tally)
        for account in found:
            said = "the view has rows of an account of which nothing is recorded"
            tally.find(Finding(code="view_orphan", account=account, message=said))

    def compare_export(self, recorded: Recorded, tally: Tally) -> None:
        """Accounts of an export, where nothing was recorded of them since: what came later is no mistake of the view."""
        with self._store.database.reading() as cursor:
            versions = self._store.folding.versions(cursor, recorded)
            found = self._comparison.of_accounts(cursor, recorded)
            for account, known in recorded.items():
                if known is None:
                    continue
                (state, ends), newest = known, versions.get(account, 0)
                if newest > state.version:
                    tally.moved_on += 1
                elif newest < state.version:
                    said = f"the store has {newest} events of it, and the export {state.version}"
                    tally.find(Finding(code="events_missing", account=account, version=newest + 1, message=said))
                else:
                    # The ends of causes are those of the export; the view may know later ones by now.
                    _compare(account, found.get(account, _NOTHING), state, ends, tally)


def _compare(account: str, rows: ViewRows, state: State, ends: tuple[LinkEnd, ...], tally: Tally) -> None:
    tally.compared += 1
    for table, what in rows.differences(expected_rows(state, ends)):
        said = f"{table} is not what follows from the events: {what}"
        tally.find(Finding(code="view_diverging", account=account, version=state.version, message=said))
        return
