"""Each layer is the only one to catch something; findings are bounded, in order, and the gravest makes the verdict."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from account_sanctions.application.verifying import CODES
from account_sanctions.application.verifying.findings import verdict_of

from .attacker import Attacker, Document
from .stage import END, Stage
from .test_attacks import ATTACKS

_ONLY = {
    "text changed": "content",
    "log row twice": "log",
    "unmarked act in a new account": "writers",
    "rolled back to an older backup": "anchors",
    "rewritten with stolen keys": "anchors",
    "permanent ban by one person": "replay",
    "view row removed": "replay",
}


@pytest.mark.parametrize("name", _ONLY)
def test_layer_catches_what_no_other_one_does(stage: Stage, name: str) -> None:
    (attack,) = (one for one in ATTACKS if one.name == name)
    attacker = Attacker(stage)
    attack.run(attacker)
    attacker.cover_tracks()
    found = attacker.stage.verify(**({} if attack.auditor is None else attack.auditor(attacker)))
    grave = {one.layer for one in found.findings if CODES[one.code].verdict in ("tampered", "inconsistent")}
    assert grave == {_ONLY[name]}, found


def test_every_code_is_met_by_an_attack_or_a_test_that_names_it() -> None:
    met = {attack.code for attack in ATTACKS}
    elsewhere = {
        "database_damaged": "test_damage",
        "not_included": "test_one_account_is_held_against_the_signed_root",
        "export_changed": "test_export_that_was_changed_is_found_beside_a_sound_store",
        "export_incomplete": "test_export_that_nobody_signed_is_incomplete",
    }
    assert CODES.keys() - met == elsewhere.keys()


def test_gravest_verdict_wins() -> None:
    assert verdict_of([]) == "verified"
    assert verdict_of(["unsealed_tail"]) == "unsealed"
    assert verdict_of(["unsealed_tail", "no_anchor"]) == "incomplete"
    assert verdict_of(["no_anchor", "illegal", "unsealed_tail"]) == "inconsistent"
    assert verdict_of(["illegal", "event_changed", "no_anchor"]) == "tampered"


def test_findings_are_bounded_and_the_gravest_stay(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.sql("DELETE FROM sanctions_intervals")
    attacker.sql("DELETE FROM sanctions_commands")
    attacker.edit("gh_7", 11, _somebody_else)
    attacker.cover_tracks()
    every = stage.verify(anchors=())
    assert len(every.findings) > 40
    assert every.more == 0
    few = stage.verify(anchors=(), max_findings=2)
    assert (len(few.findings), few.more) == (2, len(every.findings) - 2)
    assert (few.findings[0].code, few.verdict) == ("event_changed", "tampered")
    assert stage.verify(anchors=(), max_findings=0).verdict == "tampered"


def test_first_bad_event_is_named_once_whatever_follows(stage: Stage) -> None:
    """Ten events rest on the third one; it alone is named."""
    attacker = Attacker(stage)
    attacker.edit("gh_7", 3, _somebody_else)
    attacker.cover_tracks()
    (found,) = stage.verify().findings
    assert (found.code, found.account, found.version) == ("event_changed", "gh_7", 3)
    assert found.between is not None
    since, until = (datetime.fromisoformat(one or "") for one in found.between)
    assert END - timedelta(days=6) < since <= until == END + timedelta(days=1)


def test_change_is_bounded_by_the_checkpoints_before_and_after_it(stage: Stage) -> None:
    """Rewritten with the keys after the first checkpoint, and before a third one that was made over it."""
    attacker = Attacker(stage)
    attacker.edit("gh_7", 11, _somebody_else)
    attacker.rechain("gh_7", stage.keys)
    attacker.cover_tracks()
    later = END + timedelta(hours=6)
    with stage.opened(later) as sanctions:
        sanctions.execute({"command": "note", "account": "gh_1", "by": {"kind": "moderator", "id": "m"}, "text": "on"})
        sanctions.seal()
    (found,) = [one for one in stage.verify().findings if one.code == "root_changed"]
    assert found.between == (END.isoformat().replace("+00:00", "Z"), later.isoformat().replace("+00:00", "Z"))
    assert found.position is not None
    assert found.position > 294


def test_one_account_is_held_against_the_signed_root(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.edit("gh_2", 1, _somebody_else)
    attacker.rechain("gh_2", stage.keys)
    attacker.cover_tracks()
    found = stage.verify(account="gh_2")
    assert [(one.code, one.version) for one in found.findings] == [("not_included", 1)]
    assert found.skipped
    # What is far from it is still under the root.
    assert stage.verify(account="gh_7").verdict == "verified"


def test_one_account_cannot_be_verified_where_the_log_gives_another_root(stage: Stage) -> None:
    attacker = Attacker(stage)
    attacker.edit("gh_7", 11, _somebody_else)
    attacker.rechain("gh_7", stage.keys)
    attacker.cover_tracks()
    for account in ("gh_7", "gh_2"):
        assert [one.code for one in stage.verify(account=account).findings] == ["root_changed"]


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        (["DELETE FROM sanctions_log WHERE account = 'gh_1' AND version = 5"], "log_shortened"),
        (["DELETE FROM sanctions_log WHERE account = 'gh_1' AND version = 2"], "log_gap"),
        (["UPDATE sanctions_log SET version = 1 WHERE account = 'gh_1' AND version = 2"], "log_order"),
        (["DELETE FROM sanctions_events WHERE account = 'gh_1' AND version = 5"], "event_missing"),
        (
            [
                "UPDATE sanctions_log SET account = 'gh_1', version = 6 WHERE position = 100",
                "INSERT INTO sanctions_events SELECT account, 6, topic, state, hash, mark FROM sanctions_events "
                "WHERE account = 'gh_1' AND version = 5",
            ],
            "log_order",
        ),
    ],
)
def test_one_account_misses_nothing_of_its_own(stage: Stage, statements: list[str], code: str) -> None:
    attacker = Attacker(stage)
    for statement in statements:
        attacker.sql(statement)
    attacker.cover_tracks()
    found = stage.verify(account="gh_1")
    assert code in {one.code for one in found.findings}, found
    assert found.verdict == "tampered"


def test_rolled_back_store_is_found_from_one_account(stage: Stage) -> None:
    (attack,) = (one for one in ATTACKS if one.name == "rolled back to an older backup")
    attacker = Attacker(stage)
    attack.run(attacker)
    assert {one.code for one in attacker.stage.verify(account="gh_1").findings} == {"anchor_beyond"}


def _somebody_else(document: Document) -> None:
    document["event"]["by"]["id"] = "m-9"
