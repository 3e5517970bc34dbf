"""The law once more, as one question to the table of events: sets and windows instead of a fold."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from account_sanctions.domain.instants import from_micros, to_micros
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.queries import restrictions
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import State

__all__ = ["Answer", "answer_of", "ask", "stored"]

STANDINGS: Final = ("clear", "warned", "rectifying", "restricted", "banned")
_MICROS: Final = (
    "(CAST(strftime('%s', substr({0}, 1, 19)) AS INTEGER) * 1000000"
    " + CASE length({0}) WHEN 20 THEN 0 ELSE CAST(substr(rtrim(substr({0}, 21), 'Z') || '000000', 1, 6) AS INTEGER) END)"
)
_TEXT: Final = (Path(__file__).parent / "in_force.sql").read_text(encoding="utf-8")
_CODE: Final = "\n".join(line for line in _TEXT.splitlines() if not line.startswith("--"))
QUESTION: Final = re.sub(r"\{micros:([^{}]*)\}", lambda found: _MICROS.format(found[1]), _CODE)

Answer = tuple[str, frozenset[tuple[str, str]], dict[str, datetime | None]]
"""The standing, who holds which function, and until when each function is taken (None: no end)."""

CLEAR: Final[Answer] = ("clear", frozenset(), {})


def stored(records: Iterable[Recorded]) -> sqlite3.Connection:
    """The events in a table as the store keeps them."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE sanctions_events (account TEXT, version INTEGER, topic TEXT, state BLOB, PRIMARY KEY (account, version))"
    )
    connection.executemany(
        "INSERT INTO sanctions_events VALUES (?, ?, ?, ?)",
        [
            (
                record.account,
                record.version,
                f"account_sanctions.{type(record.event).__name__}.v{record.event.VERSION}",
                msgspec.json.encode(
                    {"recorded_at": record.recorded_at, "event": record.event}, enc_hook=period_to_text
                ),
            )
            for record in records
        ],
    )
    return connection


def ask(
    connection: sqlite3.Connection, valid_at: datetime, known_at: datetime, account: str | None = None
) -> dict[str, Answer]:
    """What is in force, by account; accounts without any are left out."""
    asked = {"valid_at": to_micros(valid_at), "known_at": to_micros(known_at), "account": account}
    holds: dict[str, list[tuple[str, str, datetime | None, int]]] = {}
    for name, sanction, function, until, standing in connection.execute(QUESTION, asked):
        end = None if until is None else from_micros(until)
        holds.setdefault(name, []).append((sanction, function, end, standing))
    return {name: _answer(found) for name, found in holds.items()}


def _answer(found: list[tuple[str, str, datetime | None, int]]) -> Answer:
    pairs = frozenset((sanction, function) for sanction, function, _, _ in found if function)
    ends: dict[str, datetime | None] = {}
    for _, function, end, _ in found:
        if function:
            before = ends.get(function, end)
            ends[function] = None if before is None or end is None else max(before, end)
    return STANDINGS[found[0][3]], pairs, ends


def answer_of(state: State, at: datetime) -> Answer:
    """The same from the library's state, which is advanced to the instant."""
    taken = restrictions(state, at)
    pairs = frozenset((name, one.function) for one in taken for name in one.because)
    return state.standing, pairs, {one.function: one.until for one in taken}
