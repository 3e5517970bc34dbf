"""Golden replays: histories as versions of the library stored them, and the states that they had at several instants.

A folder for each version, and in it `histories.jsonl` (account, version, topic and stored bytes of each event) and
`states.jsonl.gz` (the canonical bytes of a state, and of when it is). A folder that is there is never written again.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

from account_sanctions.application.replaying.canonical import state_bytes
from account_sanctions.application.replaying.folding import AccountFold, Row, read_only_mapper
from account_sanctions.application.replaying.results import Instant
from account_sanctions.domain.due import advance
from account_sanctions.domain.instants import text

__all__ = ["FOLDER", "SUMS", "Golden", "History", "read", "state_at", "sums", "versions", "write"]

FOLDER: Final = Path(__file__).with_name("replays")
SUMS: Final = FOLDER / "SHA256SUMS"
_HISTORIES: Final = "histories.jsonl"
_STATES: Final = "states.jsonl.gz"
_MAPPER: Final = read_only_mapper()
_MOST: Final = 8

History = dict[str, list[Row]]
"""By account, its events as they are stored."""


class Golden(NamedTuple):
    """The state of an account at an instant, as it was folded then."""

    account: str
    instant: Instant
    state: bytes


def versions() -> list[str]:
    """The versions of which there are golden replays."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def read(version: str) -> tuple[History, list[Golden]]:
    """The histories that this version wrote, and what it folded out of them."""
    with (FOLDER / version / _HISTORIES).open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    history = {
        account: [(one["version"], one["topic"], one["state"].encode()) for one in events]
        for account, events in groupby(lines, key=lambda one: str(one["account"]))
    }
    with gzip.open(FOLDER / version / _STATES, "rt", encoding="utf-8") as packed:
        found = [json.loads(line) for line in packed]
    return history, [
        Golden(one["account"], Instant(_time(one["valid_at"]), _time(one["known_at"])), one["state"].encode())
        for one in found
    ]


def write(version: str, history: History) -> bool:
    """Add the replays of a version; False, and nothing is touched, where there are some already."""
    folder = FOLDER / version
    if folder.exists():
        return False
    folder.mkdir(parents=True)
    with (folder / _HISTORIES).open("w", encoding="utf-8", newline="\n") as file:
        for account, rows in history.items():
            for number, topic, state in rows:
                line = {"account": account, "version": number, "topic": topic, "state": state.decode()}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    lines = [
        json.dumps(
            {
                "account": account,
                "valid_at": text(instant.valid_at),
                "known_at": None if instant.known_at is None else text(instant.known_at),
                "state": state_at(account, rows, instant).decode(),
            },
            ensure_ascii=False,
        )
        for account, rows in history.items()
        for instant in _instants(rows)
    ]
    packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
    (folder / _STATES).write_bytes(packed)
    others = SUMS.read_text(encoding="utf-8").splitlines() if SUMS.exists() else []
    lines = [line for line in others if not line.partition("  ")[2].startswith(f"{version}/")]
    lines += [f"{digest}  {name}" for name, digest in _digests(version)]
    SUMS.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return True


def sums() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The files with their digests: as they are, and as they were when they were added."""
    lines = SUMS.read_text(encoding="utf-8").splitlines()
    noted = [(name, digest) for digest, _, name in (line.partition("  ") for line in lines)]
    return sorted(pair for version in versions() for pair in _digests(version)), sorted(noted)


def state_at(account: str, rows: Iterable[Row], instant: Instant) -> bytes:
    """The canonical state of an account at an instant, what fell due included."""
    known = list(rows)
    folded = AccountFold(_MAPPER, instant).fold(account, lambda: iter(known))
    return state_bytes(account, advance(folded.state, instant.valid_at))


def _instants(rows: list[Row]) -> Iterator[Instant]:
    """Some of the instants at which something happened, just before some, long after all; as known then and as known now."""
    decoded = [_MAPPER.decode(topic, state) for _, topic, state in rows]
    happened = sorted({one.event.at for one in decoded})
    chosen = happened[:: max(1, len(happened) // _MOST)]
    last = happened[-1]
    for at in (*chosen, last, *(last + timedelta(days=days) for days in (1, 30, 365))):
        yield Instant(at)
    middle = decoded[len(decoded) // 2]
    for at in (happened[len(happened) // 2] - timedelta(microseconds=1), middle.event.at, last):
        yield Instant(at, middle.recorded_at)


def _digests(version: str) -> Iterator[tuple[str, str]]:
    for path in sorted((FOLDER / version).iterdir()):
        yield f"{version}/{path.name}", sha256(path.read_bytes()).hexdigest()


def _time(value: str | None) -> datetime:
    return datetime.fromisoformat(value) if value is not None else None  # type: ignore[return-value]
