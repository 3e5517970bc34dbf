"""The figures of a replay once more, by SQL over the export's files: DuckDB counts, and nothing of our fold takes part.

What the mere passing of time made of some accounts takes more than sets to say (an order that defaulted, a sanction that
exists because of another account's). Those are counted and left out, and the figures have to fit but for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
from msgspec import Struct

from ..exporting.errors import LibraryMissing
from ..exporting.manifest import Manifest, beside
from .errors import ReplaySource
from .results import Finding, Replayed

__all__ = ["Counts", "count_by_sql", "differences"]

_LEFT_OUT: Final = ("event_unreadable", "version_gap")
_MEMORY: Final = "1GB"
_PACKAGE: Final = __name__.rpartition(".")[0]


class Counts(Struct, frozen=True, kw_only=True):
    """What SQL counts. `unjudged`: accounts that are in no figure but `accounts` and `types`."""

    accounts: int
    types: dict[str, int]
    standings: dict[str, int]
    kinds: dict[str, int]
    restrictions: dict[str, int]
    unjudged: int


def count_by_sql(folder: Path, replayed: Replayed) -> Counts:
    """Count the events of an export, at the instant of a replay of it. Raises LibraryMissing and ReplaySource."""
    duckdb = _duckdb_or_missing()
    manifest = msgspec.json.decode((folder / beside(None)[0]).read_bytes(), type=Manifest)
    given = {
        "files": [str(folder / file.path) for file in manifest.files],
        "known_at": replayed.known_at,
        "valid_at": replayed.valid_at,
        "left_out": [one.account for one in replayed.findings if one.code in _LEFT_OUT],
    }
    script = files(_PACKAGE).joinpath("sql_check.sql").read_text(encoding="utf-8")
    with TemporaryDirectory() as spill:
        options = {"memory_limit": _MEMORY, "temp_directory": spill, "autoinstall_known_extensions": "false"}
        with duckdb.connect(config=options) as connection:
            try:
                for statement in duckdb.extract_statements(script):
                    named = {name: given[name] for name in statement.named_parameters}
                    connection.execute(statement, named)
                return _counted(connection)
            except duckdb.Error as error:
                raise ReplaySource(f"{folder}: SQL cannot read the events: {error}") from None


def differences(counts: Counts, replayed: Replayed) -> Iterator[Finding]:
    """Where the figures of a replay do not fit those of SQL."""
    if replayed.more:
        yield Finding(code="sql_diverging", message="too many accounts cannot be folded: SQL cannot leave them all out")
        return
    if counts.accounts != replayed.accounts:
        yield _differs("accounts", counts.accounts, replayed.accounts)
    yield from _compared("events", counts.types, replayed.types, 0)
    yield from _compared("standing", counts.standings, replayed.standings, counts.unjudged)
    # An account that was left out may have any number of sanctions.
    many = None if counts.unjudged else 0
    yield from _compared("sanctions in force", counts.kinds, replayed.kinds, many)
    yield from _compared("accounts without the function", counts.restrictions, replayed.restrictions, counts.unjudged)


def _compared(what: str, by_sql: Mapping[str, int], folded: Mapping[str, int], slack: int | None) -> Iterator[Finding]:
    for name in sorted(by_sql.keys() | folded.keys()):
        mine, others = by_sql.get(name, 0), folded.get(name, 0)
        if others < mine or (slack is not None and others > mine + slack):
            yield _differs(f"{what}: {name}", mine, others)


def _differs(what: str, by_sql: int, folded: int) -> Finding:
    return Finding(code="sql_diverging", message=f"{what}: {by_sql} by SQL, {folded} by the fold")


def _counted(connection: Any) -> Counts:
    def counts(sql: str) -> dict[str, int]:
        return dict(connection.execute(sql).fetchall())

    (accounts,) = connection.execute("SELECT count(DISTINCT account) FROM known").fetchone()
    (unjudged,) = connection.execute("SELECT count(*) FROM unjudged").fetchone()
    (sanctioned,) = connection.execute("SELECT count(DISTINCT account) FROM in_force").fetchone()
    standings = counts("""
        SELECT standing, count(*) FROM (
            SELECT account, CASE max(CASE kind WHEN 'ban' THEN 4 WHEN 'restriction' THEN 3 WHEN 'rectification' THEN 2 ELSE 1 END)
                   WHEN 4 THEN 'banned' WHEN 3 THEN 'restricted' WHEN 2 THEN 'rectifying' ELSE 'warned' END AS standing
            FROM in_force GROUP BY account
        ) GROUP BY standing""")
    clear = accounts - unjudged - sanctioned
    return Counts(
        accounts=accounts,
        types=counts("SELECT type, count(*) FROM known GROUP BY type"),
        standings={**standings, **({"clear": clear} if clear else {})},
        kinds=counts("SELECT kind, count(*) FROM in_force GROUP BY kind"),
        restrictions=counts("""
            SELECT function, count(DISTINCT account) FROM (
                SELECT account, '*' AS function FROM in_force WHERE kind = 'ban'
                UNION ALL
                SELECT account, name FROM (
                    SELECT account, functions, unnest(json_keys(functions)) AS name FROM in_force WHERE kind = 'restriction'
                ) WHERE coalesce(CAST(json_extract_string(functions, '$."' || replace(name, '"', '\\"') || '"') AS TIMESTAMPTZ)
                                 > (SELECT valid_at FROM instant), true)
            ) GROUP BY function"""),
        unjudged=unjudged,
    )


def _duckdb_or_missing() -> Any:
    """The library, of which only what is used here is asked."""
    try:
        return import_module("duckdb")
    except ImportError:
        raise LibraryMissing(
            "checking by SQL needs duckdb: pip install 'account-sanctions[duckdb]'", extra="duckdb"
        ) from None
