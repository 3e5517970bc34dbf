"""The rules that every check asks: of every step, of every state with what can follow, and of the whole space."""

from __future__ import annotations

from typing import Final

from .rules import (
    a_permanent_ban_is_left_only_by_a_decision,
    events_do_what_they_say,
    every_ban_has_a_decision,
    nothing_in_force_without_a_basis,
    nothing_outlives_its_end,
    standing_is_the_highest_in_force,
)
from .rules_apart import ending_one_changes_no_other, only_what_is_due_happens, sweeping_changes_no_answer
from .rules_appeals import appeals_are_heard_as_laid_down
from .rules_asked import what_changes_was_asked_for, what_follows_was_announced, what_is_imposed_was_asked_for
from .rules_done import every_command_does_what_it_is_for
from .rules_kept import history_is_kept, what_is_recorded_is_what_was_said
from .rules_parts import everybody_keeps_to_his_part
from .rules_people import (
    appeals_are_decided_by_another_person,
    nobody_decides_alone_what_needs_two,
    protection_is_respected,
)
from .rules_told import a_host_is_told_what_is_in_force
from .steps import Invariant

__all__ = ["RULES_OF_SPACE", "RULES_OF_STEPS"]

RULES_OF_STEPS: Final[tuple[Invariant, ...]] = (
    standing_is_the_highest_in_force,
    nothing_outlives_its_end,
    every_ban_has_a_decision,
    a_permanent_ban_is_left_only_by_a_decision,
    nothing_in_force_without_a_basis,
    events_do_what_they_say,
    history_is_kept,
    ending_one_changes_no_other,
    only_what_is_due_happens,
    sweeping_changes_no_answer,
    nobody_decides_alone_what_needs_two,
    appeals_are_decided_by_another_person,
    everybody_keeps_to_his_part,
    protection_is_respected,
    what_is_imposed_was_asked_for,
    what_follows_was_announced,
    what_changes_was_asked_for,
    every_command_does_what_it_is_for,
    what_is_recorded_is_what_was_said,
    appeals_are_heard_as_laid_down,
    a_host_is_told_what_is_in_force,
)
"""Asked of every step."""

RULES_OF_SPACE: Final = {
    "decisions_do_not_fail": "A command is accepted or refused; it never ends in an error.",
    "refusals_change_nothing": "A state is the same after everything that was tried on it.",
    "nobody_is_refused_the_way_out": "Overturning, lifting, an appeal in time, a decision on it are refused to nobody who may.",
    "what_is_recorded_replays": "Folding the recorded events gives the state that was decided, one by one and all at once.",
    "open_things_can_be_closed": "In every state somebody, or time, can end each order, appeal and proposal that is open.",
    "clear_can_be_reached": "From every state something leads back to the standing `clear`.",
}
"""What the search itself looks at, by name: none of these can be told from one step."""
