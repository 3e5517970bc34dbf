"""The work of a verification in pieces that processes can share: a part of the log, some accounts, what belongs to neither."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from typing import Final

from msgspec import Struct

from ...infrastructure.database import Database
from ...infrastructure.errors import NotADatabase, StoreCorrupt, StoreError
from ...infrastructure.evidence.keys import Trust
from ...infrastructure.opening import open_database
from ...infrastructure.schema import Identity
from ...infrastructure.store import Store
from .accounts import AccountVerifier
from .collecting import Findings
from .findings import Finding
from .pieces import Piece, PieceReader, PieceTask
from .whole import WholeVerifier

__all__ = ["AccountsTask", "Result", "Task", "WholeTask", "Work", "Worker", "carried_out"]

# Results that wait to be taken: enough that nobody is idle, few enough that memory does not grow.
_AHEAD: Final = 3


class Work(Struct, frozen=True):
    """What a process needs to take part. `identity` has the name that was signed."""

    url: str
    identity: Identity
    trust: Trust | None
    most: int
    now: datetime


class AccountsTask(Struct, frozen=True):
    """Verify these accounts."""

    accounts: tuple[str, ...]


class WholeTask(Struct, frozen=True):
    """Verify what belongs to no account and to no piece of the log."""


Task = AccountsTask | PieceTask | WholeTask


class Result(Struct, frozen=True):
    """What came of a task: its findings, how many events and accounts were looked at, the piece of the log that was read."""

    findings: list[Finding]
    codes: set[str]
    more: int
    events: int = 0
    accounts: int = 0
    piece: Piece | None = None


class Worker:
    """Carries out tasks on one database."""

    def __init__(self, database: Database, work: Work) -> None:
        self._database = database
        self._most = work.most
        # Kept: a store that nobody refers to any more closes its database.
        self._store = Store(database, work.identity)
        self._pieces = PieceReader(database, work.identity.partitions, work.now)
        self._whole = WholeVerifier(database, work.identity.partitions)
        self._work = work
        self._accounts: AccountVerifier | None = None

    def carry_out(self, task: Task) -> Result:
        """Carry out one task; what of the database cannot be read is a finding."""
        findings = Findings(self._most)
        events, piece, accounts = 0, None, 0
        try:
            if isinstance(task, PieceTask):
                with self._database.reading() as cursor:
                    piece = self._pieces.read(cursor, task, findings)
            elif isinstance(task, WholeTask):
                with self._database.reading() as cursor:
                    self._whole.verify(cursor, findings)
            else:
                accounts = len(task.accounts)
                events = self._verify_accounts(task.accounts, findings)
        except (StoreCorrupt, NotADatabase) as error:
            findings.add("database_damaged", error.message)
        if piece is None and isinstance(task, PieceTask):
            piece = Piece(b"", marked=False, unmarked=None, stripped=None)
        return Result(findings.kept, findings.codes, findings.more, events, accounts, piece)

    def _verify_accounts(self, accounts: Sequence[str], findings: Findings) -> int:
        verifier = self._verifier()
        try:
            with self._database.reading() as cursor:
                return verifier.verify(cursor, accounts, findings)
        except (StoreCorrupt, NotADatabase) as error:
            if len(accounts) == 1:
                findings.add("database_damaged", error.message, account=accounts[0])
                return 0
        # One that cannot be read is not to hide the others.
        return sum(self._verify_accounts((account,), findings) for account in accounts)

    def _verifier(self) -> AccountVerifier:
        if self._accounts is None:
            work = self._work
            with self._database.reading() as cursor:
                policies = {kept.digest: kept.policy for kept in self._store.readable_policies(cursor)}
            marks = None if work.trust is None else work.trust.mark_verifiers()
            self._accounts = AccountVerifier(
                self._database, work.identity.store_id, self._store.mapper, marks, policies, work.now
            )
        return self._accounts


def carried_out(tasks: Iterable[Task], worker: Worker, work: Work, jobs: int) -> Iterator[tuple[Task, Result]]:
    """Each task with its result, in their order; by that many processes, or by this one."""
    if jobs == 1:
        for task in tasks:
            yield task, worker.carry_out(task)
        return
    with _pool(jobs, work) as submit:
        waiting: deque[tuple[Task, Future[Result]]] = deque()
        # Tasks are made as they are needed: memory does not grow with the number of accounts.
        for task in tasks:
            waiting.append((task, submit(task)))
            if len(waiting) >= jobs * _AHEAD:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()


@contextmanager
def _pool(jobs: int, work: Work) -> Generator[Callable[[Task], Future[Result]], None, None]:
    # Spawned: a fork would take over connections and threads of a host.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(work,))
    try:
        yield lambda task: pool.submit(_carry_out, task)
    finally:
        pool.shutdown(cancel_futures=True)


_begun: list[Worker | StoreError] = []


def _begin(work: Work) -> None:
    # Almost nothing here refers back to itself: looking for what does would cost a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    try:
        database = open_database(work.url)
        database.only_read()
        _begun.append(Worker(database, work))
    except StoreError as error:
        # A process that ends while it begins breaks the pool, and nobody would know why.
        _begun.append(error)


def _carry_out(task: Task) -> Result:
    (worker,) = _begun
    if isinstance(worker, StoreError):
        raise worker
    return worker.carry_out(task)
