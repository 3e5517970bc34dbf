"""Replay at an instant: what is folded as it is read is what the domain says of the whole history, at any two times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from account_sanctions.application.replaying.canonical import state_bytes
from account_sanctions.application.replaying.folding import AccountFold, Row, read_only_mapper
from account_sanctions.application.replaying.results import Instant
from account_sanctions.application.replaying.states import States
from account_sanctions.application.replaying.tally import Tally
from account_sanctions.domain.due import advance
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.queries import recorded_at, state_at
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING
from hypothesis import assume, given
from hypothesis import strategies as st

from .running import FOREVER, last_tick, play
from .strategies import ACCOUNT, Json, effort, histories, instant

_MAPPER = read_only_mapper()
_TICKS = st.integers(-1, 30)


def stored(records: Iterable[Recorded]) -> list[Row]:
    found = [_MAPPER.to_stored_event(record) for record in records]
    return [(one.originator_version, one.topic, one.state) for one in found]


def counted(histories: Mapping[str, Sequence[Row]], at: Instant) -> Tally:
    states = States(at, lambda name: histories[name])
    for name, rows in histories.items():
        assert states.add(name, lambda rows=rows: iter(rows)) is not None  # type: ignore[misc]
    return states.counting.finish()


@effort(3)
@given(histories(max_size=12), _TICKS, st.none() | _TICKS)
def test_account_folded_as_it_is_read_is_the_account_at_that_time(
    commands: list[Json], at: int, known: int | None
) -> None:
    records = play(commands).records
    rows = stored(records)
    when = Instant(instant(at), None if known is None else instant(known))
    found = AccountFold(_MAPPER, when).fold(ACCOUNT, lambda: iter(rows))
    known_at = when.known_at or max([record.recorded_at for record in records], default=instant(0))
    expected, version = recorded_at(records, valid_at=when.valid_at, known_at=known_at)
    assert found.state == expected
    assert sum(found.topics.values()) == version
    assert found.recorded == fold(NOTHING, [record.event for record in records])
    state, _ = state_at(records, valid_at=when.valid_at, known_at=known_at)
    assert state_bytes(ACCOUNT, advance(found.state, when.valid_at)) == state_bytes(ACCOUNT, state)


@effort(2)
@given(histories(max_size=10), st.integers(0, FOREVER), st.integers(0, FOREVER))
def test_sweeping_changes_no_digest(commands: list[Json], swept: int, later: int) -> None:
    """What fell due is in the state whether or not anybody recorded it; only the counts of events differ."""
    run, bare = play(commands), play(commands)
    run.sweep(last_tick(commands) + swept)
    at = Instant(instant(last_tick(commands) + swept + later))
    one, other = (counted({ACCOUNT: stored(each.records)} if each.records else {}, at) for each in (run, bare))
    assert one.lanes == other.lanes
    assert (one.standings, one.kinds, one.restrictions) == (other.standings, other.kinds, other.restrictions)


@effort(2)
@given(st.lists(histories(max_size=6), min_size=1, max_size=5), _TICKS, st.data())
def test_neither_order_nor_parts_change_what_is_counted(drawn: list[list[Json]], at: int, data: st.DataObject) -> None:
    accounts = {f"gh_{number}": stored(play(commands).records) for number, commands in enumerate(drawn)}
    when = Instant(instant(at))
    whole = counted(accounts, when)
    order = data.draw(st.permutations(sorted(accounts)))
    cut = data.draw(st.integers(0, len(order)))
    total = Tally()
    for names in (order[cut:], order[:cut]):
        total.merge(counted({name: accounts[name] for name in names}, when))
    assert total.lanes == whole.lanes
    assert (total.accounts, total.events) == (whole.accounts, whole.events)
    for name in ("topics", "standings", "kinds", "restrictions"):
        assert Counter(getattr(total, name)) == Counter(getattr(whole, name))


@effort(1)
@given(histories(max_size=10), _TICKS)
def test_one_more_word_in_one_state_is_another_digest(commands: list[Json], at: int) -> None:
    records = play(commands).records
    assume(records)
    rows, when = stored(records), Instant(instant(at))
    assert counted({ACCOUNT: rows}, when).lanes != counted({f"{ACCOUNT}x": rows}, when).lanes
