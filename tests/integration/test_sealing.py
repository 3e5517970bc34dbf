"""Sealing on both databases: checkpoints that go on from one another, proofs that hold, and whatever was touched found."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence import sealing
from account_sanctions.infrastructure.evidence.checkpoints import Checkpoint
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.leaves import log_leaf
from account_sanctions.infrastructure.evidence.merkle import consistency_path, holds_consistency, root_of
from account_sanctions.infrastructure.evidence.notes import open_note
from account_sanctions.infrastructure.evidence.sealing import LogReader, Sealed, Sealer

from tests.integration.support import command, rows


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys")


@pytest.fixture
def sanctions(url: str) -> Iterator[Sanctions]:
    with Sanctions.open(url) as opened:
        yield opened


def _sealer(sanctions: Sanctions, keys: Keys) -> Sealer:
    identity = sanctions.store.identity
    return Sealer(sanctions.store.database, identity.store_id, keys.log, sanctions.clock)


def _note(sanctions: Sanctions, count: int) -> None:
    outcomes = sanctions.execute_many(command("note", f"gh_{n % 7}", text="seen") for n in range(count))
    assert all(outcome.accepted for outcome in outcomes)
    sanctions.store.settle_log()


def _checked(sealed: Sealed | None, keys: Keys) -> Checkpoint:
    assert sealed is not None
    open_note(sealed.note, [keys.log.verifier])
    return sealed.checkpoint


def _naive_root(url: str, size: int) -> bytes:
    found = rows(
        url,
        "SELECT l.position, e.hash FROM sanctions_log l JOIN sanctions_events e "  # noqa: S608
        f"ON l.account = e.account AND l.version = e.version WHERE l.position <= {size} ORDER BY l.position",
    )
    return root_of([log_leaf(0, position, bytes(event_hash)) for position, event_hash in found])


def test_checkpoints_go_on_from_one_another(url: str, sanctions: Sanctions, keys: Keys) -> None:
    sealer = _sealer(sanctions, keys)
    assert sealer.seal(0) is None
    found: list[Checkpoint] = []
    for count in (1, 254, 1, 1, 300, 0):
        _note(sanctions, count)
        found.append(_checked(sealer.seal(0), keys))
    assert [one.size for one in found] == [1, 255, 256, 257, 557, 557]
    assert [one.root for one in found] == [_naive_root(url, one.size) for one in found]
    assert rows(url, "SELECT level, number FROM sanctions_nodes ORDER BY number") == [(8, 0), (8, 1)]
    reader = LogReader(sanctions.store.database)
    with sanctions.store.database.reading() as cursor:
        assert [one.size for one in reader.checkpoints(cursor, 0)] == [1, 255, 256, 257, 557]
        for old, new in pairwise(found):
            path = consistency_path(reader.tiles(cursor, 0).complete, old.size, new.size)
            assert holds_consistency(old.size, old.root, new.size, new.root, path)


def test_log_that_was_never_sealed_is_sealed_in_steps(
    url: str, sanctions: Sanctions, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_MOST", 300)
    monkeypatch.setattr(sealing, "_PIECE", 70)
    _note(sanctions, 700)
    told: list[int] = []
    last = _checked(_sealer(sanctions, keys).seal(0, told.append), keys)
    assert told == [300, 300, 100]
    assert (last.size, last.root) == (700, _naive_root(url, 700))


def test_sealers_at_once_make_one_row_of_checkpoints(url: str, sanctions: Sanctions, keys: Keys) -> None:
    _note(sanctions, 100)

    def seal(number: int) -> None:
        sanctions.execute(command("note", f"gh_{number}", text="seen"))
        sanctions.store.settle_log()
        _sealer(sanctions, keys).seal(0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(seal, range(12)))
    last = _checked(_sealer(sanctions, keys).seal(0), keys)
    assert (last.size, last.root) == (112, _naive_root(url, 112))


@pytest.mark.parametrize("table", ["sanctions_nodes", "sanctions_checkpoints"])
def test_what_was_sealed_cannot_be_changed_by_accident(url: str, sanctions: Sanctions, keys: Keys, table: str) -> None:
    _note(sanctions, 256)
    _sealer(sanctions, keys).seal(0)
    for attack in (f"DELETE FROM {table}", f"UPDATE {table} SET partition = partition"):  # noqa: S608
        with pytest.raises(Exception, match="may only be added to"):
            rows(url, attack)
