"""Free text in exports: readable with the narratives' key, else said to be there and untold; what is erased never appears."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence.keys import make_keys
from sqlalchemy import create_engine

from tests.integration.support import MODERATOR, REVIEWER, cli, command, restrict

_TEXT = "her number is 555-0100"
_LATER = "nothing was found"
_MAPPING = """
content_type = ["CONTENT_TYPE_TEXT"]
content_date = "decision"
source_type = "SOURCE_VOLUNTARY"
automated_detection = false
[clauses."4.2"]
category = "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
ground = "4.2"
explanation = "why"
"""
_FORMATS = ("jsonl", "csv", "sqlite", "parquet")


@pytest.fixture
def keys(tmp_path: Path) -> str:
    make_keys(tmp_path / "keys")
    return str(tmp_path / "keys")


@pytest.fixture(params=["encrypted", "plain"])
def store(request: pytest.FixtureRequest, file_url: str, keys: str) -> str:
    with Sanctions.open(file_url, keys=Path(keys) if request.param == "encrypted" else None) as sanctions:
        basis = {"clause": "4.2", "facts": _TEXT}
        sanctions.execute(restrict(sanction="s", basis=basis, functions=["publish"]))
        sanctions.execute(command("note", "gh_1", MODERATOR, text=_LATER))
    return file_url


def _of_lines(path: Path) -> list[tuple[Any, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(one.get("facts") or one.get("text"), one.get("untold")) for one in lines]


def _of_csv(path: Path) -> list[tuple[Any, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(one["facts"] or one["text"] or None, one["untold"] or None) for one in csv.DictReader(file)]


def _of_sqlite(path: Path) -> list[tuple[Any, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT coalesce(facts, text), untold FROM narratives ORDER BY version").fetchall()


def _of_parquet(path: Path) -> list[tuple[Any, Any]]:
    rows = [
        row for file in sorted(path.glob("bucket=*/*")) for row in pq.read_table(file, partitioning=None).to_pylist()
    ]
    told = [(json.loads(row["narrative"]) if row["narrative"] else {}, row["untold"]) for row in rows]
    return [(text.get("facts") or text.get("text"), untold) for text, untold in told]


_READ: dict[str, Callable[[Path], list[tuple[Any, Any]]]] = {
    "jsonl": _of_lines,
    "csv": _of_csv,
    "sqlite": _of_sqlite,
    "parquet": _of_parquet,
}


def _exported(store: str, folder: Path, file_format: str, *more: str) -> list[tuple[Any, Any]]:
    out = folder / f"out-{len(list(folder.iterdir()))}.{file_format}"
    given = ("export", "--format", file_format, "--out", str(out), "--with-narratives", *more)
    assert cli(store, *given).status == 0
    return _READ[file_format](out)


@pytest.mark.parametrize("file_format", _FORMATS)
def test_text_is_told_with_its_key_and_said_to_be_untold_without(
    store: str, tmp_path: Path, file_format: str, keys: str, request: pytest.FixtureRequest
) -> None:
    assert _exported(store, tmp_path, file_format, "--keys", keys) == [(_TEXT, None), (_LATER, None)]
    encrypted = "encrypted" in request.node.callspec.id
    untold = [(None, "encrypted")] * 2 if encrypted else [(_TEXT, None), (_LATER, None)]
    assert _exported(store, tmp_path, file_format) == untold


@pytest.mark.parametrize("file_format", _FORMATS)
@pytest.mark.parametrize("carried_out", [True, False])
def test_what_is_erased_never_appears_even_before_it_is_destroyed(
    store: str, tmp_path: Path, file_format: str, keys: str, carried_out: bool
) -> None:
    erasure = command("erase_personal_data", "gh_1", REVIEWER, reason="asked for")
    engine = create_engine(store)
    with Sanctions.open(engine, keys=Path(keys)) as sanctions:
        if carried_out:
            sanctions.execute(erasure)
        else:
            # In a host's transaction nothing is destroyed before its commit, and then by whoever comes by.
            with engine.connect() as host, sanctions.joining(host) as joined:
                joined.execute(erasure)
                host.commit()
    engine.dispose()
    found = _exported(store, tmp_path, file_format, "--keys", keys)
    assert found[:2] == [(None, "erased")] * 2
    assert len(found) == 3
    for path in tmp_path.rglob("out-*"):
        if path.is_file():
            assert _TEXT.encode() not in path.read_bytes()


def test_statements_and_pushes_are_told_with_the_key(store: str, tmp_path: Path, keys: str) -> None:
    mapping = tmp_path / "dsa.toml"
    mapping.write_text(_MAPPING, encoding="utf-8")
    out = tmp_path / "statements.jsonl"
    given = ("export", "dsa", "--mapping", str(mapping), "--country", "EU", "--out", str(out), "--keys", keys)
    made = cli(store, *given)
    assert made.status == 0, made
    (statement,) = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert statement["decision_facts"] == _TEXT


def test_keys_that_are_none_are_refused(store: str, tmp_path: Path) -> None:
    out = str(tmp_path / "x")
    refused = cli(store, "export", "--format", "jsonl", "--out", out, "--keys", str(tmp_path / "none"))
    assert refused.status != 0
    assert "error: " in refused.err
    assert not Path(out).exists()
