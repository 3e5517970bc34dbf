"""What the library folds and what one SQL query over the events finds in force are the same, whenever and as known whenever."""

from __future__ import annotations

from contextlib import closing

from account_sanctions.domain.queries import state_at
from hypothesis import given
from hypothesis import strategies as st

from .asking_sql import CLEAR, answer_of, ask, stored
from .running import FOREVER, last_tick, play
from .strategies import ACCOUNT, Json, effort, histories, instant


@effort(3)
@given(commands=histories(max_size=14), data=st.data())
def test_the_query_and_the_fold_agree_at_every_time(commands: list[Json], data: st.DataObject) -> None:
    run = play(commands)
    last = last_tick(commands)
    known = instant(data.draw(st.integers(0, last)) if data.draw(st.booleans()) else last)
    with closing(stored(run.records)) as table:
        for tick in range(last + FOREVER):
            at = instant(tick)
            state, _ = state_at(run.records, valid_at=at, known_at=known)
            assert ask(table, at, known, ACCOUNT).get(ACCOUNT, CLEAR) == answer_of(state, at), (tick, known)


@effort(1)
@given(commands=histories(max_size=10), data=st.data())
def test_the_query_does_not_depend_on_sweeps(commands: list[Json], data: st.DataObject) -> None:
    run = play(commands)
    last = last_tick(commands)
    at = instant(last + data.draw(st.integers(0, FOREVER)))
    with closing(stored(run.records)) as table:
        before = ask(table, at, at, ACCOUNT)
    run.sweep(last + data.draw(st.integers(0, FOREVER)))
    with closing(stored(run.records)) as table:
        assert ask(table, at, instant(last + 2 * FOREVER), ACCOUNT) == before
