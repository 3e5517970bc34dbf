"""Erasure and encryption on both databases: text that is read with its key alone, gone when erased, and evidence that holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import CommandIdReused, LegalHold
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from sqlalchemy import create_engine

from tests.integration.support import MovingClock, assert_sound, command, restrict, rows

_REVIEWER = {"kind": "reviewer", "id": "r-1"}
_TEXT = "the holder's telephone number is 555-0100"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys")


@pytest.fixture(params=["with_keys", "without_keys"])
def sanctions(url: str, keys: Keys, request: pytest.FixtureRequest, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock, keys=keys if request.param == "with_keys" else None) as opened:
        yield opened


def _told(sanctions: Sanctions, account: str = "gh_1") -> list[str | None]:
    return [entry.fields.get("facts") or entry.fields.get("reason") for entry in sanctions.history(account).events]


def _bytes_of(url: str, *tables: str) -> bytes:
    found = b""
    for table in tables:
        for row in rows(url, f"SELECT * FROM {table}"):  # noqa: S608
            found += repr([bytes(one) if isinstance(one, memoryview | bytes) else one for one in row]).encode()
    return found


def _fill(sanctions: Sanctions) -> None:
    sanctions.execute(restrict(sanction="s-1", basis={"clause": "4", "facts": _TEXT}, command_id="c-1"))
    sanctions.execute(restrict("gh_2", sanction="s-2", basis={"clause": "4", "facts": "another account"}))


def _erase(account: str = "gh_1", **fields: Any) -> dict[str, Any]:
    return command("erase_personal_data", account, by=_REVIEWER, reason="she asked for it", **fields)


def test_text_is_read_with_its_key_and_not_without(url: str, keys: Keys, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        assert _told(sanctions) == [_TEXT]
    assert _TEXT.encode() not in _bytes_of(url, "sanctions_events", "sanctions_narratives", "sanctions_commands")
    with Sanctions.open(url, clock=clock) as without:
        (entry,) = without.history("gh_1").events
        assert entry.fields["untold"] == "encrypted"
        assert without.state("gh_1").standing == "restricted"
    assert_sound(url)


def test_erased_text_is_gone_and_everything_else_stays(url: str, sanctions: Sanctions) -> None:
    _fill(sanctions)
    before = sanctions.state("gh_1")
    outcome = sanctions.execute(_erase())
    assert [event.type for event in outcome.events or ()] == ["PersonalDataErased"]
    assert _told(sanctions) == [None, "she asked for it"]
    assert sanctions.history("gh_1").events[0].fields["untold"] == "erased"
    assert _told(sanctions, "gh_2") == ["another account"]
    after = sanctions.state("gh_1")
    assert (after.standing, after.restrictions, after.sanctions) == (
        before.standing,
        before.restrictions,
        before.sanctions,
    )
    sanctions.execute(restrict(sanction="s-9", basis={"clause": "4", "facts": "written later"}))
    assert _told(sanctions)[-1] == "written later"
    assert rows(url, "SELECT version FROM sanctions_narratives WHERE account = 'gh_1' ORDER BY version") == [(2,), (3,)]
    assert all(generation >= 1 for (generation,) in rows(url, _GENERATIONS))
    assert_sound(url)


_GENERATIONS = "SELECT generation FROM sanctions_account_keys WHERE account = 'gh_1'"


def test_erasing_twice_destroys_what_came_between(sanctions: Sanctions) -> None:
    _fill(sanctions)
    for number in range(3):
        sanctions.execute(restrict(sanction=f"t-{number}", basis={"clause": "4", "facts": f"text {number}"}))
        sanctions.execute(_erase())
        assert [text for text in _told(sanctions) if text is not None] == ["she asked for it"]


def test_command_that_comes_again_after_the_erasure_is_still_a_duplicate(sanctions: Sanctions) -> None:
    _fill(sanctions)
    again = restrict(sanction="s-1", basis={"clause": "4", "facts": _TEXT}, command_id="c-1")
    with pytest.raises(CommandIdReused):
        sanctions.execute(restrict(sanction="other", command_id="c-1"))
    sanctions.execute(_erase())
    assert sanctions.execute(again).status == "duplicate"


def test_nothing_is_left_by_which_the_text_could_be_guessed(url: str, sanctions: Sanctions) -> None:
    _fill(sanctions)
    sanctions.execute(_erase())
    digests = rows(url, "SELECT digest FROM sanctions_commands WHERE account = 'gh_1'")
    assert {bytes(digest) for (digest,) in digests} == {b""}
    assert rows(url, "SELECT count(*) FROM sanctions_narratives WHERE account = 'gh_1' AND version < 2") == [(0,)]


def test_legal_hold_keeps_the_text(sanctions: Sanctions) -> None:
    _fill(sanctions)
    sanctions.execute(command("hold", by=_REVIEWER, hold="h", reason="a lawsuit"))
    with pytest.raises(LegalHold):
        sanctions.execute(_erase())
    assert _told(sanctions)[0] == _TEXT


def _die(*_: object) -> None:
    """As if the process had ended here."""


def test_process_that_died_before_destroying_leaves_it_to_the_next_one(
    sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(sanctions)
    with monkeypatch.context() as patch:
        patch.setattr(Sanctions, "_destroy_erased", _die)
        sanctions.execute(_erase(command_id="e-1"))
    assert _told(sanctions)[0] == _TEXT
    assert sanctions.execute(_erase(command_id="e-1")).status == "duplicate"
    assert _told(sanctions)[0] is None
    assert sanctions.finish_erasures() == 0


def test_sweep_and_batch_destroy_too(sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(sanctions)
    with monkeypatch.context() as patch:
        patch.setattr(Sanctions, "_destroy_erased", _die)
        sanctions.execute(_erase())
    sanctions.sweep()
    assert _told(sanctions)[0] is None
    assert [outcome.status for outcome in sanctions.execute_many([_erase("gh_2"), _erase("nobody")])] == [
        "accepted",
        "refused",
    ]
    assert _told(sanctions, "gh_2")[0] is None


def test_erasure_inside_a_hosts_transaction_destroys_after_its_commit(url: str, keys: Keys, clock: MovingClock) -> None:
    engine = create_engine(url)
    with Sanctions.open(engine, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        with engine.connect() as connection:
            with sanctions.joining(connection) as joined:
                joined.execute(_erase())
            connection.rollback()
        assert sanctions.finish_erasures() == 0
        assert _told(sanctions) == [_TEXT]
        with engine.begin() as connection, sanctions.joining(connection) as joined:
            joined.execute(_erase())
        assert sanctions.finish_erasures() == 1
        assert _told(sanctions) == [None, "she asked for it"]
    engine.dispose()


def test_erasure_is_sealed_before_anything_is_destroyed(
    url: str, keys: Keys, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        from account_sanctions.infrastructure.evidence.erasing import Eraser

        carry_out = Eraser.carry_out

        def watched(self: Eraser, cursor: Any, account: str) -> int:
            seen.extend(sealed.size for sealed in sanctions.checkpoints())
            return carry_out(self, cursor, account)

        monkeypatch.setattr(Eraser, "carry_out", watched)
        sanctions.execute(_erase())
    assert seen == [3]
