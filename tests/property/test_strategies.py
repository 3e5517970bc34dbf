"""The drawn histories are worth something only if they get somewhere: nearly all events and refusals, many acceptances."""

from __future__ import annotations

from collections import Counter

from account_sanctions.domain.events import EVENT_TYPES
from hypothesis import Phase, given, settings

from .running import FOREVER, last_tick, play
from .strategies import Json, histories

REFUSALS = {
    *("not_permitted", "second_person_required", "same_person", "unknown_sanction", "unknown_function", "wrong_kind"),
    *("unknown_appeal", "unknown_proposal", "invalid_period", "already_ended", "not_in_force", "deadline_passed"),
    *("terminal", "exempt", "appeal_window_closed", "appeal_limit", "not_appealable", "already_decided", "id_in_use"),
}


def test_drawn_histories_reach_nearly_every_event_and_refusal_and_are_often_accepted() -> None:
    seen: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()

    @settings(max_examples=300, derandomize=True, database=None, phases=[Phase.generate])
    @given(histories(min_size=10, max_size=14))
    def draw(commands: list[Json]) -> None:
        run = play(commands)
        run.sweep(last_tick(commands) + FOREVER)
        seen.update(type(event).__name__ for event in run.events)
        verdicts.update(step.code or "accepted" for step in run.steps)

    draw()
    # Not every rare meeting happens in a few hundred histories; the default run of the whole folder draws thousands.
    assert len(set(EVENT_TYPES) - set(seen)) <= 4, sorted(set(EVENT_TYPES) - set(seen))
    assert len(REFUSALS - set(verdicts)) <= 6, sorted(REFUSALS - set(verdicts))
    assert verdicts["accepted"] > 0.4 * verdicts.total(), verdicts
