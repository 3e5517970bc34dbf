"""Erasure and encryption on both databases: text that is read with its key alone, gone when erased, and evidence that holds."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.documents import as_json
from account_sanctions.application.following import Batch
from account_sanctions.application.reporting import account_report
from account_sanctions.application.reports.report_page import report_page
from account_sanctions.domain.errors import CommandIdReused, LegalHold
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.state import NOTHING
from account_sanctions.infrastructure.errors import StoreNotPermitted
from account_sanctions.infrastructure.evidence.erasing import Eraser
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.store import Store
from sqlalchemy import create_engine, event

from tests.integration.support import MovingClock, assert_sound, command, restrict, rows, tables

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


def _kept(url: str, account: str = "gh_1") -> list[int]:
    """The versions whose text is still there, told or not."""
    found = rows(url, f"SELECT version FROM sanctions_narratives WHERE account = '{account}' ORDER BY version")  # noqa: S608
    return [version for (version,) in found]


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


def test_command_behind_the_erasure_is_compared_still_when_the_erasure_comes_again(sanctions: Sanctions) -> None:
    _fill(sanctions)
    erasure = _erase(command_id="e-1")
    sanctions.execute(erasure)
    sanctions.execute(command("note", "gh_1", text="later", command_id="c-9"))
    assert sanctions.execute(erasure).status == "duplicate"
    with pytest.raises(CommandIdReused):
        sanctions.execute(command("note", "gh_1", text="something else", command_id="c-9"))


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
    url: str, sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(sanctions)
    with monkeypatch.context() as patch:
        patch.setattr(Sanctions, "_destroy_erased", _die)
        sanctions.execute(_erase(command_id="e-1"))
    assert _kept(url) == [1, 2]
    assert sanctions.execute(_erase(command_id="e-1")).status == "duplicate"
    assert _kept(url) == [2]
    assert sanctions.finish_erasures() == 0


def test_sweep_and_batch_destroy_too(url: str, sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(sanctions)
    with monkeypatch.context() as patch:
        patch.setattr(Sanctions, "_destroy_erased", _die)
        sanctions.execute(_erase())
    sanctions.sweep()
    assert _kept(url) == [2]
    assert [outcome.status for outcome in sanctions.execute_many([_erase("gh_2"), _erase("nobody")])] == [
        "accepted",
        "refused",
    ]
    assert _kept(url, "gh_2") == [2]


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


def test_text_whose_erasure_is_recorded_is_told_nobody_before_it_is_destroyed(
    url: str, sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(sanctions)
    with monkeypatch.context() as patched:
        patched.setattr(Eraser, "carry_out", lambda *_arguments: 0)
        sanctions.execute(_erase())
    sanctions.execute(restrict(sanction="s-9", basis={"clause": "4", "facts": "written later"}))
    assert _kept(url) == [1, 2, 3]
    expected = [(None, "erased"), ("she asked for it", None), ("written later", None)]
    told = sanctions.history("gh_1").events
    assert [(e.fields.get("facts") or e.fields.get("reason"), e.fields.get("untold")) for e in told] == expected
    # Who asks what was known before the erasure is not told it either.
    assert sanctions.history("gh_1", known_at=told[0].recorded_at).events[0].fields["untold"] == "erased"
    explained = (sanctions.explain("gh_1", "s-1"), sanctions.explain_account("gh_1", "mass_send"))
    page = report_page(account_report(sanctions, "gh_1"))
    assert "written later" in page
    for shown in (*(as_json(one).decode() for one in explained), page):
        assert _TEXT not in shown
    assert ("written later", None) in _followed(sanctions, "texts")
    assert (_TEXT, None) not in _followed(sanctions, "texts again")
    assert _kept(url) == [1, 2, 3]
    assert sanctions.finish_erasures() == 1


def test_store_that_fails_while_destroying_does_not_take_back_the_command(
    url: str, sanctions: Sanctions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> int:
        raise StoreNotPermitted("the role may not delete")

    _fill(sanctions)
    with monkeypatch.context() as patch:
        patch.setattr(Eraser, "carry_out", fail)
        assert sanctions.execute(_erase()).accepted
        assert [outcome.status for outcome in sanctions.execute_many([_erase("gh_2")])] == ["accepted"]
    assert [record.code for record in caplog.records if record.message.startswith("background_failed")] == [  # type: ignore[attr-defined]
        "store_not_permitted"
    ] * 2
    assert _kept(url) == [1, 2]
    sanctions.sweep()
    assert (_kept(url), _kept(url, "gh_2")) == ([2], [2])


def test_erasure_is_sealed_before_anything_is_destroyed(
    url: str, keys: Keys, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        carry_out = Eraser.carry_out

        def watched(self: Eraser, cursor: Any, account: str) -> int:
            seen.extend(sealed.size for sealed in sanctions.checkpoints())
            return carry_out(self, cursor, account)

        monkeypatch.setattr(Eraser, "carry_out", watched)
        sanctions.execute(_erase())
    assert seen == [3]


def _raw(url: str) -> bytes:
    """Every byte of the database's files."""
    file = Path(url.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


@pytest.mark.parametrize("of", ["the store", "a host"])
def test_erased_text_is_gone_from_the_files_too(file_url: str, clock: MovingClock, of: str) -> None:
    engine = create_engine(file_url)

    @event.listens_for(engine, "connect")
    def as_most_are_built(connection: Any, _: object) -> None:
        connection.execute("PRAGMA secure_delete = OFF").close()

    with Sanctions.open(file_url if of == "the store" else engine, clock=clock) as sanctions:
        _fill(sanctions)
        assert _TEXT.encode() in _raw(file_url)
        sanctions.execute(_erase())
        assert _TEXT.encode() not in _raw(file_url), "neither in free pages nor in the file beside"
        assert b"another account" in _raw(file_url)
    engine.dispose()


def test_key_that_was_destroyed_is_not_remembered(url: str, keys: Keys, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        assert _told(sanctions) == [_TEXT]
        assert sanctions.store.securing is not None
        known = sanctions.store.securing.account_keys._known
        assert ("gh_1", 0) in known
        sanctions.execute(_erase())
        assert ("gh_1", 0) not in known


def test_follower_is_told_the_text_or_why_not(url: str, keys: Keys, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        assert _followed(sanctions, "with-keys") == [(_TEXT, None), ("another account", None)]
        with Sanctions.open(url, clock=clock) as without:
            assert _followed(without, "without-keys") == [(None, "encrypted"), (None, "encrypted")]
        sanctions.execute(_erase("gh_2"))
        assert _followed(sanctions, "afterwards") == [(_TEXT, None), (None, "erased"), ("she asked for it", None)]


def _followed(sanctions: Sanctions, name: str) -> list[tuple[str | None, str | None]]:
    found: list[tuple[str | None, str | None]] = []

    def take(batch: Batch) -> None:
        assert all(logged.untold is None for logged in batch), "headers alone promise no text"
        for logged in batch.narrated():
            text = logged.event.narrative
            found.append((None if text is None else text.facts or text.reason, logged.untold))

    sanctions.store.settle_log()
    sanctions.follow_elsewhere(name, take).catch_up()
    return found


def test_no_text_is_anywhere_but_in_its_place(
    url: str, clock: MovingClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "first_snapshot", 2)
    caplog.set_level(logging.DEBUG, "account_sanctions")
    with Sanctions.open(url, clock=clock) as sanctions:
        by = {"by": {"kind": "holder", "id": "h"}}
        basis = {"clause": "4", "facts": _TEXT, "evidence": [_TEXT]}
        for given in (
            command("record_violation", violation="v", clause="4", facts=_TEXT, evidence=[_TEXT]),
            restrict(sanction="s-1", basis=basis),
            {**command("appeal", appeal="a-1", sanction="s-1", statement=_TEXT), **by},
            command("decide_appeal", by=_REVIEWER, appeal="a-1", outcome="denied", reason=_TEXT),
            command("lift", sanction="s-1", reason=_TEXT),
            command("note", text=_TEXT),
            command("hold", by=_REVIEWER, hold="h-1", reason=_TEXT),
        ):
            assert sanctions.execute({**given, "command_id": str(len(given)) + given["command"]}).accepted
        with pytest.raises(LegalHold):
            sanctions.execute(_erase())
        sanctions.follow_elsewhere("mails", lambda _: None).catch_up()
    found = {name: repr(content) for name, content in tables(url).items()}
    words = _TEXT.rpartition(" ")[2]
    holding = {name for name, content in found.items() if words in content or words.encode().hex() in content}
    assert rows(url, "SELECT count(*) FROM sanctions_snapshots") == [(1,)]
    assert holding == {"sanctions_narratives"}
    assert caplog.records
    assert words not in caplog.text


def test_replay_with_and_without_narratives_agrees(url: str, keys: Keys, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock, keys=keys) as sanctions:
        _fill(sanctions)
        sanctions.execute(_erase("gh_2"))
        with sanctions.store.database.reading() as cursor:
            for account in ("gh_1", "gh_2"):
                told = [record.event for record in sanctions.store.history(cursor, account)]
                headers = [record.event for record in sanctions.store.headers(cursor, account)]
                assert fold(NOTHING, told) == fold(NOTHING, headers) == sanctions.store.load(cursor, account).state
