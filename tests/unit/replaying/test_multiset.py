"""A digest of things in no order: against the construction written down plainly, lane by lane."""

from __future__ import annotations

from hashlib import sha256, shake_128
from itertools import permutations

import pytest
from account_sanctions.application.replaying import multiset
from account_sanctions.application.replaying.multiset import MultisetHash

_FOR = b"account-sanctions/states/1\0"


def plainly(things: list[bytes]) -> bytes:
    lanes = [0] * 1024
    for thing in things:
        spread = shake_128(_FOR + sha256(thing).digest()).digest(2048)
        for place in range(1024):
            lanes[place] = (lanes[place] + int.from_bytes(spread[2 * place : 2 * place + 2], "little")) % 65_536
    return b"".join(lane.to_bytes(2, "little") for lane in lanes)


def added(things: list[bytes]) -> MultisetHash:
    found = MultisetHash()
    for thing in things:
        found.add(thing)
    return found


@pytest.mark.parametrize("count", [0, 1, 2, 3, 200])
def test_lanes_are_added_up_each_by_itself(count: int) -> None:
    things = [str(number).encode() for number in range(count)]
    assert added(things).lanes == plainly(things)
    assert added(things).hexdigest() == sha256(_FOR + plainly(things)).hexdigest()


def test_lanes_do_not_run_over_however_much_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiset, "_MANY", 3)
    things = [b"same"] * 50
    assert added(things).lanes == plainly(things)


def test_lanes_have_room_for_as_much_as_is_added_between_two_reductions() -> None:
    found, most = MultisetHash(), b"\xff" * 2048
    for _ in range(70_000):
        found.merge(most)
    # 70,000 times 65,535, modulo 65,536.
    assert found.lanes == (-70_000 % 65_536).to_bytes(2, "little") * 1024


def test_neither_order_nor_parts_matter() -> None:
    things = [b"a", b"b", b"c", b"a"]
    whole = added(things).hexdigest()
    for order in permutations(things):
        assert added(list(order)).hexdigest() == whole
        total = MultisetHash()
        for part in (order[:1], order[1:]):
            total.merge(added(list(part)).lanes)
        assert total.hexdigest() == whole
        assert MultisetHash(total.lanes).hexdigest() == whole


def test_what_is_there_and_how_often_matters() -> None:
    digests = {added(things).hexdigest() for things in ([], [b"a"], [b"a", b"a"], [b"b"], [b"a", b"b"], [b"ab"])}
    assert len(digests) == 6
