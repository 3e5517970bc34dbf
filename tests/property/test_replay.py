"""Replaying and storing: the same state however the events are cut, stripped or written to bytes and back."""

from __future__ import annotations

from dataclasses import replace as replaced
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

import msgspec
from account_sanctions.domain.due import advance
from account_sanctions.domain.events import Event, Narrative
from account_sanctions.domain.evolve import evolve, fold
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.infrastructure.mapper import SanctionMapper
from account_sanctions.projections.intervals import changed_intervals, intervals
from eventsourcing.compressor import ZlibCompressor
from eventsourcing.persistence import JSONTranscoder
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from .running import FOREVER, Run, in_force, last_tick, play, snapshot
from .strategies import ACCOUNT, Json, effort, histories, instant

LATE: Final = instant(1000)
PLAIN: Final = SanctionMapper(JSONTranscoder())
PACKED: Final = SanctionMapper(JSONTranscoder(), compressor=ZlibCompressor())

_PROSE: Final = st.text(st.characters(codec="utf-8"), max_size=40)
_MAYBE: Final = st.none() | _PROSE
_NARRATIVES: Final = st.builds(
    Narrative,
    reason=_MAYBE,
    facts=_MAYBE,
    evidence=st.lists(_PROSE, max_size=3).map(tuple),
    requirements=_MAYBE,
    statement=_MAYBE,
    text=_MAYBE,
)
_INSTANTS: Final = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


def swept(commands: list[Json]) -> Run:
    """A history in which also the distant future is on record."""
    run = play(commands)
    run.sweep(last_tick(commands) + FOREVER)
    return run


@effort(2)
@given(histories(min_size=2), st.data())
def test_replay_in_pieces_equals_replay_of_the_whole(commands: list[Json], data: st.DataObject) -> None:
    run = swept(commands)
    events = run.events
    state, rest = NOTHING, list(events)
    while rest:
        size = data.draw(st.integers(1, len(rest)), label="piece")
        state, rest = fold(state, rest[:size]), rest[size:]
    assert state == run.state == fold(NOTHING, events)


@effort(2)
@given(histories(min_size=2))
def test_fold_equals_repeated_evolve_and_leaves_its_origin_alone(commands: list[Json]) -> None:
    run = swept(commands)
    states: list[State] = [NOTHING]
    for event in run.events:
        states.append(evolve(states[-1], event))
    for number, state in enumerate(states):
        assert state == fold(NOTHING, run.events[:number])
        assert fold(state, run.events[number:]) == run.state
    assert NOTHING.version == 0
    assert not [*NOTHING.live, *NOTHING.ended, *NOTHING.open_proposals, *NOTHING.violations, *NOTHING.appeals]


@effort(2)
@given(histories(min_size=2), st.data())
def test_state_depends_on_no_narrative(commands: list[Json], data: st.DataObject) -> None:
    run = swept(commands)
    stripped = [replace(event, narrative=None) for event in run.events]
    other = [replace(event, narrative=data.draw(_NARRATIVES)) for event in run.events[:5]] + stripped[5:]
    assert fold(NOTHING, stripped) == fold(NOTHING, other) == run.state


@effort(3)
@given(histories(min_size=2), st.booleans(), st.data())
def test_every_event_comes_back_from_its_bytes(commands: list[Json], packed: bool, data: st.DataObject) -> None:
    mapper = PACKED if packed else PLAIN
    for record in swept(commands).records:
        told = data.draw(st.none() | _NARRATIVES, label="narrative") if record.version <= 3 else record.event.narrative
        given = replace(record, event=replace(record.event, narrative=told))
        stored = mapper.to_stored_event(given)
        assert mapper.to_domain_event(stored) == given
        assert type(mapper.to_domain_event(stored).event) is type(given.event)
        again = mapper.to_stored_event(mapper.to_domain_event(stored))
        assert again.narrative == stored.narrative
        if told is None:
            assert again.state == stored.state
            assert again.salt is None
        else:
            assert again.salt != stored.salt
            assert again.state != stored.state
            erased = replaced(stored, narrative=None, salt=None)
            assert mapper.to_domain_event(erased) == replace(
                given, event=replace(given.event, narrative=None), untold="erased"
            )


@effort(2)
@given(histories(min_size=2))
def test_stored_bytes_are_canonical_json_without_free_text(commands: list[Json]) -> None:
    for record in swept(commands).records:
        state = PLAIN.to_stored_event(record).state
        assert state == msgspec.json.encode(msgspec.json.decode(state)), "no white space, shortest escapes"
        assert PLAIN.to_stored_event(replace(record, event=bare(record.event))).state == headless(state)
        text = state.decode()
        assert not any(word in text for word in ("screenshot", "photo", "unfair", "heard", "link farm", "staff"))


def bare(event: Event) -> Event:
    return replace(event, narrative=None)


def headless(state: bytes) -> bytes:
    """The bytes of an event without the promise of its narrative."""
    head, found, rest = state.partition(b'"narrative":"')
    return state if not found else head + rest.partition(b'",')[2]


@effort(1)
@given(histories(max_size=3), _INSTANTS)
def test_recorded_at_and_command_id_come_back_to_the_microsecond(commands: list[Json], at: datetime) -> None:
    for record in play(commands).records:
        given = Recorded(ACCOUNT, record.version, at, record.event, "c/ü")
        assert PLAIN.to_domain_event(PLAIN.to_stored_event(given)) == given


@effort(2)
@given(histories(min_size=3))
def test_intervals_equal_the_fold_at_every_prefix_and_instant(commands: list[Json]) -> None:
    run = play(commands)
    instants = [instant(tick) for tick in range(last_tick(commands) + FOREVER)]
    for step_end in sorted({0, *prefix_ends(run)}):
        records = run.records[:step_end]
        state = fold(NOTHING, [record.event for record in records])
        rows = intervals(state)
        for at in instants:
            covered = {(r.sanction, r.function) for r in rows if r.starts <= at and (r.ends is None or at < r.ends)}
            assert covered == snapshot(records, at, LATE)[1], f"at {at} after {step_end} events"


def prefix_ends(run: Run) -> list[int]:
    """How many events there were after each accepted command."""
    return [step.decision.state.version for step in run.accepted if step.decision is not None]


@effort(2)
@given(histories(min_size=3))
def test_intervals_of_one_sanction_and_function_neither_overlap_nor_touch(commands: list[Json]) -> None:
    by_key: dict[tuple[str, str], list[tuple[datetime, datetime | None]]] = {}
    for row in intervals(play(commands).state):
        assert row.ends is None or row.starts < row.ends
        by_key.setdefault((row.sanction, row.function), []).append((row.starts, row.ends))
    for spans in by_key.values():
        spans.sort(key=lambda span: span[0])
        for (_, ends), (starts, _) in pairwise(spans):
            assert ends is not None
            assert ends < starts


@effort(3)
@given(histories(min_size=3))
def test_moving_intervals_step_by_step_equals_intervals_of_the_whole(commands: list[Json]) -> None:
    run = play(commands)
    rows = intervals(NOTHING)
    for step in run.accepted:
        decision = step.decision
        assert decision is not None
        touched = {getattr(event, "sanction", "-") for event in (*decision.due, *decision.events)}
        gone, come = changed_intervals(step.before, decision.state, touched)
        assert gone <= rows
        assert not come & rows
        rows = rows - gone | come
        assert rows == intervals(decision.state)


@effort(1)
@given(histories(min_size=2), st.integers(0, FOREVER))
def test_reading_the_future_equals_recording_it(commands: list[Json], days: int) -> None:
    run = play(commands)
    at = instant(last_tick(commands) + days)
    ahead = advance(run.state, at)
    run.sweep(last_tick(commands) + days)
    assert ahead == run.state
    assert in_force(ahead, at) == snapshot(run.records, at, LATE)[1]
