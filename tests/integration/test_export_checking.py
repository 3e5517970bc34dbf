"""An export is checked with its files and a trust file alone: whatever was touched is found, and nothing else is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # it ships no types
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.checking import ExportFinding, check_manifest
from account_sanctions.application.exporting.manifest import note_text
from account_sanctions.application.exporting.source import Selection
from account_sanctions.infrastructure.chain import event_hash, genesis
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.rotating import rotation_text
from msgspec.structs import replace

from tests.integration.exported import export, fill, keys_in, seal
from tests.integration.support import command, rows

_BUCKETS = 2


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keys, str]:
    """A sealed store with a tail that is not sealed, exported as Parquet with keys: (folder, keys, url of the store)."""
    folder = tmp_path_factory.mktemp("made")
    url, keys = f"sqlite:///{folder / 'store.db'}", keys_in(folder)
    fill(url, 20, keys=keys)
    seal(url, keys)
    with Sanctions.open(url, keys=keys) as sanctions:
        sanctions.execute(command("note", "gh_1", text="after the seal"))
    export(url, folder / "export", "parquet", buckets=_BUCKETS, signer=keys.log)
    return folder, keys, url


@pytest.fixture
def folder(made: tuple[Path, Keys, str], tmp_path: Path) -> Path:
    """A copy of the export, to be touched."""
    return Path(shutil.copytree(made[0] / "export", tmp_path / "export"))


@pytest.fixture
def keys(made: tuple[Path, Keys, str]) -> Keys:
    return made[1]


def codes(findings: list[ExportFinding]) -> set[tuple[str, str]]:
    return {(one.grade, one.code) for one in findings}


def forged(folder: Path, change: Callable[[list[dict[str, Any]]], None], keys: Keys | None = None) -> None:
    """Change the events of the first bucket and write a manifest that fits, signed by whoever forges."""
    path = folder / "bucket=00" / "part-0.parquet"
    table = pq.read_table(path, partitioning=None)
    events = table.to_pylist()
    change(events)
    pq.write_table(pa.Table.from_pylist(events, schema=table.schema), path)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    file = manifest["files"][0]
    body = path.read_bytes()
    file |= {"bytes": len(body), "sha256": sha256(body).hexdigest()}
    file |= {"rows": len(events), "accounts": len({one["account"] for one in events})}
    manifest["rows"] = sum(one["rows"] for one in manifest["files"])
    text = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(text)
    if keys is not None:
        (folder / "manifest.note").write_text(keys.log.sign(note_text(manifest["store"], text)), encoding="utf-8")


def test_export_of_a_sealed_store_is_as_it_was_signed(folder: Path, keys: Keys) -> None:
    assert check_manifest(folder, keys.trust) == []


def test_export_without_a_trust_file_or_a_signature_is_incomplete(folder: Path, keys: Keys) -> None:
    assert codes(check_manifest(folder)) == {("incomplete", "manifest_untrusted")}
    (folder / "manifest.note").unlink()
    assert codes(check_manifest(folder, keys.trust)) == {("incomplete", "manifest_unsigned")}


def test_single_file_has_its_manifest_beside_it(made: tuple[Path, Keys, str], tmp_path: Path) -> None:
    _, keys, url = made
    for file_format in ("jsonl", "csv", "sqlite"):
        target = tmp_path / f"out.{file_format}"
        export(url, target, file_format, signer=keys.log)
        manifest = target.with_name(f"{target.name}.manifest.json")
        assert check_manifest(manifest, keys.trust) == check_manifest(target, keys.trust) == []
        body = bytearray(target.read_bytes())
        body[len(body) // 2] ^= 1
        target.write_bytes(body)
        assert codes(check_manifest(manifest, keys.trust)) == {("tampered", "export_file_changed")}


def test_export_of_one_account_or_a_range_can_be_checked_as_far_as_it_goes(
    made: tuple[Path, Keys, str], tmp_path: Path
) -> None:
    _, keys, url = made
    since = Selection(since=datetime.fromisoformat("2026-01-02T00:00:00Z"))
    for number, selection in enumerate((Selection(account="gh_11"), since)):
        target = tmp_path / str(number)
        export(url, target, "parquet", buckets=_BUCKETS, signer=keys.log, selection=selection)
        assert check_manifest(target, keys.trust) == []


def test_manifest_that_another_key_signed_is_not_believed(folder: Path, tmp_path: Path) -> None:
    stranger = make_keys(tmp_path / "other")
    found = check_manifest(folder, stranger.trust)
    assert ("tampered", "manifest_signature") in codes(found)
    assert ("tampered", "export_checkpoint") in codes(found)


def test_note_of_another_export_does_not_fit(made: tuple[Path, Keys, str], folder: Path, tmp_path: Path) -> None:
    _, keys, url = made
    export(url, tmp_path / "other", "parquet", buckets=1, signer=keys.log)
    shutil.copy(tmp_path / "other" / "manifest.note", folder / "manifest.note")
    assert codes(check_manifest(folder, keys.trust)) == {("tampered", "manifest_signature")}


def test_every_byte_of_the_manifest_and_of_the_note_counts(folder: Path, keys: Keys) -> None:
    for name in ("manifest.json", "manifest.note"):
        whole = (folder / name).read_bytes()
        for place in range(0, len(whole), 7):
            body = bytearray(whole)
            body[place] ^= 1
            (folder / name).write_bytes(body)
            assert check_manifest(folder, keys.trust, contents=False), (name, place)
        (folder / name).write_bytes(whole)
    assert check_manifest(folder, keys.trust) == []


@pytest.mark.parametrize(
    ("code", "touch"),
    [
        ("export_file_missing", lambda folder: (folder / "bucket=01" / "part-0.parquet").unlink()),
        ("export_file_extra", lambda folder: shutil.copytree(folder / "bucket=01", folder / "bucket=02")),
        ("export_file_extra", lambda folder: (folder / "bucket=01" / "part-1.parquet").write_bytes(b"")),
        ("export_file_changed", lambda folder: (folder / "bucket=00" / "part-0.parquet").write_bytes(b"PAR1")),
        ("export_file_missing", lambda folder: linked(folder / "bucket=00" / "part-0.parquet")),
    ],
)
def test_files_that_are_not_those_of_the_manifest_are_found(
    folder: Path, keys: Keys, code: str, touch: Callable[[Path], object]
) -> None:
    touch(folder)
    assert codes(check_manifest(folder, keys.trust)) == {("tampered", code)}


def linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")
    # The file itself is moved out of the folder, so that only the link is left to find.
    (path.parent / "elsewhere").rename(path.parents[2] / "elsewhere")


def _drop_last(events: list[dict[str, Any]]) -> None:
    events.pop()


def _edit(events: list[dict[str, Any]]) -> None:
    events[0]["state"] = events[0]["state"].replace(b"virtual", b"factual", 1)


def _rehash(events: list[dict[str, Any]], store: str) -> None:
    """An edit with hashes that fit: only the signed root of the log knows."""
    account = events[0]["account"]
    _edit(events)
    before = genesis(store, account)
    for event in events:
        if event["account"] == account:
            before = event_hash(before, account, event["version"], event["topic"], event["state"])
            event["hash"] = before


def _swap_places(events: list[dict[str, Any]]) -> None:
    events[0]["position"], events[1]["position"] = events[1]["position"], events[0]["position"]


def _twice(events: list[dict[str, Any]]) -> None:
    events[1]["position"] = events[0]["position"]


def _beyond(events: list[dict[str, Any]]) -> None:
    events[0]["position"] = 10**9


def _no_place(events: list[dict[str, Any]]) -> None:
    events[0]["position"] = None


def _rename(events: list[dict[str, Any]]) -> None:
    for event in events:
        if event["account"] == events[-1]["account"]:
            event["account"] = "gh_1"


def _unmark(events: list[dict[str, Any]]) -> None:
    next(one for one in events if one["version"] == 2)["mark"] = None


def _mark_of_another(events: list[dict[str, Any]]) -> None:
    events[0]["mark"] = events[1]["mark"]


def _a_bit_of_the_mark(events: list[dict[str, Any]]) -> None:
    events[0]["mark"] = events[0]["mark"][:-1] + bytes([events[0]["mark"][-1] ^ 1])


def _earlier(events: list[dict[str, Any]]) -> None:
    events[0]["at"] -= timedelta(microseconds=1)


def _known_later(events: list[dict[str, Any]]) -> None:
    events[0]["recorded_at"] += timedelta(days=1)


def _renumber(events: list[dict[str, Any]]) -> None:
    events[0]["version"] = 2


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("export_rows", _drop_last),
        ("export_hash", _edit),
        ("export_root", _swap_places),
        ("export_place", _twice),
        ("export_place", _beyond),
        ("export_place", _no_place),
        ("export_bucket", _rename),
        ("export_chain", _renumber),
        ("export_mark", _unmark),
        ("export_mark", _mark_of_another),
        ("export_mark", _a_bit_of_the_mark),
        ("export_times", _earlier),
        ("export_times", _known_later),
    ],
)
def test_events_that_were_changed_are_found_whoever_signs_the_manifest(
    folder: Path, keys: Keys, code: str, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    forged(folder, change, keys)
    found = check_manifest(folder, keys.trust)
    assert ("tampered", code) in codes(found)
    assert {one.grade for one in found} == {"tampered"}
    assert "manifest_signature" not in {one.code for one in found}


def test_event_with_hashes_that_fit_is_found_by_the_signed_root(folder: Path, keys: Keys) -> None:
    store = json.loads((folder / "manifest.json").read_bytes())["store"]
    forged(folder, lambda events: _rehash(events, store), keys)
    assert codes(check_manifest(folder, keys.trust)) == {("tampered", "export_root"), ("tampered", "export_mark")}
    without_marks = replace(keys.trust, writers=())
    assert codes(check_manifest(folder, without_marks)) == {
        ("tampered", "export_root"),
        ("incomplete", "export_key_unknown"),
    }


def test_finding_names_the_event_and_does_not_cascade(folder: Path, keys: Keys) -> None:
    forged(folder, _edit, keys)
    first = pq.read_table(folder / "bucket=00" / "part-0.parquet", partitioning=None).to_pylist()[0]
    (found,) = check_manifest(folder, keys.trust)
    assert (found.account, found.version, found.position) == (first["account"], 1, first["position"])
    assert found.file == "bucket=00/part-0.parquet"


@pytest.mark.parametrize(
    "change",
    [
        {"files": [{"path": "../store.db", "bytes": 1, "sha256": "", "rows": 1, "accounts": 1}]},
        {"files": [{"path": "/etc/passwd", "bytes": 1, "sha256": "", "rows": 1, "accounts": 1}]},
        {"positions": {"0": 10**18}, "rows": 10**18},
        {"positions": {"01": 3}},
        {"positions": {"x": 3}},
        {"rows": -1},
        {"format": "account-sanctions/export/2"},
        {"unknown": 1},
        {"checkpoints": ["no note"]},
        {"buckets": 3},
    ],
)
def test_manifest_that_is_hostile_is_a_finding_and_no_traceback(
    folder: Path, keys: Keys, change: dict[str, Any]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    text = json.dumps({**manifest, **change}).encode()
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.note").write_text(keys.log.sign(note_text(manifest["store"], text)), encoding="utf-8")
    found = check_manifest(folder, keys.trust)
    assert found
    assert {one.grade for one in found} == {"tampered"}


def test_events_without_a_mark_or_with_one_of_a_key_nobody_knows_are_incomplete(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    for name, given in (("bare", None), ("marked", keys)):
        url = f"sqlite:///{tmp_path / name}.db"
        fill(url, 4, keys=given)
        seal(url, keys)
        export(url, tmp_path / name, "parquet", buckets=_BUCKETS, signer=keys.log)
    assert codes(check_manifest(tmp_path / "bare", keys.trust)) == {("incomplete", "export_no_marks")}
    others = replace(keys.trust, writers=make_keys(tmp_path / "others").trust.writers)
    assert codes(check_manifest(tmp_path / "marked", others)) == {("incomplete", "export_key_unknown")}
    assert check_manifest(tmp_path / "marked", keys.trust) == []


def test_rotated_key_is_followed_from_the_one_that_is_trusted(made: tuple[Path, Keys, str], tmp_path: Path) -> None:
    _, keys, _ = made
    new, url = make_keys(tmp_path / "new"), f"sqlite:///{tmp_path / 'store.db'}"
    fill(url, 3, keys=keys)
    ((store,),) = rows(url, "SELECT value FROM sanctions_meta WHERE key = 'store_id'")
    note = keys.log.sign(rotation_text(store, 1, new.log.verifier))
    rows(url, "INSERT INTO sanctions_key_events (number, note, recorded_at) VALUES (1, ?, 0)", note)
    seal(url, new)
    export(url, tmp_path / "export", "parquet", signer=new.log)
    assert check_manifest(tmp_path / "export", keys.trust) == []
    manifest = json.loads((tmp_path / "export" / "manifest.json").read_bytes())
    manifest["rotations"] = [[1, new.log.sign(rotation_text(store, 1, new.log.verifier))]]
    text = json.dumps(manifest).encode()
    (tmp_path / "export" / "manifest.json").write_bytes(text)
    (tmp_path / "export" / "manifest.note").write_text(new.log.sign(note_text(store, text)), encoding="utf-8")
    found = codes(check_manifest(tmp_path / "export", keys.trust))
    assert {("tampered", "export_rotation"), ("tampered", "manifest_signature")} <= found


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b"null"])
def test_file_that_is_no_manifest_is_a_finding(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(body)
    (tmp_path / "x.manifest.json").write_bytes(body)
    assert codes(check_manifest(tmp_path / "x")) == {("tampered", "manifest_unreadable")}
    assert codes(check_manifest(tmp_path)) == {("tampered", "manifest_unreadable")}
    assert codes(check_manifest(tmp_path / "nothing.manifest.json")) == {("incomplete", "manifest_missing")}


def test_damaged_parquet_under_a_fitting_manifest_is_a_finding(folder: Path, keys: Keys) -> None:
    path = folder / "bucket=00" / "part-0.parquet"
    body = bytearray(path.read_bytes())
    for place in range(100, len(body) - 400, 97):
        body[place] ^= 0xFF
    path.write_bytes(body)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][0]["sha256"] = sha256(body).hexdigest()
    text = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.note").write_text(keys.log.sign(note_text(manifest["store"], text)), encoding="utf-8")
    assert ("tampered", "export_file_unreadable") in codes(check_manifest(folder, keys.trust))


def test_export_of_a_store_whose_hashes_are_wrong_is_found_too(file_url: str, tmp_path: Path, keys: Keys) -> None:
    fill(file_url, 6)
    seal(file_url, keys)
    rows(file_url, "DROP TRIGGER sanctions_events_no_update")
    rows(
        file_url,
        "UPDATE sanctions_events SET state = CAST(replace(CAST(state AS TEXT), 'moderator', 'reviewer') AS BLOB) "
        "WHERE account = 'gh_1' AND version = 1",
    )
    export(file_url, tmp_path / "out", "parquet", buckets=1, signer=keys.log)
    found = check_manifest(tmp_path / "out", keys.trust)
    assert ("export_hash", "gh_1") in {(one.code, one.account) for one in found}
