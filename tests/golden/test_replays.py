"""Golden replays: what any version has stored is folded to the same bytes of state by this one, and by every later one.

`GOLDEN_WRITE=1 pytest tests/golden` adds those of a version that has none yet; what is there is never written again. (Until a
version is released, its folder may be deleted by hand, to be added anew.) When a
state deliberately comes to more (a field that older histories do not have is left out of the bytes), nothing here changes;
when an old history folds to another state, that is a mistake.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest
from account_sanctions.application.replaying.folding import read_only_mapper
from account_sanctions.domain.events import EVENT_TYPES
from account_sanctions.infrastructure.mapper import topic_of

from tests.golden import replays
from tests.golden.replays import FOLDER, History, read, state_at, sums, versions, write
from tests.golden.scenarios import scenarios

_THIS = version("account-sanctions")
_SCHEMA_1 = "schema-1"


def _told() -> History:
    to_stored = read_only_mapper().to_stored_event
    with pytest.MonkeyPatch.context() as fixed:
        # An event commits to its free text by a salted hash.
        fixed.setattr(os, "urandom", bytes)
        return {
            name: [(one.originator_version, one.topic, one.state) for one in map(to_stored, records)]
            for name, records in scenarios()
        }


def _of_schema_1() -> History:
    """The events of the store that the first schema was kept as."""
    history: History = {}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((FOLDER.parent / "stores" / "schema-1.sql").read_text(encoding="utf-8"))
        found = connection.execute(
            "SELECT account, version, topic, state FROM sanctions_events ORDER BY account, version"
        )
        for account, number, topic, state in found:
            history.setdefault(account, []).append((number, topic, bytes(state)))
    return history


@pytest.fixture(scope="module", autouse=True)
def added() -> None:
    if os.environ.get("GOLDEN_WRITE"):
        FOLDER.mkdir(exist_ok=True)
        write(_SCHEMA_1, _of_schema_1())
        write(_THIS, _told())


def test_this_version_and_the_first_schema_have_golden_replays() -> None:
    assert {_THIS, _SCHEMA_1} <= set(versions()), "see the docstring of this module"


@pytest.mark.parametrize("name", versions() if FOLDER.exists() else [])
def test_history_of_every_version_is_folded_to_the_same_bytes(name: str) -> None:
    history, golden = read(name)
    assert {one.account for one in golden} == history.keys()
    assert len(golden) > 4 * len(history)
    for one in golden:
        found = state_at(one.account, history[one.account], one.instant)
        assert found == one.state, f"{one.account} at {one.instant.valid_at} as known at {one.instant.known_at}"


def test_histories_hold_every_version_of_every_type_of_event() -> None:
    topics = {topic for name in versions() for rows in read(name)[0].values() for _, topic, _ in rows}
    assert {topic_of(kind) for kind in EVENT_TYPES.values()} <= topics


def test_scenarios_are_stored_as_they_were_when_this_version_was_written() -> None:
    """The commands still lead to the same events, to the byte: else a version would be released with replays of another."""
    assert read(_THIS)[0] == _told()


def test_events_of_the_first_schema_are_those_of_the_golden_store() -> None:
    assert read(_SCHEMA_1)[0] == _of_schema_1()


def test_files_are_those_that_were_added() -> None:
    found, noted = sums()
    assert found == noted, "a golden replay is never changed: add those of a new version instead"


def test_replays_that_are_there_are_never_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "FOLDER", tmp_path)
    monkeypatch.setattr(replays, "SUMS", tmp_path / "SHA256SUMS")
    history = _of_schema_1()
    assert write("1.0", history)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert not write("1.0", dict(list(history.items())[:1]))
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert write("1.1", history)
    assert all(path.read_bytes() == content for path, content in before.items() if path.name != "SHA256SUMS")
    assert sums()[0] == sums()[1]
    (tmp_path / "1.0" / "histories.jsonl").write_bytes(b"")
    assert sums()[0] != sums()[1]
