"""What the integration tests share: commands in short form, a clock to move, the command line, and a look at the file."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from account_sanctions.application import Sanctions
from account_sanctions.application.cli.app import root
from account_sanctions.domain.instants import to_micros
from account_sanctions.domain.state import State
from account_sanctions.infrastructure.chain import commitment, event_hash, genesis
from account_sanctions.projections.intervals import intervals
from account_sanctions.testing.clock import T0
from account_sanctions.testing.clock import FrozenClock as MovingClock
from click.testing import CliRunner
from sqlalchemy.engine import make_url

__all__ = [
    "HOLDER",
    "MODERATOR",
    "REVIEWER",
    "SYSTEM",
    "T0",
    "Answer",
    "MovingClock",
    "as_lines",
    "assert_sound",
    "cli",
    "command",
    "database",
    "for_libpq",
    "process",
    "restrict",
    "rows",
    "spawn",
    "tables",
]

MODERATOR: Final = {"kind": "moderator", "id": "m-7"}
REVIEWER: Final = {"kind": "reviewer", "id": "r-1"}
SYSTEM: Final = {"kind": "system", "id": "engine"}
HOLDER: Final = {"kind": "holder", "id": "h-1"}

_MAIN: Final = "from account_sanctions.application.cli import main; main()"
_POSTGRES_TABLES: Final = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public'"
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"


def command(name: str, account: str = "gh_1", by: Mapping[str, str] = MODERATOR, **fields: Any) -> dict[str, Any]:
    """The JSON object of a command; `for_` and `from_` stand for `for` and `from`."""
    return {"command": name, "account": account, "by": dict(by), **{key.rstrip("_"): v for key, v in fields.items()}}


def restrict(account: str = "gh_1", **fields: Any) -> dict[str, Any]:
    """A restriction of `mass_send` for a week, unless the fields say otherwise."""
    chosen = {"basis": {"clause": "4.2"}, "functions": ["mass_send"], **fields}
    if not {"for_", "until", "permanent"} & chosen.keys():
        chosen["for_"] = "P7D"
    return command("restrict", account, **chosen)


def as_lines(commands: Iterable[Any]) -> bytes:
    """One JSON object per line; bytes stand for themselves."""
    return b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in commands)


@dataclass(frozen=True)
class Answer:
    """What a run of the command line gave."""

    status: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        """Every line of standard output, read as JSON."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        (found,) = self.documents
        return found

    def failed(self, status: int, code: str) -> Answer:
        """An error with this code, said in a sentence on standard error, and no traceback."""
        assert self.status == status, self
        assert "Traceback" not in self.out + self.err, self
        sentence = next((line for line in self.err.splitlines() if line.startswith(f"error: {code}: ")), "")
        assert len(sentence.removeprefix(f"error: {code}: ").split()) >= 3, self
        return self


def database(folder: Path, name: str = "sanctions.db") -> str:
    """The URL of a database file in a folder."""
    return f"sqlite:///{folder / name}"


def cli(url: str, *arguments: str, given: bytes | str | None = None) -> Answer:
    """Run the command line inside this process, its output piped."""
    result = CliRunner().invoke(root, ["--db", url, *arguments], input=given)
    unforeseen = result.exception is not None and not isinstance(result.exception, SystemExit)
    if unforeseen and result.exception is not None:
        raise result.exception
    return Answer(result.exit_code, result.stdout, result.stderr)


def process(url: str, *arguments: str, given: bytes = b"", prefix: Iterable[str] = (), **options: Any) -> Answer:
    """Run the command line as a process of its own; `prefix` is what it is run by."""
    done = subprocess.run(
        [*prefix, sys.executable, "-c", _MAIN, "--db", url, *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
        **options,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def spawn(url: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command line as a process whose standard streams are pipes."""
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(
        [sys.executable, "-c", _MAIN, "--db", url, *arguments], **{**streams, "env": {**os.environ}, **options}
    )


def for_libpq(url: str) -> str:
    """The URL for PostgreSQL's own programs and the bare driver, which do not read `+` as a blank."""
    head, mark, query = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False).partition("?")
    return head + mark + query.replace("+", "%20")


def rows(url: str, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What a statement gives on the database, past the library; parameters are written as `?`."""
    if url.startswith("postgresql"):
        with psycopg.connect(for_libpq(url)) as server:
            cursor = server.execute(sql.replace("%", "%%").replace("?", "%s").encode(), parameters)
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        found = connection.execute(sql, parameters).fetchall()
        connection.commit()
    return found


def tables(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the database file."""
    names = [name for (name,) in rows(url, _POSTGRES_TABLES if url.startswith("postgresql") else _TABLES)]
    return {name: sorted(rows(url, f'SELECT * FROM "{name}"'), key=repr) for name in names}  # noqa: S608


def assert_sound(url: str) -> None:
    """Nothing is lost or half there: SQLite's own check, versions, log, hashes, narratives, commands and view agree."""
    if not url.startswith("postgresql"):
        assert rows(url, "PRAGMA integrity_check") == [("ok",)]
    with Sanctions.open(url) as sanctions:
        sanctions.store.settle_log()
    events = rows(url, "SELECT account, version, topic, state, hash FROM sanctions_events ORDER BY account, version")
    log = rows(url, "SELECT partition, position, account, version FROM sanctions_log ORDER BY partition, position")
    for partition in {row[0] for row in log}:
        positions = [row[1] for row in log if row[0] == partition]
        assert positions == list(range(1, len(positions) + 1))
    assert sorted(row[2:] for row in log) == [tuple(event[:2]) for event in events]
    texts = {
        (a, v): (s, b) for a, v, s, b in rows(url, "SELECT account, version, salt, body FROM sanctions_narratives")
    }
    erased = dict(rows(url, "SELECT account, max(version) FROM sanctions_erasures GROUP BY account"))
    commands = set(rows(url, "SELECT account, command_id FROM sanctions_commands"))
    ((store_id,),) = rows(url, "SELECT value FROM sanctions_meta WHERE key = 'store_id'")
    heads: dict[str, tuple[int, bytes]] = {}
    for account, version, topic, state, digest in events:
        before, previous = heads.get(account, (0, genesis(store_id, account)))
        assert version == before + 1
        assert digest == event_hash(previous, account, version, topic, state)
        heads[account] = (version, digest)
        envelope = json.loads(state)
        promised = "narrative" in envelope and version >= erased.get(account, 0)
        assert promised == ((account, version) in texts)
        if promised:
            assert commitment(*texts.pop((account, version))).hex() == envelope["narrative"]
        if "command_id" in envelope:
            assert (account, envelope["command_id"]) in commands
    assert not texts, "narratives without an event"
    assert_view_is_the_fold(url)


def assert_view_is_the_fold(url: str) -> None:
    """The rows of the view are those that follow from the events."""
    shown = set(rows(url, "SELECT account, sanction, function, starts, ends FROM sanctions_intervals"))
    times = set(rows(url, "SELECT account, due_at FROM sanctions_deadlines"))
    expected, expected_times = set(), set()
    with Sanctions.open(url) as sanctions, sanctions.store.database.reading() as cursor:
        for account in list(sanctions.accounts()):
            state: State = sanctions.store.replay(cursor, account).state
            assert sanctions.store.load(cursor, account).state == state, "a snapshot that is not the fold"
            expected |= {
                (account, i.sanction, i.function, to_micros(i.starts), None if i.ends is None else to_micros(i.ends))
                for i in intervals(state)
            }
            if state.next_due is not None:
                expected_times.add((account, to_micros(state.next_due)))
    assert shown == expected
    assert times == expected_times
