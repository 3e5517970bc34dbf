"""A whole verification: every layer, shared by several processes, read-only, beside writers that go on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from ...infrastructure.clock import Clock, system_clock
from ...infrastructure.database import Database
from ...infrastructure.errors import NotADatabase, StoreCorrupt, StoreError
from ...infrastructure.evidence.keys import Trust
from ...infrastructure.evidence.notes import NoteVerifier
from ...infrastructure.evidence.sealing import LogReader as TreeReader
from ...infrastructure.opening import open_database
from ...infrastructure.schema import existing_store
from ...infrastructure.sequencing import partition_of
from .collecting import Findings
from .exports import exported_checkpoints, verify_exports
from .findings import Verification, gravity, verdict_of
from .included import AccountInLog
from .log import Log, LogReader, Start
from .pieces import PieceTask
from .reader import AccountReader
from .since import Touched
from .trusting import Anchor, opened, own, signed_name, trusted
from .working import AccountsTask, Task, WholeTask, Work, Worker, carried_out

__all__ = ["Options", "Progress", "verify"]

_MOST: Final = 100
# A chunk is read in one view and held in memory: so many accounts, or so many events.
_ACCOUNTS: Final = 400
_EVENTS: Final = 4_000
# Below this many events, starting processes costs more than it saves.
_ENOUGH: Final = 20_000


class Options(Struct, frozen=True, kw_only=True):
    """What to verify, and what to believe beforehand: keys and anchors come from here, never from the database.

    `anchors` and `since` are checkpoints that somebody else kept, as (where it came from, content of the file). With `since`
    what they cover is taken as verified: what came after is, and the accounts that it touches, as a whole. `exports`: folders
    or files that were exported of this store; the checkpoints in them are anchors too. `account`: that one alone. `jobs`: how
    many processes (0: as many as there are processors, at most 8).
    """

    trust: Trust | None = None
    anchors: tuple[tuple[str, str], ...] = ()
    since: tuple[tuple[str, str], ...] = ()
    exports: tuple[str, ...] = ()
    account: str | None = None
    max_findings: int = _MOST
    jobs: int = 0


Progress = Callable[[str, int], None]
"""Told of what (`accounts`, `entries`) so many more are done."""


def verify(
    url: str, options: Options, *, clock: Clock = system_clock, progress: Progress | None = None
) -> Verification:
    """Verify the store at an URL. Nothing is written to it.

    Raises StoreUnreachable and the like where there is nothing to verify; what is wrong inside is a finding.
    """
    findings = Findings(options.max_findings)
    database = open_database(url)
    database.only_read()
    try:
        return _Run(database, url, options, findings, clock, progress).verify()
    except (StoreCorrupt, NotADatabase) as error:
        findings.add("database_damaged", error.message)
        return _result(findings, 0, 0, 0, [f"{export}: the export" for export in options.exports])
    finally:
        database.close()


class _Run:
    def __init__(
        self,
        database: Database,
        url: str,
        options: Options,
        findings: Findings,
        clock: Clock,
        progress: Progress | None,
    ) -> None:
        self._database = database
        self._url = url
        self._options = options
        self._findings = findings
        self._now = clock()
        self._progress = progress
        identity = existing_store(database)
        if identity is None:
            raise StoreError("there is no store in this database: check the URL")
        self._trust: Trust | None = None
        self._logs: tuple[NoteVerifier, ...] | None = None
        with database.reading() as cursor:
            if options.trust is None:
                findings.add("no_trust", "marks and signatures were not checked: give the trust file")
            else:
                self._trust = trusted(database, cursor, options.trust, identity.store_id, findings)
                self._logs = self._trust.log_verifiers()
            name = signed_name(database, cursor, identity, self._logs, findings)
        self._identity = replace(identity, store_id=name)
        self._since = self._own(options.since)
        self._anchors = self._own((*options.anchors, *exported_checkpoints(options.exports)))
        for partition, kept in self._since.items():
            self._anchors.setdefault(partition, []).extend(kept)
        self._reader = LogReader(database, name, self._logs)
        self._events = self._accounts = self._sealed = 0
        self._skipped: list[str] = []

    def verify(self) -> Verification:
        work = Work(self._url, self._identity, self._trust, self._options.max_findings, self._now)
        worker = Worker(self._database, work)
        if self._options.account is not None:
            self._verify_account(self._options.account, worker)
        else:
            self._verify_all(worker, work)
        verify_exports(self._options.exports, self._options.trust, self._identity.store_id, self._findings)
        return _result(self._findings, self._events, self._accounts, self._sealed, self._skipped)

    def _own(self, given: Iterable[tuple[str, str]]) -> dict[int, list[Anchor]]:
        identity = self._identity
        anchors = opened(given, self._logs, self._findings)
        return own(anchors, identity.store_id, identity.partitions, self._findings)

    def _verify_all(self, worker: Worker, work: Work) -> None:
        logs = [self._log(partition) for partition in range(self._identity.partitions)]
        bare = [str(log.partition) for log in logs if log.size and log.partition not in self._anchors]
        if bare or not self._anchors:
            of = f" of partition {', '.join(bare)}" if bare and self._anchors else ""
            self._findings.add("no_anchor", f"no checkpoint{of} that somebody else keeps was given: `--anchor FILE`")
        pieces = chain.from_iterable(log.tasks() for log in logs)
        tasks: Iterator[Task] = chain(pieces, [WholeTask()], self._account_tasks(logs))
        size = sum(log.size - log.behind for log in logs)
        jobs = self._options.jobs or min(os.cpu_count() or 1, 8)
        alone = size < _ENOUGH or self._database.shares_nothing
        for task, result in carried_out(tasks, worker, work, 1 if alone else jobs):
            self._findings.extend(result.findings, result.codes, result.more)
            self._events += result.events
            self._accounts += result.accounts
            if isinstance(task, AccountsTask):
                self._tell("accounts", len(task.accounts))
            elif isinstance(task, PieceTask) and result.piece is not None:
                logs[task.partition].take(task, result.piece, self._findings)
                self._tell("entries", task.end - task.behind)
        for log in logs:
            with self._database.reading() as cursor:
                log.compare(cursor, self._reader, self._findings)
            self._sealed += log.sealed

    def _log(self, partition: int) -> Log:
        with self._database.reading() as cursor:
            seals = self._reader.seals(cursor, partition, self._findings)
            extent = self._reader.extent(cursor, partition)
            start = None
            older = [anchor.checkpoint for anchor in self._since.get(partition, ())]
            if older:
                tree = TreeReader(self._database).tiles(cursor, partition)
                start = Start.at(max(older, key=lambda checkpoint: checkpoint.size), tree.complete)
        anchors = self._anchors.get(partition, ())
        checks = self._logs is not None
        return Log(partition, extent, seals, anchors, self._now, start, checks_marks=checks)

    def _account_tasks(self, logs: Sequence[Log]) -> Iterator[Task]:
        reader = AccountReader(self._database)
        if self._since and all(log.behind or not log.size for log in logs):
            touched = Touched(self._database).since(logs)
            if touched is None:
                self._skipped.append(
                    "entries that older checkpoints cover; so much came since that every account was looked at"
                )
            else:
                entries = sum(log.behind for log in logs)
                self._skipped.append(
                    f"{entries} entries that older checkpoints cover were not read again, nor were accounts of which nothing "
                    "was recorded since: verify without `since` from time to time"
                )
                for some in _chunked(touched, _ACCOUNTS // 4):
                    yield AccountsTask(some)
                return
        elif self._since:
            self._skipped.append("nothing: what is kept does not give the older checkpoints, so everything was read")
        chunk: list[str] = []
        events = 0
        for account, count in reader.names():
            if chunk and (len(chunk) >= _ACCOUNTS or events + count > _EVENTS):
                yield AccountsTask(tuple(chunk))
                chunk, events = [], 0
            chunk.append(account)
            events += count
        if chunk:
            yield AccountsTask(tuple(chunk))

    def _verify_account(self, account: str, worker: Worker) -> None:
        self._skipped.append(
            f"everything but {account!r}: other accounts, the rest of the log, what belongs to no account"
        )
        partition = partition_of(account, self._identity.partitions)
        anchors = self._anchors.get(partition, [])
        if not anchors:
            self._findings.add("no_anchor", "no checkpoint that somebody else keeps was given: `--anchor FILE`")
        with self._database.reading() as cursor:
            seals = self._reader.seals(cursor, partition, self._findings)
            extent = self._reader.extent(cursor, partition)
            complete = TreeReader(self._database).tiles(cursor, partition).complete
            log = AccountInLog(self._database, self._now)
            self._sealed = log.verify(cursor, account, partition, extent, seals, anchors, complete, self._findings)
        result = worker.carry_out(AccountsTask((account,)))
        self._findings.extend(result.findings, result.codes, result.more)
        self._events, self._accounts = result.events, result.accounts
        self._tell("accounts", 1)

    def _tell(self, what: str, count: int) -> None:
        if self._progress is not None:
            self._progress(what, count)


def _result(findings: Findings, events: int, accounts: int, sealed: int, skipped: Sequence[str] = ()) -> Verification:
    kept = sorted(
        findings.kept,
        key=lambda one: (-gravity(one.code), one.layer, one.account or "", one.version or 0, one.partition or 0),
    )
    return Verification(
        verdict=verdict_of(findings.codes),
        events=events,
        accounts=accounts,
        sealed=sealed,
        findings=tuple(kept),
        more=findings.more,
        skipped=tuple(skipped),
    )


def _chunked(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    waiting = iter(names)
    while chunk := tuple(islice(waiting, size)):
        yield chunk
