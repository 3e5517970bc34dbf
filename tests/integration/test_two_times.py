"""As known by a place in the log, or by a checkpoint: what stood in the log up to there, whatever its time of recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.checkpoint_files import read_checkpoints
from account_sanctions.application.horizon import (
    CheckpointContradicted,
    CheckpointElsewhere,
    LogPosition,
    PartitionUnsaid,
    PositionAhead,
)
from account_sanctions.domain.errors import Malformed
from account_sanctions.infrastructure.evidence.checkpoints import Checkpoint
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.sealing import Sealed, Sealer
from msgspec import UNSET
from msgspec.structs import replace

from tests.integration.support import HOLDER, REVIEWER, T0, MovingClock, cli, command, restrict


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        yield opened


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys")


def _seal(sanctions: Sanctions, keys: Keys) -> Sealed:
    sanctions.store.settle_log()
    sealer = Sealer(sanctions.store.database, sanctions.store.identity.store_id, keys.log, sanctions.clock)
    sealed = sealer.seal(0)
    assert sealed is not None
    return sealed


def _overturned(sanctions: Sanctions, clock: MovingClock) -> None:
    """1: restricted; 2: another account's note; 3: overturned, a day later."""
    sanctions.execute(restrict(sanction="s-1"))
    sanctions.store.settle_log()
    sanctions.execute(command("note", "gh_2", text="seen"))
    clock.move(days=1)
    sanctions.execute(command("overturn", sanction="s-1", reason="the wrong account", by=REVIEWER))
    sanctions.store.settle_log()


def test_state_history_and_explanation_stop_where_the_log_stood(sanctions: Sanctions, clock: MovingClock) -> None:
    _overturned(sanctions, clock)
    for position, standing, version in ((1, "restricted", 1), (2, "restricted", 1), (3, "clear", 2)):
        known = LogPosition(0, position)
        found = sanctions.state("gh_1", T0, known)
        assert (found.standing, found.version, found.known_position) == (standing, version, f"0:{position}")
        assert len(sanctions.history("gh_1", known_at=known).events) == version
        explained = sanctions.explain_account("gh_1", "mass_send", valid_at=T0, known_at=known)
        assert (explained.allowed, explained.known_position) == (standing == "clear", f"0:{position}")
    assert sanctions.state("gh_1", known_at=LogPosition(0, 2)).known_at == T0
    assert sanctions.state("gh_1").known_position is UNSET
    assert [one.version for one in sanctions.history("gh_1", valid_at=T0).events] == [1]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_what_commits_late_is_known_from_its_place_in_the_log_on(sanctions: Sanctions, clock: MovingClock) -> None:
    with sanctions.store.database.engine.begin() as host, sanctions.joining(host) as joined:
        joined.execute(restrict("late", sanction="s-1"))
        # Recorded later, committed earlier: it stands in the log before the other one.
        clock.move(hours=1)
        sanctions.execute(restrict("early", sanction="s-2"))
        sanctions.store.settle_log()
    sanctions.store.settle_log()
    recorded = [sanctions.history(name).events[0].recorded_at for name in ("late", "early")]
    assert recorded == sorted(recorded)
    first, second = LogPosition(0, 1), LogPosition(0, 2)
    assert [sanctions.state(name, known_at=first).standing for name in ("late", "early")] == ["clear", "restricted"]
    assert [sanctions.state(name, known_at=second).standing for name in ("late", "early")] == ["restricted"] * 2
    # By time of recording it was known all along.
    assert sanctions.state("late", known_at=T0).standing == "restricted"
    assert sanctions.state("early", known_at=T0).standing == "clear"
    explained = sanctions.explain_account("late", known_at=second)
    assert [one.proof.position for one in explained.events if one.proof is not None] == [2]


def test_cause_on_another_account_is_known_up_to_the_same_place(sanctions: Sanctions, clock: MovingClock) -> None:
    sanctions.execute(restrict("gh_1", sanction="s-1", for_="P90D"))
    linked = {"because_of_account": "gh_1", "because_of_sanction": "s-1"}
    sanctions.execute(restrict("gh_2", sanction="s-2", for_="P90D", **linked))
    sanctions.store.settle_log()
    clock.move(days=1)
    sanctions.execute(command("lift", "gh_1", sanction="s-1", reason="settled"))
    sanctions.store.settle_log()
    clock.move(days=1)
    assert sanctions.state("gh_2").standing == "clear"
    assert sanctions.state("gh_2", known_at=LogPosition(0, 2)).standing == "restricted"


@pytest.mark.parametrize("sealed_first", [False, True])
def test_place_is_found_in_what_is_sealed_and_behind_it(
    sanctions: Sanctions, keys: Keys, *, sealed_first: bool
) -> None:
    sanctions.execute(restrict(sanction="s-1"))
    size = _seal(sanctions, keys).size if sealed_first else None
    sanctions.execute(command("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="unfair"))
    sanctions.store.settle_log()
    found = sanctions.places("gh_1")
    assert {version: (one.position, one.checkpoint) for version, one in found.items()} == {1: (1, size), 2: (2, None)}
    assert [sanctions.state("gh_1", known_at=LogPosition(0, n)).version for n in (1, 2)] == [1, 2]
    covering = _seal(sanctions, keys).size
    assert [one.checkpoint for one in sanctions.places("gh_1").values()] == [size or covering, covering]


def test_checkpoint_says_what_was_known_when_it_was_signed(
    sanctions: Sanctions, clock: MovingClock, keys: Keys
) -> None:
    sanctions.execute(restrict(sanction="s-1"))
    sealed = _seal(sanctions, keys)
    clock.move(days=1)
    sanctions.execute(command("overturn", sanction="s-1", reason="the wrong account", by=REVIEWER))
    assert sanctions.state("gh_1", T0).standing == "clear"
    assert sanctions.state("gh_1", T0, sealed.checkpoint).standing == "restricted"
    with pytest.raises(CheckpointContradicted):
        sanctions.state("gh_1", T0, replace(sealed.checkpoint, root=bytes(32)))
    with pytest.raises(CheckpointElsewhere):
        sanctions.state("gh_1", T0, replace(sealed.checkpoint, origin="account-sanctions/other/0"))
    with pytest.raises(PositionAhead):
        sanctions.state("gh_1", T0, replace(sealed.checkpoint, size=1_000))
    with pytest.raises(CheckpointElsewhere):
        sanctions.state("gh_1", T0, Checkpoint("example.com/log", 1, bytes(32)))


def test_places_that_the_log_does_not_have_are_refused(sanctions: Sanctions) -> None:
    sanctions.execute(restrict())
    sanctions.store.settle_log()
    for place in (LogPosition(0, 2), LogPosition(1, 1)):
        with pytest.raises(PositionAhead):
            sanctions.state("gh_1", known_at=place)
    for malformed in (LogPosition(0, 0), LogPosition(-1, 1), [], [LogPosition(0, 1)] * 2):
        with pytest.raises(Malformed):
            sanctions.state("gh_1", known_at=malformed)


def test_several_partitions_are_named_one_by_one(url: str) -> None:
    with Sanctions.open(url, partitions=4) as sanctions:
        names = [f"gh_{n}" for n in range(20)]
        sanctions.execute_many(restrict(name) for name in names)
        sanctions.store.settle_log()
        ends = {one.partition: one.position for name in names for one in sanctions.places(name).values()}
        assert len(ends) > 1
        for name in names:
            ((_, place),) = sanctions.places(name).items()
            here = LogPosition(place.partition, place.position)
            assert sanctions.state(name, known_at=here).standing == "restricted"
            elsewhere = LogPosition(next(one for one in ends if one != place.partition), 1)
            with pytest.raises(PartitionUnsaid):
                sanctions.state(name, known_at=elsewhere)
            assert sanctions.state(name, known_at=[here, elsewhere]).standing == "restricted"
    answer = cli(url, "state", "gh_1", "--known-at", "1")
    assert (answer.status, "PARTITION:1" in answer.err) == (2, True)


def test_command_line_takes_positions_and_checkpoint_files(
    url: str, sanctions: Sanctions, clock: MovingClock, keys: Keys, tmp_path: Path
) -> None:
    sanctions.execute(restrict(sanction="s-1"))
    sealed = _seal(sanctions, keys)
    clock.move(days=1)
    sanctions.execute(command("overturn", sanction="s-1", reason="the wrong account", by=REVIEWER))
    sanctions.store.settle_log()
    anchor, at = tmp_path / "anchor.txt", T0.isoformat()
    anchor.write_text(sealed.note, encoding="utf-8")
    trust = str(tmp_path / "keys" / "trust.json")
    assert [one.size for one in read_checkpoints(sealed.note + "\n" + sealed.note)] == [1, 1]
    for known in ("1", "0:1", str(anchor)):
        found = cli(url, "state", "gh_1", "--at", at, "--known-at", known, "--json")
        assert (found.document["standing"], found.document["known_position"]) == ("restricted", "0:1")
        assert ("was not checked" in found.err) == (known == str(anchor))
        assert len(cli(url, "history", "gh_1", "--known-at", known, "--json").document["events"]) == 1
        explained = cli(url, "explain", "gh_1", "mass_send", "--at", at, "--known-at", known, "--json").document
        assert (explained["allowed"], explained["events"][0]["proof"]["checkpoint"]) == (False, 1)
    checked = cli(url, "state", "gh_1", "--at", at, "--known-at", str(anchor), "--trust", trust)
    assert (checked.status, checked.err) == (0, "")
    assert "as known at position 0:1 of the log" in checked.out

    other = make_keys(tmp_path / "other")
    anchor.write_text(other.log.sign(sealed.checkpoint.text), encoding="utf-8")
    cli(url, "state", "gh_1", "--known-at", str(anchor), "--trust", trust).failed(2, "bad_note")
    anchor.write_bytes(b"\xff\x00 no note")
    cli(url, "state", "gh_1", "--known-at", str(anchor)).failed(2, "unreadable_file")
    cli(url, "state", "gh_1", "--known-at", "0:99").failed(2, "position_ahead")
    for nothing in ("yesterday", "2026-01-01", "1:2:3", "-1"):
        answer = cli(url, "state", "gh_1", f"--known-at={nothing}")
        assert (answer.status, "neither a time" in answer.err) == (2, True)
