"""`verify --export`: exports are checked beside the store, their findings and verdict are part of the same answer."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence.keys import Keys

from tests.integration.exported import export, fill, keys_in, seal
from tests.integration.support import Answer, cli, command, rows

_FORMATS = ("jsonl", "csv", "parquet", "sqlite")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return keys_in(tmp_path)


@pytest.fixture
def store(url: str, keys: Keys) -> str:
    fill(url, 6, keys=keys)
    seal(url, keys)
    return url


def _verified(url: str, folder: Path, *exports: Path) -> Answer:
    given = [argument for path in exports for argument in ("--export", str(path))]
    return cli(url, "verify", "--trust", str(folder / "keys" / "trust.json"), *given, "--json")


def _found(answer: Answer) -> list[tuple[str, str]]:
    return [(one["code"], one["layer"]) for one in answer.document["findings"]]


@pytest.mark.parametrize("file_format", _FORMATS)
def test_signed_export_is_verified_with_the_store_and_is_its_anchor(
    store: str, tmp_path: Path, keys: Keys, file_format: str
) -> None:
    assert _found(_verified(store, tmp_path)) == [("no_anchor", "anchors")]
    export(store, tmp_path / "made", file_format, signer=keys.log)  # type: ignore[arg-type]
    answer = _verified(store, tmp_path, tmp_path / "made")
    assert (answer.status, answer.document["verdict"], answer.document["findings"]) == (0, "verified", [])


def test_export_that_was_changed_is_found_beside_a_sound_store(store: str, tmp_path: Path, keys: Keys) -> None:
    for name in ("one", "two", "sound"):
        export(store, tmp_path / name, "jsonl", signer=keys.log)
    for name in ("one", "two"):
        with (tmp_path / name).open("ab") as file:
            file.write(b"{}\n")
    answer = _verified(store, tmp_path, tmp_path / "one", tmp_path / "two", tmp_path / "sound")
    assert (answer.status, answer.document["verdict"]) == (1, "tampered")
    assert _found(answer) == [("export_changed", "exports")] * 2
    said = [one["message"] for one in answer.document["findings"]]
    assert said == [f"{tmp_path / name}: {name}: export_file_changed: {_CHANGED}" for name in ("one", "two")]
    shown = cli(store, "verify", "--trust", str(tmp_path / "keys" / "trust.json"), "--export", str(tmp_path / "one"))
    assert (shown.status, "export_changed" in shown.out) == (1, True)


_CHANGED = "this is not the file that was exported"


def test_export_that_nobody_signed_is_incomplete(store: str, tmp_path: Path) -> None:
    export(store, tmp_path / "made", "jsonl")
    answer = _verified(store, tmp_path, tmp_path / "made")
    assert (answer.status, _found(answer)) == (4, [("export_incomplete", "exports")])
    missing = _verified(store, tmp_path, tmp_path / "made", tmp_path / "nothing")
    assert missing.status == 4
    assert any("manifest_missing" in one["message"] for one in missing.document["findings"])


def test_export_without_a_trust_file_is_never_verified(store: str, tmp_path: Path, keys: Keys) -> None:
    export(store, tmp_path / "made", "jsonl", signer=keys.log)
    answer = cli(store, "verify", "--export", str(tmp_path / "made"), "--json")
    assert (answer.status, answer.document["verdict"]) == (4, "incomplete")


def test_export_of_another_store_is_named(store: str, tmp_path: Path, keys: Keys) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    fill(other, 1, keys=keys)
    export(other, tmp_path / "made", "jsonl", signer=keys.log)
    answer = _verified(store, tmp_path, tmp_path / "made")
    assert answer.status == 1
    assert ("other_store", "anchors") in _found(answer)


def test_store_that_was_written_anew_contradicts_the_export_of_it(file_url: str, tmp_path: Path, keys: Keys) -> None:
    fill(file_url, 2, keys=keys)
    file = Path(file_url.removeprefix("sqlite:///"))
    shutil.copy(file, tmp_path / "before.db")
    with Sanctions.open(file_url, keys=keys) as sanctions:
        sanctions.execute(command("note", "gh_1", text="to be forgotten"))
        sanctions.seal()
    export(file_url, tmp_path / "made", "parquet", signer=keys.log)
    shutil.copy(tmp_path / "before.db", file)
    with Sanctions.open(file_url, keys=keys) as sanctions:
        sanctions.execute(command("note", "gh_1", text="another one"))
        sanctions.seal()
    assert rows(file_url, "SELECT count(*) FROM sanctions_checkpoints") == [(1,)]
    answer = _verified(file_url, tmp_path, tmp_path / "made")
    assert (answer.status, answer.document["verdict"]) == (1, "tampered")
    assert ("anchor_contradicted", "anchors") in _found(answer)


def test_hostile_manifest_is_a_finding(store: str, tmp_path: Path, keys: Keys) -> None:
    export(store, tmp_path / "made", "jsonl", signer=keys.log)
    manifest = tmp_path / "made.manifest.json"
    whole = json.loads(manifest.read_bytes())
    for body in (b"\xff", b"[" * 100_000, json.dumps({**whole, "checkpoints": ["\u202eno note"]}).encode()):
        manifest.write_bytes(body)
        answer = _verified(store, tmp_path, tmp_path / "made")
        assert answer.status == 1, answer
        assert "\u202e" not in answer.out


def test_database_that_is_damaged_leaves_exports_unchecked_and_says_so(
    file_url: str, tmp_path: Path, keys: Keys
) -> None:
    fill(file_url, 6, keys=keys)
    export(file_url, tmp_path / "made", "jsonl", signer=keys.log)
    file = Path(file_url.removeprefix("sqlite:///"))
    body = bytearray(file.read_bytes())
    body[4096:] = b"\xa5" * (len(body) - 4096)
    file.write_bytes(body)
    answer = _verified(file_url, tmp_path, tmp_path / "made")
    assert answer.status == 1
    assert answer.document["findings"][0]["code"] == "database_damaged"
    assert answer.document["skipped"] == [f"{tmp_path / 'made'}: the export"]
