"""A whole verification: every layer, the accounts by several processes, read-only, beside writers that go on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Final

from msgspec import Struct

from ...infrastructure.clock import Clock, system_clock
from ...infrastructure.database import Database
from ...infrastructure.errors import NotADatabase, StoreCorrupt, StoreError
from ...infrastructure.evidence.checkpoints import Checkpoint
from ...infrastructure.evidence.errors import BadNote
from ...infrastructure.evidence.keys import Trust
from ...infrastructure.evidence.notes import NoteVerifier, open_note
from ...infrastructure.opening import open_database
from ...infrastructure.schema import Identity, existing_store
from ...infrastructure.store import Store
from ...projections.comparison import Comparison
from .accounts import AccountVerifier, Trusted
from .collecting import Findings
from .findings import Finding, Verification, verdict_of
from .log import Anchor, LogVerifier
from .whole import WholeVerifier, trusted_logs

__all__ = ["Options", "verify"]

_MOST: Final = 100
_CHUNK: Final = 200
# Below this many accounts, starting processes costs more than it saves.
_ENOUGH: Final = 2_000


class Options(Struct, frozen=True, kw_only=True):
    """What to verify, and what to believe beforehand: keys and anchors come from here, never from the database."""

    trust: Trust | None = None
    anchors: tuple[tuple[str, str], ...] = ()
    since: tuple[tuple[str, str], ...] = ()
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
        return _result(findings, 0, 0, 0)
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
            raise StoreError("there is no store in this database")
        self._identity: Identity = identity
        self._store = Store(database, identity)
        self._events = 0
        self._accounts = 0

    def verify(self) -> Verification:
        logs = self._trusted_logs()
        anchors = self._opened_anchors(logs)
        sealed = 0
        if self._options.account is None:
            with self._database.reading() as cursor:
                WholeVerifier(self._database).verify(cursor, self._findings)
            verifier = LogVerifier(
                self._database, self._identity.store_id, self._identity.partitions, logs, anchors, self._now
            )
            for partition in range(self._identity.partitions):
                with self._database.reading() as cursor:
                    sealed += verifier.verify(cursor, partition, self._findings, self._told("entries"))
        for events, accounts, found, codes, more in self._account_results():
            self._events += events
            self._accounts += accounts
            self._findings.extend(found, codes, more)
        return _result(self._findings, self._events, self._accounts, sealed)

    def _trusted_logs(self) -> tuple[NoteVerifier, ...] | None:
        trust = self._options.trust
        if trust is None:
            self._findings.add("no_trust", "no trust file was given: marks and signatures were not checked")
            return None
        with self._database.reading() as cursor:
            return trusted_logs(self._database, cursor, trust.log_verifiers(), self._identity.store_id, self._findings)

    def _opened_anchors(self, logs: Sequence[NoteVerifier] | None) -> list[Anchor]:
        found: list[Anchor] = []
        prefix = f"account-sanctions/{self._identity.store_id}/"
        for source, content in (*self._options.anchors, *self._options.since):
            for note in _notes_in(content):
                try:
                    if logs is None:
                        raise BadNote("without a trust file nothing says whether it is genuine")
                    checkpoint = Checkpoint.parse(open_note(note, logs)[0])
                    if not checkpoint.origin.startswith(prefix):
                        raise BadNote(f"it is of another log, {checkpoint.origin}")
                except BadNote as error:
                    if logs is not None:
                        self._findings.add("anchor_forged", f"{source}: {error.message}")
                    continue
                found.append(Anchor(source, checkpoint))
        if not found and self._options.account is None:
            self._findings.add("no_anchor", "no checkpoint that somebody else keeps was given: `--anchor FILE`")
        return found

    def _account_results(self) -> Iterator[_AccountsResult]:
        names = self._names()
        first = list(islice(names, _ENOUGH))
        told = self._told("accounts")
        work = _Work(self._url, self._options.trust, self._options.max_findings, self._now)
        jobs = self._options.jobs or min(os.cpu_count() or 1, 8)
        if len(first) < _ENOUGH or jobs == 1 or self._database.shares_nothing:
            worker = _Worker(self._store, work)
            for chunk in _chunked(_chained(first, names)):
                yield worker.verify(chunk)
                told(len(chunk))
            return
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(work,)) as pool:
            waiting = []
            chunks = _chunked(_chained(first, names))
            for chunk in chunks:
                waiting.append((len(chunk), pool.submit(_verify_chunk, chunk)))
                # Names are read as they are needed: memory does not grow with the number of accounts.
                if len(waiting) >= jobs * 4:
                    size, result = waiting.pop(0)
                    yield result.result()
                    told(size)
            for size, result in waiting:
                yield result.result()
                told(size)

    def _names(self) -> Iterator[str]:
        if self._options.account is not None:
            yield self._options.account
            return
        after = ""
        while True:
            with self._database.reading() as cursor:
                names = self._store.accounts_after(cursor, after)
            if not names:
                return
            yield from names
            after = names[-1]

    def _told(self, what: str) -> Callable[[int], None]:
        return lambda count: None if self._progress is None else self._progress(what, count)


class _Work(Struct, frozen=True):
    """What a process needs to verify accounts."""

    url: str
    trust: Trust | None
    most: int
    now: datetime


_AccountsResult = tuple[int, int, list[Finding], set[str], int]


class _Worker:
    """Verifies chunks of accounts on one database."""

    def __init__(self, store: Store, work: _Work) -> None:
        database = store.database
        with database.reading() as cursor:
            policies = {kept.digest: kept.policy for kept in store.readable_policies(cursor)}
        trusted = Trusted(None if work.trust is None else work.trust.mark_verifiers())
        # Kept: a store that nobody refers to any more closes its database.
        self._store = store
        self._database = database
        self._most = work.most
        self._verifier = AccountVerifier(
            database, store.identity.store_id, store.mapper, Comparison(database), trusted, policies, work.now
        )

    def verify(self, accounts: Sequence[str]) -> _AccountsResult:
        findings, events = Findings(self._most), 0
        for account in accounts:
            try:
                with self._database.reading() as cursor:
                    events += self._verifier.verify(cursor, account, findings)
            except (StoreCorrupt, NotADatabase) as error:
                findings.add("database_damaged", error.message, account=account)
        return events, len(accounts), findings.kept, findings.codes, findings.more


_worker: list[_Worker] = []


def _begin(work: _Work) -> None:
    database = open_database(work.url)
    database.only_read()
    identity = existing_store(database)
    assert identity is not None
    _worker.append(_Worker(Store(database, identity), work))


def _verify_chunk(accounts: Sequence[str]) -> _AccountsResult:
    return _worker[0].verify(accounts)


def _result(findings: Findings, events: int, accounts: int, sealed: int) -> Verification:
    return Verification(
        verdict=verdict_of(findings.codes),
        events=events,
        accounts=accounts,
        sealed=sealed,
        findings=tuple(sorted(findings.kept, key=lambda one: (one.layer, one.account or "", one.version or 0))),
        more=findings.more,
    )


def _notes_in(content: str) -> Iterator[str]:
    """The notes of a file: each ends with its lines of signatures, and an empty line stands between two."""
    lines: list[str] = []
    for line in content.splitlines(keepends=True):
        if lines and lines[-1].startswith("\u2014 ") and line == "\n":
            yield "".join(lines)
            lines = []
        else:
            lines.append(line)
    if lines:
        yield "".join(lines)


def _chained(first: Iterable[str], rest: Iterable[str]) -> Iterator[str]:
    yield from first
    yield from rest


def _chunked(names: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(names)
    while chunk := list(islice(waiting, _CHUNK)):
        yield chunk
