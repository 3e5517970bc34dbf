"""Keeping the in-process index current: load everything once, then follow the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ..domain.errors import SanctionsError, UnknownFunction
from ..domain.policies.book import PolicyBook
from ..domain.queries import Verdict
from ..infrastructure.background import Background, ErrorTold
from ..infrastructure.clock import Clock, uptime
from ..infrastructure.database import Cursor
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.index import RestrictionIndex
from .asking import LINKS
from .given import utc
from .unsure import WhenUnsure, chosen, unsure

__all__ = ["FollowedIndex", "IndexStale"]

# For how long what has ended is kept: a clock that is set back must not find somebody free whose time is not over.
_MARGIN: Final = timedelta(days=1)
# How many accounts a refresh looks through for what has ended.
_PRUNED: Final = 5_000
# How many events without a place in the log a refresh reads by itself; behind more it waits for the sequencer.
_UNSEQUENCED: Final = 20_000


class IndexStale(SanctionsError):
    """The index has not been current for longer than the host allows: look at what keeps it from the database, ask again."""

    code = "index_stale"
    retriable = True


class FollowedIndex(Background):
    """The index with the positions of the log up to which it is true; `may` never touches the database.

    `start`, or use as a context, keeps it current from a thread; else it is as old as its last `refresh`. Made by
    `Sanctions.index`.
    """

    def __init__(
        self,
        store: Store,
        view: CurrentRestrictions,
        clock: Clock,
        policies: PolicyBook,
        *,
        max_staleness: float | None = None,
        when_stale: WhenUnsure | None = None,
        check_functions: bool = False,
        poll: float = 0.5,
        on_error: ErrorTold | None = None,
        monotonic: Callable[[], float] = uptime,
    ) -> None:
        if (max_staleness is None) != (when_stale is None):
            raise ValueError("max_staleness and when_stale go together: say what is answered when the index is too old")
        if max_staleness is not None and not max_staleness >= 0:
            raise ValueError(f"an index may be a number of seconds old, not {max_staleness}")
        make_event = store.database.make_event
        super().__init__("sanctions-index", store.bells, pause=poll, on_error=on_error, make_event=make_event)
        self._store = store
        self._view = view
        self._clock = clock
        self._policies = policies
        self._longest = max_staleness
        self._when_stale: WhenUnsure = "raise" if when_stale is None else chosen(when_stale)
        self._checks = check_functions
        self._monotonic = monotonic
        self._index = RestrictionIndex()
        self._refreshing = store.database.make_lock()
        self.positions: dict[int, int] = {}
        self._followed: dict[int, int] = {}
        self._marks: tuple[bytes | None, ...] = ()
        # Read before they had a place in the log: a server that fails over may lose them, and no mark would say so.
        self._unplaced: set[str] = set()
        self._current_at = self._load()

    def __len__(self) -> int:
        return len(self._index)

    @property
    def position(self) -> int:
        """How many entries of the log it has taken in, over all partitions."""
        return sum(self.positions.values())

    @property
    def staleness(self) -> float:
        """For how many seconds it has not known whether it is current: what was recorded before that is in it."""
        return self._monotonic() - self._current_at

    @property
    def may_at(self) -> Callable[[str, str, datetime], Verdict]:
        """`may(account, function, at)` with nothing around it, for loops that count nanoseconds; `at` must be aware."""
        return self._index.may

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, from the last refresh on)?

        Where the index is older than `max_staleness`, the answer is what the host chose, and `Verdict.failure` says so, or
        IndexStale is raised. Raises UnknownFunction for a name outside the policy's catalogue, if the index checks names.
        """
        if self._checks:
            self._check(function)
        if self._longest is not None and self._monotonic() - self._current_at > self._longest:
            return unsure(self._stale(), self._when_stale)
        return self._index.may(account, function, self._clock() if at is None else utc("at", at))

    def may_many(self, asked: Iterable[tuple[str, str]], at: datetime | None = None) -> list[Verdict]:
        """The same for pairs of account and function, all at one instant; the answers in order."""
        pairs = list(asked)
        if self._checks:
            for function in {function for _, function in pairs}:
                self._check(function)
        if self._longest is not None and self._monotonic() - self._current_at > self._longest:
            return [unsure(self._stale(), self._when_stale)] * len(pairs)
        instant, may = self._clock() if at is None else utc("at", at), self._index.may
        return [may(account, function, instant) for account, function in pairs]

    def refresh(self) -> int:
        """Take in what was recorded since, and forget some of what has ended; returns how many accounts were read anew.

        Where the log is not the one that was read before, because a backup was restored, everything is loaded anew.
        """
        store, started = self._store, self._monotonic()
        if store.sequencer is not None:
            # Where another one is at work, or hangs, nobody waits for it: what it has not moved is read from where it lies.
            store.sequencer.lend_a_turn()
        # One at a time: rows that were read earlier must not be put over newer ones.
        with self._refreshing:
            now = self._clock()
            with store.database.reading() as cursor:
                if store.log.marks(cursor, self.positions) != self._marks:
                    self._current_at = self._read_all(cursor, started)
                    return len(self._index)
                last = store.log.lasts(cursor)
                waiting = store.log.waiting_accounts(cursor, _UNSEQUENCED)
                touched = store.log.accounts_behind(cursor, self.positions, last) | (waiting or set()) | self._unplaced
                followed = self._view.followers.positions(cursor, LINKS)
                if followed != self._followed:
                    touched |= self._linked_anew(cursor, last)
                for account, rows in self._view.of_accounts(cursor, touched):
                    self._index.put(account, rows, since=now - _MARGIN)
                marks = self._marks if last == self.positions else store.log.marks(cursor, last)
            self.positions, self._followed, self._marks = last, followed, marks
            self._unplaced = waiting or set()
            if waiting is not None:
                self._current_at = started
            self._index.prune(now - _MARGIN, _PRUNED)
        return len(touched)

    def _turn(self) -> float | None:
        self.refresh()
        return None

    def _linked_anew(self, cursor: Cursor, lasts: Mapping[int, int]) -> set[str]:
        """The accounts into whose rows the follower of links may have put other ends, though nothing was recorded of them."""
        links = self._view.links
        seen = self._store.log.accounts_behind(cursor, self._followed, lasts)
        return links.because_of(cursor, seen) | links.among(cursor, seen)

    def _load(self) -> float:
        started = self._monotonic()
        if self._store.sequencer is not None:
            self._store.sequencer.lend_a_turn()
        with self._store.database.reading() as cursor:
            return self._read_all(cursor, started)

    def _read_all(self, cursor: Cursor, started: float) -> float:
        """In place: who took `may_at` goes on with the same index, and meanwhile an account is as it was or as it is."""
        lasts = self._store.log.lasts(cursor)
        followed = self._view.followers.positions(cursor, LINKS)
        before, found = bool(len(self._index)), set[str]()
        now = self._clock()
        for account, rows in self._view.everything(cursor):
            self._index.put(account, rows, since=now - _MARGIN)
            if before:
                found.add(account)
        if before:
            self._index.keep_only(found)
        self.positions, self._followed = lasts, followed
        self._marks = self._store.log.marks(cursor, lasts)
        self._unplaced = self._store.log.waiting_accounts(cursor, _UNSEQUENCED) or set()
        return started

    def _check(self, function: str) -> None:
        if not self._policies.knows_function(function):
            raise UnknownFunction(
                f"the policy {self._policies.name} has no function {function!r}",
                function=function,
                policy=self._policies.name,
            )

    def _stale(self) -> IndexStale:
        age = self.staleness
        return IndexStale(
            f"the index has not been current for {age:.1f} seconds, more than {self._longest}",
            seconds=age,
            allowed=self._longest,
        )
