"""A file with bytes written over: a finding or a typed error, and never a clean verdict on other rows than were there."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from account_sanctions.application.verifying import Options, running, verify
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.infrastructure.errors import ForeignDatabase, StoreTooNew, StoreTooOld
from msgspec.structs import replace

from .attacker import Attacker
from .stage import Stage, copied


@pytest.fixture
def file(built: Callable[[str], Stage], tmp_path: Path) -> Stage:
    """A store in a file."""
    return copied(built("sqlite"), tmp_path)


def _dump(path: Path) -> list[str] | None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def _found(stage: Stage, **options: object) -> str:
    """The verdict, or the code of the typed error."""
    try:
        return stage.verify(**options).verdict
    except SanctionsError as error:
        return error.code


@pytest.mark.parametrize("seed", range(60))
def test_bytes_written_over(file: Stage, seed: int) -> None:
    path = Path(file.url.removeprefix("sqlite:///"))
    good = _dump(path)
    chance = random.Random(seed)  # noqa: S311 - damage, no secret
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 1, 3, 30))):
        length = chance.choice((1, 8, 64, 4096))
        start = chance.randrange(0, len(content) - length)
        content[start : start + length] = chance.choice((chance.randbytes(length), b"\0" * length))
    path.write_bytes(content)
    for options in ({}, {"account": "gh_1"}, {"since": file.anchors[:1]}):
        verdict = _found(file, **options)
        if verdict == "verified" and not options:
            assert _dump(path) == good


@pytest.mark.parametrize("kept", [0, 1, 100, 4096, 40_000, 200_000])
def test_file_cut_short(file: Stage, kept: int) -> None:
    path = Path(file.url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes()[:kept])
    assert _found(file) != "verified"


def test_damage_is_found_by_several_processes_too(file: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(file.url.removeprefix("sqlite:///"))
    attacker = Attacker(file)
    ((page,),) = attacker.ask("SELECT rootpage FROM sqlite_master WHERE name = 'sanctions_narratives'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\1" * 4096
    path.write_bytes(content)
    monkeypatch.setattr(running, "_ENOUGH", 0)
    found = file.verify(jobs=2)
    assert "database_damaged" in {one.code for one in found.findings}
    assert found.verdict == "tampered"


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE sanctions_meta SET value = '99' WHERE key = 'schema'", StoreTooNew),
        ("UPDATE sanctions_meta SET value = '1' WHERE key = 'schema'", StoreTooOld),
        ("DELETE FROM sanctions_meta WHERE key = 'store_id'", ForeignDatabase),
        ("UPDATE sanctions_meta SET value = 'many' WHERE key = 'partitions'", ForeignDatabase),
        ("DROP TABLE sanctions_log", SanctionsError),
        ("DROP TABLE sanctions_places", SanctionsError),
    ],
)
def test_store_that_says_nonsense_of_itself_gives_a_typed_error(
    stage: Stage, statement: str, error: type[SanctionsError]
) -> None:
    Attacker(stage).sql(statement)
    with pytest.raises(error):
        stage.verify()


def test_missing_store_gives_a_typed_error(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(SanctionsError):
        verify(f"sqlite:///{tmp_path / 'nothing.db'}", Options())
    (tmp_path / "text.db").write_text("this is no database " * 500)
    text = replace(stage, url=f"sqlite:///{tmp_path / 'text.db'}")
    assert _found(text) != "verified"
