"""Rotating keys on both databases: what was signed before still verifies, and a run that is killed anywhere loses nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence import renewing
from account_sanctions.infrastructure.evidence.envelopes import FileKeyProvider
from account_sanctions.infrastructure.evidence.errors import BadKey
from account_sanctions.infrastructure.evidence.key_events import KeyEvents
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys, read_keys, read_trust
from account_sanctions.infrastructure.evidence.marks import WriterKind
from account_sanctions.infrastructure.evidence.notes import open_note
from account_sanctions.infrastructure.evidence.renewing import renew_narratives
from account_sanctions.infrastructure.evidence.rotating import follow

from tests.integration.support import command, restrict, rows

_KINDS: tuple[WriterKind, ...] = ("hmac-sha256", "ed25519")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


def _seal_one(url: str, folder: Path) -> str:
    with Sanctions.open(url, keys=folder) as sanctions:
        assert sanctions.execute(command("note", "gh_1", text="seen")).accepted
        (sealed,) = sanctions.seal()
        return sealed.note


def _verdict(url: str, trust: Path, tmp_path: Path) -> str:
    with Sanctions.open(url) as sanctions:
        (sealed,) = sanctions.checkpoints()
        (tmp_path / "anchor").write_text(sealed.note)
        found = sanctions.verify(trust=trust, anchors=[tmp_path / "anchor"])
    assert found.verdict == "verified", found
    return found.verdict


@pytest.mark.parametrize("kind", _KINDS)
def test_old_and_new_checkpoints_and_marks_verify(url: str, folder: Path, tmp_path: Path, kind: WriterKind) -> None:
    before = read_keys(folder)
    old = _seal_one(url, folder)
    with Sanctions.open(url, keys=folder) as sanctions:
        assert sanctions.rotate_keys(folder, writer=kind) == 1
    after = read_keys(folder)
    assert before.log.verifier.vkey != after.log.verifier.vkey
    assert before.writer.key_id != after.writer.key_id
    new = _seal_one(url, folder)
    trust = read_trust(folder / "trust.json")
    for note in (old, new):
        open_note(note, trust.log_verifiers())
    assert set(trust.mark_verifiers()) == {before.writer.key_id, after.writer.key_id}
    assert stat.S_IMODE((folder / "trust.json").stat().st_mode) == 0o600
    _verdict(url, folder / "trust.json", tmp_path)


def test_whoever_has_the_first_trust_file_follows_two_rotations(url: str, folder: Path) -> None:
    first = read_trust(folder / "trust.json")
    with Sanctions.open(url, keys=folder) as sanctions:
        for number in (1, 2):
            assert sanctions.rotate_keys(folder, writer="ed25519") == number
            sanctions.execute(command("note", "gh_1", text="seen"))
        store = sanctions.store
        with store.database.reading() as cursor:
            kept = KeyEvents(store.database, store.identity.store_id).all(cursor)
    found = follow(first.log_verifiers(), store.identity.store_id, kept)
    now = read_keys(folder)
    assert found.logs[-1].vkey == now.log.verifier.vkey
    assert found.writers[-1] == now.trust_of_writer
    open_note(_seal_one(url, folder), found.logs)


def test_only_one_of_the_keys_is_rotated(url: str, folder: Path) -> None:
    before = read_keys(folder)
    with Sanctions.open(url) as sanctions:
        sanctions.rotate_keys(folder, log=False, writer="hmac-sha256")
        middle = read_keys(folder)
        sanctions.rotate_keys(folder, log=True)
    after = read_keys(folder)
    assert (before.log.verifier.vkey, middle.writer.key_id) == (middle.log.verifier.vkey, after.writer.key_id)
    assert before.writer.key_id != middle.writer.key_id
    assert middle.log.verifier.vkey != after.log.verifier.vkey


def _steps(monkeypatch: pytest.MonkeyPatch, die_at: int) -> list[str]:
    """Count what changes the folder or the store, and end the process before the step of that number."""
    done: list[str] = []

    def counted(name: str, what: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            if len(done) == die_at:
                raise Killed
            done.append(name)
            return what(*given, **named)

        return step

    monkeypatch.setattr(os, "link", counted("link", os.link))
    monkeypatch.setattr(Path, "replace", counted("replace", Path.replace))
    monkeypatch.setattr(KeyEvents, "record", counted("record", KeyEvents.record))
    return done


_ALL_STEPS = ["link", "link", "replace", "record", "replace", "replace"]


@pytest.mark.parametrize("die_at", range(len(_ALL_STEPS)))
def test_rotation_that_is_killed_leaves_a_folder_that_works_and_is_finished_by_the_next(
    url: str, folder: Path, tmp_path: Path, die_at: int
) -> None:
    _seal_one(url, folder)
    with pytest.MonkeyPatch.context() as patch, Sanctions.open(url) as sanctions:
        _steps(patch, die_at)
        with pytest.raises(Killed):
            sanctions.rotate_keys(folder, writer="ed25519")
    _seal_one(url, folder)
    _verdict(url, folder / "trust.json", tmp_path)
    with Sanctions.open(url) as sanctions:
        assert sanctions.rotate_keys(folder, writer="ed25519") == 1
    assert not renewing.waiting(folder)
    assert read_keys(folder).trust_of_writer.kind == "ed25519"
    _seal_one(url, folder)
    _verdict(url, folder / "trust.json", tmp_path)
    assert rows(url, "SELECT count(*) FROM sanctions_key_events") == [(1,)]


def test_every_step_of_a_rotation_is_among_those_at_which_it_was_killed(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sanctions.open(url) as sanctions:
        done = _steps(monkeypatch, -1)
        sanctions.rotate_keys(folder, writer="ed25519")
    assert done == _ALL_STEPS


def test_making_keys_that_is_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    for die_at in range(4):
        folder = tmp_path / str(die_at)
        with pytest.MonkeyPatch.context() as patch:
            _steps(patch, die_at)
            with pytest.raises(Killed):
                make_keys(folder)
        left = {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.startswith(".")}
        assert len(left) == die_at
        made = make_keys(folder)
        assert made.trust_of_writer.kind == "hmac-sha256"
        assert all((folder / name).read_bytes() == content for name, content in left.items())
        with pytest.raises(BadKey, match="already"):
            make_keys(folder)


def test_folder_is_for_its_owner_alone(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_text_under_an_older_key_of_narratives_is_still_read(url: str, folder: Path) -> None:
    def write(account: str) -> None:
        with Sanctions.open(url, keys=folder) as sanctions:
            sanctions.execute(restrict(account, sanction="s-1", basis={"clause": "4", "facts": f"of {account}"}))

    before = read_keys(folder)
    for account in ("gh_1", "gh_2", "gh_3"):
        write(account)
        renew_narratives(folder)
    assert read_keys(folder).narratives.name != before.narratives.name
    assert rows(url, "SELECT count(DISTINCT provider) FROM sanctions_account_keys") == [(3,)]
    with Sanctions.open(url, keys=folder) as sanctions:
        for account in ("gh_1", "gh_2", "gh_3"):
            (entry,) = sanctions.history(account).events
            assert entry.fields["facts"] == f"of {account}"


def test_provider_without_the_older_key_says_which_one_it_lacks() -> None:
    old, new = FileKeyProvider(bytes(32)), FileKeyProvider(bytes([1] * 32))
    with pytest.raises(BadKey, match=old.name):
        new.unwrap("gh_1", old.name, old.wrap("gh_1", bytes(32)))


def test_folder_without_a_key_is_not_rotated(url: str, folder: Path) -> None:
    (folder / "log.key").unlink()
    with Sanctions.open(url) as sanctions, pytest.raises(BadKey, match=r"log\.key"):
        sanctions.rotate_keys(folder)


def test_keys_themselves_are_taken_too(url: str, folder: Path) -> None:
    keys: Keys = read_keys(folder)
    with Sanctions.open(url, keys=keys) as one, Sanctions.open(url, keys=str(folder)) as other:
        one.execute(command("note", "gh_1", text="seen"))
        assert other.history("gh_1").events[0].fields["text"] == "seen"


def test_old_trust_file_is_enough_where_the_new_writers_key_is_public(url: str, folder: Path, tmp_path: Path) -> None:
    """The old key has signed both new ones over. A secret cannot be handed over so: there the new trust file is needed."""
    old = tmp_path / "old.json"
    old.write_bytes((folder / "trust.json").read_bytes())
    _seal_one(url, folder)
    with Sanctions.open(url, keys=folder) as sanctions:
        sanctions.rotate_keys(folder, writer="ed25519")
    _seal_one(url, folder)
    assert _verdict(url, old, tmp_path) == "verified"
    with Sanctions.open(url, keys=folder) as sanctions:
        sanctions.rotate_keys(folder, writer="hmac-sha256")
    _seal_one(url, folder)
    assert _verdict(url, folder / "trust.json", tmp_path) == "verified"
    with Sanctions.open(url) as sanctions:
        found = sanctions.verify(trust=old, anchors=[tmp_path / "anchor"])
    assert {one.code for one in found.findings} == {"key_unknown"}
