"""Verifying since an older checkpoint: what came after, whole accounts that it touches, and saying what was left aside."""

from __future__ import annotations

import pytest
from account_sanctions.application.verifying import Verification

from .attacker import Attacker, Document
from .stage import Stage


def _somebody_else(document: Document) -> None:
    document["event"]["by"]["id"] = "m-9"


def _since(stage: Stage, **options: object) -> Verification:
    return stage.verify(**{"anchors": (), "since": stage.anchors[:1], **options})


def test_only_what_came_after_is_read_again(stage: Stage) -> None:
    found = _since(stage)
    assert (found.verdict, found.findings) == ("verified", ())
    assert (found.sealed, found.accounts, found.events) == (311, 5, 22)
    (said,) = found.skipped
    assert said.startswith("294 entries")
    # Everything is covered: nothing is left to be read.
    assert stage.verify(anchors=(), since=stage.anchors).accounts == 0


@pytest.mark.parametrize(("account", "version", "seen"), [("gh_7", 3, True), ("gh_1", 2, True), ("gh_2", 1, False)])
def test_old_events_of_accounts_that_go_on_are_seen_and_others_are_not(
    stage: Stage, account: str, version: int, seen: bool
) -> None:
    """The last one is what `since` trades for speed, and what it says that it left aside."""
    attacker = Attacker(stage)
    attacker.edit(account, version, _somebody_else)
    attacker.cover_tracks()
    found = _since(stage)
    assert [(one.account, one.version) for one in found.findings if one.code == "event_changed"] == (
        [(account, version)] if seen else []
    )
    assert found.skipped
    assert stage.verify().verdict == "tampered"


def test_log_that_does_not_go_on_from_the_older_checkpoint_is_found(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.edit("gh_7", 11, _somebody_else)
    attacker.rechain("gh_7", stage.keys)
    attacker.edit("gh_2", 1, _somebody_else)
    attacker.rechain("gh_2", stage.keys)
    attacker.reseal(stage.keys)
    attacker.cover_tracks()
    found = _since(stage)
    assert "anchor_contradicted" in {one.code for one in found.findings}
    assert found.verdict == "tampered"
    # Nothing is taken on trust then: all of it was read.
    assert found.accounts == 48


def test_damaged_nodes_are_no_reason_to_believe_less(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.sql("UPDATE sanctions_nodes SET hash = ?", b"\1" * 32)
    attacker.cover_tracks()
    found = _since(stage)
    assert {one.code for one in found.findings} == {"tree_diverging"}
    assert found.accounts == 48


def test_new_event_that_was_changed_is_found(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.edit("gh_7", 11, _somebody_else)
    attacker.rechain("gh_7", stage.keys)
    attacker.cover_tracks()
    found = _since(stage)
    (root,) = [one for one in found.findings if one.code == "root_changed"]
    assert root.position is not None
    assert root.position > 294


def test_cut_log_and_foreign_checkpoints_are_found(stage: Stage) -> None:
    attacker = Attacker(stage)
    note = attacker.stage.keys.log.sign("account-sanctions/another/0\n5\n" + "A" * 43 + "=\n")
    assert {one.code for one in _since(stage, since=(("kept", note),)).findings} >= {"other_store"}
    attacker.sql("DELETE FROM sanctions_log WHERE position > 290")
    attacker.cover_tracks()
    assert "anchor_beyond" in {one.code for one in _since(stage).findings}


def test_without_a_trust_file_nothing_is_left_aside(stage: Stage) -> None:
    found = _since(stage, trust=None)
    assert found.verdict == "incomplete"
    assert found.accounts == 48
