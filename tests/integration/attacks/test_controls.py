"""What nobody touched is without a finding, whatever lawfully happened to it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.migrating import migrate
from account_sanctions.application.verifying import Options, Verification, running, verify
from account_sanctions.infrastructure.evidence.keys import Keys, Trust, make_keys
from account_sanctions.infrastructure.evidence.rotating import rotation_text
from msgspec.structs import replace

from tests.integration.schemas import OLD, old_store
from tests.integration.support import REVIEWER, MovingClock, command, database, rows
from tests.postgres import fresh_database

from .attacker import Attacker
from .stage import END, Stage, build

_UNPROVED: Final = {"no_trust", "no_anchor", "no_marks", "unsealed_tail"}


@pytest.fixture
def url(kind: str, tmp_path: Path) -> str:
    """An empty database."""
    return database(tmp_path) if kind == "sqlite" else fresh_database()


def _is_clean(found: Verification) -> None:
    assert (found.verdict, found.findings, found.more) == ("verified", (), 0), found


def _anchors(sanctions: Sanctions) -> tuple[tuple[str, str], ...]:
    return (("newest", "\n".join(sealed.note for sealed in sanctions.checkpoints())),)


def test_untouched_store(stage: Stage) -> None:
    found = stage.verify()
    _is_clean(found)
    assert (found.events, found.sealed, found.accounts) == (311, 311, 48)
    for account in ("gh_1", "gh_3", "gh_8"):
        _is_clean(stage.verify(account=account))


@pytest.mark.parametrize("partitions", [2, 5])
def test_untouched_store_with_partitions(url: str, tmp_path: Path, partitions: int) -> None:
    stage = build(url, tmp_path / "keys", partitions=partitions)
    _is_clean(stage.verify())
    _is_clean(stage.verify(account="gh_1"))
    _is_clean(stage.verify(anchors=(), since=stage.anchors[:1]))


def test_store_verified_by_several_processes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_ENOUGH", 0)
    monkeypatch.setattr(running, "_ACCOUNTS", 7)
    told: dict[str, int] = {}

    def progress(what: str, count: int) -> None:
        told[what] = told.get(what, 0) + count

    options = Options(trust=stage.trust, anchors=stage.anchors, jobs=2)
    _is_clean(verify(stage.url, options, clock=MovingClock(END), progress=progress))
    assert told == {"accounts": 48, "entries": 311}


def test_store_without_keys(url: str, tmp_path: Path) -> None:
    stage = build(url, tmp_path / "keys", keys=False)
    found = stage.verify(trust=None)
    assert found.verdict == "incomplete"
    assert {one.code for one in found.findings} == {"no_trust", "no_anchor", "unsealed_tail"}
    found = stage.verify()
    assert {one.code for one in found.findings} == {"no_marks", "no_anchor", "unsealed_tail"}


def test_store_whose_tail_is_not_sealed(stage: Stage) -> None:
    with stage.opened() as sanctions:
        sanctions.execute(command("note", "gh_1", text="one more"))
    found = stage.verify()
    if stage.url.startswith("sqlite"):
        assert (found.verdict, found.exit_status, found.sealed) == ("unsealed", 5, 311)
        assert {one.code for one in stage.verify(account="gh_1").findings} == {"unsealed_tail"}
    else:
        # It waits for its place in the log, and nothing is wrong with that.
        _is_clean(found)


def test_lawful_erasure(stage: Stage) -> None:
    with stage.opened() as sanctions:
        sanctions.execute(command("erase_personal_data", "gh_1", by=REVIEWER, reason="he asked for it"))
        sanctions.seal()
        anchors = _anchors(sanctions)
    assert rows(stage.url, "SELECT count(*) FROM sanctions_narratives WHERE account = 'gh_1'") == [(1,)]
    _is_clean(stage.verify(anchors=stage.anchors + anchors))


def test_erasure_under_way_is_no_finding_and_one_that_was_forgotten_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        """As if the process had ended here."""

    monkeypatch.setattr(Sanctions, "_destroy_erased", die)
    with stage.opened() as sanctions:
        sanctions.execute(command("erase_personal_data", "gh_1", by=REVIEWER, reason="he asked for it"))
        sanctions.seal()
    options = Options(trust=stage.trust, anchors=stage.anchors)
    _is_clean(verify(stage.url, options, clock=MovingClock(END)))
    assert {one.code for one in stage.verify().findings} == {"erasure_unfinished"}


@pytest.mark.parametrize("schema", OLD)
def test_migrated_store(url: str, tmp_path: Path, schema: int) -> None:
    old_store(url, schema)
    migrate(url)
    found = verify(url, Options())
    assert {one.code for one in found.findings} <= _UNPROVED, found
    keys = make_keys(tmp_path / "keys")
    with Sanctions.open(url, keys=keys) as sanctions:
        sanctions.execute(command("note", "new", text="written with keys"))
        sanctions.seal()
        anchors = _anchors(sanctions)
    found = verify(url, Options(trust=keys.trust, anchors=anchors))
    assert {one.code for one in found.findings} == {"no_marks"}, found


def test_rotated_keys(stage: Stage, tmp_path: Path) -> None:
    """The old log key signs the new one; the auditor gets the new writer's key."""
    new = make_keys(tmp_path / "new")
    mixed: Keys = replace(stage.keys, log=new.log, writer=new.writer)
    note = stage.keys.log.sign(rotation_text(Attacker(stage).store_id, 1, new.log.verifier))
    rows(stage.url, "INSERT INTO sanctions_key_events VALUES (1, ?, 0)", note)
    with Sanctions.open(stage.url, clock=MovingClock(END), keys=mixed) as sanctions:
        sanctions.execute(command("note", "gh_1", text="under new keys"))
        sanctions.seal()
        anchors = _anchors(sanctions)
    trust: Trust = replace(stage.trust, writers=(*stage.trust.writers, *new.trust.writers))
    _is_clean(stage.verify(trust=trust, anchors=stage.anchors + anchors))
    assert {one.code for one in stage.verify().findings} == {"key_unknown"}


def test_view_that_was_lost_and_rebuilt(stage: Stage) -> None:
    for table in ("intervals", "deadlines", "links", "snapshots"):
        rows(stage.url, f"DELETE FROM sanctions_{table}")  # noqa: S608
    assert stage.verify().verdict == "inconsistent"
    with stage.opened() as sanctions:
        sanctions.rebuild()
    _is_clean(stage.verify())


def test_backup_that_is_restored_goes_with_the_anchors_of_its_time(stage: Stage) -> None:
    found = verify(stage.older, Options(trust=stage.trust, anchors=stage.anchors[:1]), clock=MovingClock(END))
    _is_clean(found)


def test_nothing_is_written(stage: Stage) -> None:
    from tests.integration.support import tables

    before = tables(stage.url)
    stage.verify()
    stage.verify(account="gh_1")
    assert tables(stage.url) == before
