"""The question that a service asks before everything else: may this account do this?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypedDict, TypeVar, Unpack

from ..domain.commands import read_account
from ..domain.due import LinkEnd
from ..domain.errors import UnknownFunction
from ..domain.policies.book import PolicyBook
from ..domain.queries import Verdict, verdict
from ..domain.state import State
from ..infrastructure.background import ErrorTold
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor
from ..infrastructure.errors import StoreError
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.index import RestrictionIndex
from .again import asked_again
from .given import utc
from .horizon import Unbounded
from .indexing import FollowedIndex
from .times import state_now, state_then
from .unsure import WhenUnsure, chosen, unsure

__all__ = ["Permitting"]

T = TypeVar("T")
Known = tuple[State, tuple[LinkEnd, ...]]
"""The state of an account, and when that ends because of which its sanctions exist."""


class Permitting:
    """The part of `Sanctions` that says what an account may do."""

    store: Store
    policies: PolicyBook
    clock: Clock
    view: CurrentRestrictions

    def may(
        self, account: str, function: str, at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> Verdict:
        """May the account use the function now (or at `at`, as known now)? Truthy when allowed.

        Now and in the future: one indexed read, right without any sweep. In the past: the state of that time, as known now.
        Raises UnknownFunction for a name outside the policy's catalogue, Malformed for a naive time, and a `StoreError` where
        the database does not answer; unless `on_error` says what the answer is then, which `Verdict.failure` tells.
        """
        self._check_function(function)
        choice = chosen(on_error)
        name, now = read_account(account), self.clock()
        instant = now if at is None else utc("at", at)
        try:
            return self._asked(name, function, instant, now)
        except StoreError as error:
            return unsure(error, choice)

    @asked_again
    def _asked(self, name: str, function: str, instant: datetime, now: datetime) -> Verdict:
        if instant < now:
            with self.store.database.reading() as cursor:
                state, links = self._then(cursor, name, instant)
        else:
            # What is in force needs no snapshot: whichever of these statements sees it, it is so.
            with self.store.database.asking() as cursor:
                found = self.view.may(cursor, name, function, instant)
                if found or not self.view.links.any(cursor, name):
                    return found
                # The rows do not know whether the other account's sanction has ended since.
                state, links = self._now(cursor, name, instant)
        return verdict(state, function, instant, links)

    def may_many(
        self, asked: Iterable[tuple[str, str]], at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> list[Verdict]:
        """The same for pairs of account and function, all at one instant of the database; the answers in order.

        Now and in the future: a read for each thousand accounts. Raises and takes `on_error` as `may` does.
        """
        pairs = [(read_account(account), function) for account, function in asked]
        for function in {function for _, function in pairs}:
            self._check_function(function)
        choice = chosen(on_error)
        now = self.clock()
        instant = now if at is None else utc("at", at)
        try:
            return self._asked_many(pairs, instant, now)
        except StoreError as error:
            return [unsure(error, choice)] * len(pairs)

    @asked_again
    def _asked_many(self, pairs: list[tuple[str, str]], instant: datetime, now: datetime) -> list[Verdict]:
        with self.store.database.reading() as cursor:
            if instant < now:
                then = _once(lambda name: self._then(cursor, name, instant))
                return [_answer(then(account), function, instant) for account, function in pairs]
            return self._may_many(cursor, pairs, instant)

    def index(self, *, follow: bool = False, **settings: Unpack[IndexSettings]) -> FollowedIndex:
        """What is restricted, loaded into this process: `may` in under a microsecond.

        It is as fresh as its last `refresh`; with `follow` a thread keeps it current until `stop`, or until the index is left
        as a context. `settings`: those of `IndexSettings`.
        """
        made = FollowedIndex(self.store, self.view, self.clock, self.policies, **settings)
        return made.start() if follow else made

    def _may_many(self, cursor: Cursor, pairs: list[tuple[str, str]], at: datetime) -> list[Verdict]:
        index = RestrictionIndex()
        for account, rows in self.view.of_accounts(cursor, {account for account, _ in pairs}, shown=False):
            index.put(account, rows)
        found = [index.may(account, function, at) for account, function in pairs]
        denied = {account for (account, _), answer in zip(pairs, found, strict=True) if not answer}
        linked = self.view.links.among(cursor, denied) if denied else ()
        current = _once(lambda name: self._now(cursor, name, at))
        return [
            _answer(current(account), function, at) if not answer and account in linked else answer
            for (account, function), answer in zip(pairs, found, strict=True)
        ]

    def _now(self, cursor: Cursor, account: str, at: datetime) -> Known:
        return state_now(self.store, cursor, self.store.load(cursor, account), at)

    def _then(self, cursor: Cursor, account: str, at: datetime) -> Known:
        state, links, _ = state_then(self.store, cursor, account, valid_at=at, known=Unbounded())
        return state, links

    def _check_function(self, function: str) -> None:
        if not self.policies.knows_function(function):
            raise UnknownFunction(
                f"the policy {self.policies.name} has no function {function!r}",
                function=function,
                policy=self.policies.name,
            )


class IndexSettings(TypedDict, total=False):
    """What may be said about an index.

    `max_staleness`, in seconds, and `when_stale` go together: what is answered where the index has not been current for
    longer (`deny`: fail closed, `allow`: fail open, `raise`: IndexStale). `check_functions`: refuse names outside the policy's
    catalogue. `poll`: seconds between looks at the log where nothing wakes it (0.5). `on_error` is told of errors in the
    thread, else they are logged. `monotonic` takes the place of the clock by which staleness is measured.
    """

    max_staleness: float
    when_stale: WhenUnsure
    check_functions: bool
    poll: float
    on_error: ErrorTold
    monotonic: Callable[[], float]


def _answer(known: Known, function: str, at: datetime) -> Verdict:
    state, links = known
    return verdict(state, function, at, links)


def _once(find: Callable[[str], T]) -> Callable[[str], T]:
    found: dict[str, T] = {}

    def remembered(name: str) -> T:
        if name not in found:
            found[name] = find(name)
        return found[name]

    return remembered
