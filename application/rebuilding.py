"""Keeping the view true to the events, beside writers that go on: it is compared, and what differs is written anew.

Events and rows are read in one snapshot, in which they have to agree, whoever writes meanwhile. Only where they do not are
writers kept out, for as long as it takes to write the rows of some accounts; by then somebody may have written an event more,
which is looked at first. No table is exchanged: a transaction with an older snapshot would find the new one half empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from itertools import count, islice
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace
from sqlalchemy import delete, select

from ..domain.due import LinkEnd
from ..domain.state import NOTHING, State
from ..infrastructure.background import backoff
from ..infrastructure.database import Cursor
from ..infrastructure.errors import StoreBusy
from ..infrastructure.logs import INFO, tell
from ..infrastructure.store import Store, Stream
from ..infrastructure.tables import SCHEMA_VERSION, unfinished
from ..projections.comparison import VIEW_TABLES, Comparison, ViewRows, expected_rows
from .linking import link_ends

__all__ = ["Rebuilding", "Rebuilt"]

_WORK: Final = "rebuild"
# How many accounts are written anew while writers wait.
_AT_ONCE: Final = 500
# After how many events it is written down how far the work has come, where nothing had to be written anyway.
_NOTED: Final = 50_000
_ATTEMPTS: Final = 100
_LONGEST_WAIT: Final = 2.0


Wrong = dict[str, State]
"""The accounts whose rows are not those that follow from their states."""


class Rebuilt(Struct, frozen=True, kw_only=True):
    """How far a rebuild has come: accounts compared, with how many events, and on how many accounts the rows were wrong.

    `of_events`: how many there are, as counted when it began; `resumed`: it goes on where an earlier run was stopped.
    """

    accounts: int = 0
    events: int = 0
    corrected: int = 0
    of_events: int = 0
    resumed: bool = False


class _Noted(Struct):
    """What a run writes down, so that another one can go on behind `after`."""

    after: str
    done: Rebuilt
    schema: int = SCHEMA_VERSION


class Rebuilding:
    """The part of `Sanctions` that writes the view anew."""

    store: Store

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison(self.store.database)

    def rebuild(self, progress: Callable[[Rebuilt], None] | None = None, *, afresh: bool = False) -> Rebuilt:
        """Compare the view with the events, account by account, and write anew what is wrong; others read and write meanwhile.

        Snapshots are forgotten. A run that was stopped is gone on with, unless `afresh`. `progress` is told after each few
        thousand events. Memory is bounded by the account with the most sanctions. Raises a `StoreError`: call it again, and it
        goes on.
        """
        database = self.store.database
        with database.reading() as cursor:
            noted = None if afresh else self._noted(cursor)
            events = self._events(cursor)
        after = "" if noted is None else noted.after
        done = replace(Rebuilt() if noted is None else noted.done, of_events=events, resumed=noted is not None)
        unsaved = 0
        while True:
            with database.reading() as cursor:
                page = self.store.folding.page(cursor, after)
                found = self._comparison.between(cursor, after, page.until)
                if not after:
                    # A row without a name comes before all others.
                    found.update(self._comparison.of_accounts(cursor, [after]))
                wrong, late = self._differing(cursor, page.states, found)
                kept = self.store.snapshots_between(cursor, after, page.until)
            if kept:
                # They are no evidence either: whoever loads such an account next replays it too.
                with database.writing() as cursor:
                    self.store.drop_snapshots(cursor, kept)
            self._correct(wrong | late)
            done = replace(
                done,
                accounts=done.accounts + len(page.states),
                events=done.events + page.events,
                corrected=done.corrected + len(wrong),
            )
            unsaved += page.events
            if page.until is not None and (wrong or unsaved >= _NOTED):
                self._note(_Noted(page.until, done))
                unsaved = 0
            if progress is not None:
                progress(done)
            if page.until is None:
                break
            after = page.until
        with database.writing() as cursor:
            cursor.execute(database.prepare(delete(unfinished).where(unfinished.c.work == _WORK)), (_WORK,))
        tell(INFO, "rebuilt", accounts=done.accounts, corrected=done.corrected)
        return done

    def _mend(self, accounts: Iterable[str]) -> int:
        """Compare the rows and snapshots of some accounts, and write anew what is wrong; returns of how many rows were."""
        names = list(accounts)
        if not names:
            return 0
        with self.store.database.reading() as cursor:
            states = {name: self.store.replay(cursor, name).state for name in names}
            damaged = [name for name in names if self.store.load(cursor, name).state != states[name]]
            wrong, late = self._differing(cursor, states, self._comparison.of_accounts(cursor, names))
        if damaged:
            with self.store.database.writing() as cursor:
                self.store.drop_snapshots(cursor, damaged)
        self._correct(wrong | late)
        return len(wrong)

    def _differing(self, cursor: Cursor, states: dict[str, State], found: dict[str, ViewRows]) -> tuple[Wrong, Wrong]:
        """The accounts whose rows are wrong, and those of which only the ends of causes are late. All is of one snapshot."""
        wrong, late, nothing = Wrong(), Wrong(), ViewRows()
        ends = self._ends(cursor)
        for account, state in states.items():
            rows, expected = found.get(account, nothing), expected_rows(state, ends(state))
            if expected != rows:
                (late if expected.agrees_with(rows) else wrong)[account] = state
        # Rows of accounts without events cannot come from any event.
        wrong.update((account, NOTHING) for account in found.keys() - states.keys())
        return wrong, late

    def _ends(self, cursor: Cursor) -> Callable[[State], tuple[LinkEnd, ...]]:
        """Says when that ends because of which an account's sanctions exist, each other account replayed once."""

        @cache
        def find(name: str) -> State:
            return self.store.replay(cursor, name).state

        return lambda state: link_ends(state.live.values(), find)

    def _correct(self, wrong: Wrong) -> None:
        waiting = iter(wrong.items())
        while some := dict(islice(waiting, _AT_ONCE)):
            for failures in count(1):
                try:
                    self._write_rows(some)
                    break
                except StoreBusy:
                    # Somebody holds rows of the view for long: writers must not queue up behind us meanwhile.
                    if failures == _ATTEMPTS:
                        raise
                    self._rest(min(backoff(failures), _LONGEST_WAIT))

    def _write_rows(self, wrong: Wrong) -> None:
        database = self.store.database
        with database.writing() as cursor:
            database.keep_writers_out(cursor, VIEW_TABLES)
            versions = self.store.folding.versions(cursor, wrong)
            rows: dict[str, ViewRows] = {}
            ends = self._ends(cursor)
            for account, state in wrong.items():
                if versions[account] != state.version:
                    state = self.store.replay(cursor, account, Stream(account, state)).state  # noqa: PLW2901 - as it is by now
                rows[account] = expected_rows(state, ends(state))
            self._comparison.replace(cursor, rows)

    def _rest(self, seconds: float) -> None:
        self.store.database.rest(seconds)

    def _events(self, cursor: Cursor) -> int:
        log = self.store.log
        return sum(log.lasts(cursor).values()) + sum(waiting.events for waiting in log.waiting(cursor))

    def _noted(self, cursor: Cursor) -> _Noted | None:
        cursor.execute(
            self.store.database.prepare(select(unfinished.c.reached).where(unfinished.c.work == _WORK)), (_WORK,)
        )
        rows = cursor.fetchall()
        noted = json.decode(rows[0][0], type=_Noted) if rows else None
        return noted if noted is not None and noted.schema == SCHEMA_VERSION else None

    def _note(self, noted: _Noted) -> None:
        database = self.store.database
        keep = database.upsert(unfinished)
        keep = keep.on_conflict_do_update(index_elements=[unfinished.c.work], set_={"reached": keep.excluded.reached})
        with database.writing() as cursor:
            cursor.execute(database.prepare(keep), (_WORK, json.encode(noted).decode()))
