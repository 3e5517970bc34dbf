"""A whole store replayed under another policy: account by account, in memory bounded by the largest account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final

from msgspec import Struct

from ...domain.due import advance
from ...domain.errors import UnknownAccount
from ...domain.events import ViolationRecorded
from ...domain.evolve import fold
from ...domain.policies.book import PolicyBook
from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...domain.state import NOTHING, State
from ...infrastructure.store import Store
from ..linking import FindState, link_ends
from .comparing import Difference, Ending, ending
from .replaying import Replayed, replay
from .tallying import (
    AccountExample,
    ClauseCount,
    Compared,
    Ended,
    EndingCount,
    OutcomeCount,
    Tally,
    compared,
    is_banned,
)

__all__ = ["Against", "Banned", "Simulation", "simulate"]

_CHUNK: Final = 500


class Against(Struct, frozen=True, kw_only=True):
    """A version of the policy that was tried."""

    policy: str
    digest: str


class Banned(Struct, frozen=True, kw_only=True):
    """Accounts that are banned in the end, for good and for a time; `only_*`: those that are not banned by the other side."""

    recorded_for_good: int
    recorded_for_a_time: int
    other_for_good: int
    other_for_a_time: int
    only_recorded: int
    only_other: int


class Simulation(Struct, frozen=True, kw_only=True, rename={"start": "from"}):
    """What another policy would have made of the violations that were reported.

    `end`: the instant at which the accounts are compared. `accounts`: those with at least one violation that was compared.
    `same`: violations decided alike to the step; `same_outcome`: with the same sanctions (or none) by another step or for
    another reason; `different`: otherwise, and `differences` how. `only_recorded`: violations that nobody decided on.
    `left_out`: what people did, by type of event, that had nothing to act on under the other policy.
    """

    against: tuple[Against, ...]
    start: datetime | None
    until: datetime | None
    end: datetime
    accounts_read: int
    accounts: int
    violations: int
    same: int
    same_outcome: int
    different: int
    differences: dict[Difference, int]
    harsher: int
    milder: int
    only_recorded: int
    banned: Banned
    outcomes: tuple[OutcomeCount, ...]
    endings: tuple[EndingCount, ...]
    clauses: tuple[ClauseCount, ...]
    left_out: dict[str, int]
    examples: tuple[Compared, ...]
    account_examples: tuple[AccountExample, ...]


def simulate(
    store: Store,
    against: PolicyBook,
    *,
    now: datetime,
    accounts: Iterable[str] | None = None,
    start: datetime | None = None,
    until: datetime | None = None,
    include_recorded: bool = False,
    examples: int = 5,
    each: Callable[[Compared], None] | None = None,
    each_account: Callable[[Ended], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Simulation:
    """Report the recorded violations of a store to another policy, and compare. Nothing is written.

    A policy of a single version decides at any time, whatever its dates; of several, the version in force at the time.
    `accounts`: these alone (default: all). `start`, `until`: the violations of this time alone; what came before counts as
    history, and the accounts are compared as they stand at `until` (default: `now`). `each` is shown every violation,
    `each_account` where every account stands in the end, `progress` told after each account. Raises UnknownAccount.
    """
    book = against if len(against.versions) > 1 else PolicyBook.of(against.newest)
    with store.database.reading() as cursor:
        kept = {one.digest: one.policy for one in store.kept_policies(cursor)}
    question = _Question(book=book, kept=kept, now=now, start=start, until=until, include_recorded=include_recorded)
    run = _Run(question, Tally(examples), each, each_account)
    names = _every_account(store) if accounts is None else iter(dict.fromkeys(accounts))
    while chunk := list(islice(names, _CHUNK)):
        with store.database.reading() as cursor:
            headers = partial(store.headers, cursor)
            for name in chunk:
                run.take(name, headers(name), headers)
                if progress is not None:
                    progress(1)
    return run.simulation(against)


def _every_account(store: Store) -> Iterator[str]:
    after = ""
    while True:
        with store.database.reading() as cursor:
            names = store.accounts_after(cursor, after)
        if not names:
            return
        yield from names
        after = names[-1]


class _Question(Struct, frozen=True, kw_only=True):
    book: PolicyBook
    kept: Mapping[str, Policy]
    now: datetime
    start: datetime | None
    until: datetime | None
    include_recorded: bool


class _Run:
    def __init__(
        self,
        question: _Question,
        tally: Tally,
        each: Callable[[Compared], None] | None,
        each_account: Callable[[Ended], None] | None,
    ) -> None:
        self._asked = question
        self._tally = tally
        self._each = each
        self._each_account = each_account
        self._left_out: Counter[str] = Counter()
        self._read = self._accounts = self._only_recorded = 0

    def take(self, account: str, history: Sequence[Recorded], headers: Callable[[str], Sequence[Recorded]]) -> None:
        """Replay one account; `headers` gives the history of another one. Raises UnknownAccount."""
        if not history:
            raise UnknownAccount(f"nothing is recorded of the account {account!r}", account=account)
        self._read += 1
        if not any(isinstance(record.event, ViolationRecorded) for record in history):
            return  # Nobody reported anything, so nothing can differ.
        asked = self._asked
        found = replay(
            history,
            asked.book,
            kept=asked.kept,
            start=asked.start,
            until=asked.until,
            include_recorded=asked.include_recorded,
        )
        self._only_recorded += found.only_recorded
        if not found.decisions:
            return
        self._accounts += 1
        self._left_out.update(found.left_out)
        for decision in found.decisions:
            one = compared(account, decision)
            self._tally.add(one)
            if self._each is not None:
                self._each(one)
        ended = self._ended(account, history, found, lambda name: self._on_record(headers(name)))
        self._tally.add_account(ended)
        if self._each_account is not None:
            self._each_account(ended)

    def _on_record(self, history: Sequence[Recorded]) -> State:
        """Another account, whose sanctions are taken as they stand on record on both sides."""
        until = self._asked.until
        return fold(NOTHING, [one.event for one in history if until is None or one.event.at < until])

    def _ended(self, account: str, history: Sequence[Recorded], found: Replayed, find: FindState) -> Ended:
        # What was recorded with trusted times may lie ahead of the clock.
        asked = self._asked
        at = max(asked.now, history[-1].event.at) if asked.until is None else asked.until

        def stands(state: State) -> Ending:
            return ending(advance(state, at, link_ends(state.live.values(), find)))

        return Ended(account, stands(found.recorded), stands(found.other))

    def simulation(self, against: PolicyBook) -> Simulation:
        """What was found."""
        asked, tally = self._asked, self._tally
        return Simulation(
            against=tuple(Against(policy=one.name, digest=one.ref.digest) for one in against.versions),
            start=asked.start,
            until=asked.until,
            end=asked.now if asked.until is None else asked.until,
            accounts_read=self._read,
            accounts=self._accounts,
            violations=tally.violations,
            same=tally.same,
            same_outcome=tally.differences["other_step"],
            different=tally.different,
            differences=dict(tally.differences),
            harsher=tally.directions["harsher"],
            milder=tally.directions["milder"],
            only_recorded=self._only_recorded,
            banned=_banned(tally.endings),
            outcomes=tally.outcomes,
            endings=tally.endings,
            clauses=tally.clauses,
            left_out=dict(sorted(self._left_out.items())),
            examples=tally.examples,
            account_examples=tally.account_examples,
        )


def _banned(endings: Iterable[EndingCount]) -> Banned:
    found = list(endings)

    def count(wanted: Callable[[EndingCount], bool]) -> int:
        return sum(one.accounts for one in found if wanted(one))

    return Banned(
        recorded_for_good=count(lambda one: one.recorded == "banned_for_good"),
        recorded_for_a_time=count(lambda one: one.recorded == "suspended"),
        other_for_good=count(lambda one: one.other == "banned_for_good"),
        other_for_a_time=count(lambda one: one.other == "suspended"),
        only_recorded=count(lambda one: is_banned(one.recorded) and not is_banned(one.other)),
        only_other=count(lambda one: is_banned(one.other) and not is_banned(one.recorded)),
    )
