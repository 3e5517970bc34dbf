"""Why a violation did not count, why nothing followed, and why a severity was raised: one sentence for each code."""

from __future__ import annotations

from typing import assert_never

from msgspec import UNSET, Struct

from ..events import ViolationRecorded
from ..instants import text
from ..policies.evaluation import Evaluation
from ..policies.firing import Withheld
from ..policies.ladders import Ladder
from ..policies.policy import Policy
from ..policies.tally import Cited, Record, WhyLeft
from ..state import State, Violation
from .words import number_words

__all__ = ["Scene", "left_words", "withheld_words"]


class Scene(Struct, frozen=True, kw_only=True):
    """A report, the state and the policy that it was decided on, and what the policy makes of it."""

    event: ViolationRecorded
    state: State
    policy: Policy
    found: Evaluation

    @property
    def cited(self) -> Cited:
        """The clause that decides, with its ladder."""
        ladder = self.policy.clause(self.found.clause, self.event.at).ladder
        found = self.found
        return Cited(found.clause, found.category, found.severity, None if ladder is UNSET else ladder)

    @property
    def ladder(self) -> Ladder | None:
        """The ladder of that clause."""
        name = self.cited.ladder
        return None if name is None else self.policy.ladders.get(name)

    @property
    def record(self) -> Record:
        """The account's record as the policy reads it."""
        return Record(self.policy, self.state, self.event.at)


def left_words(because: WhyLeft, violation: Violation, ladder: Ladder, scene: Scene) -> str:  # noqa: PLR0911 - one a code
    """Why an earlier violation did not count for the ladder."""
    match because:
        case "overturned":
            names = [s.id for s in scene.state.sanctions() if violation.id in s.basis.violations]
            return f"every sanction that rested on it was overturned ({', '.join(names)})"
        case "content_age":
            return "its content was too old when it was found: it never counted"
        case "batch":
            return f"another violation of its batch {violation.batch} had counted: it never did"
        case "other_scope":
            return _other_scope(violation, ladder)
        case "other_severity":
            return f"it was treated as {_or_none(violation.treated_as)}, and only violations of the same severity count"
        case "before_warning":
            warning = scene.found.priors[0] if scene.found.priors and _is_warned(ladder, scene) else None
            return (
                "nothing counts before a warning, and there had been none that is recent enough"
                if warning is None
                else f"only what comes after the warning {warning} counts"
            )
        case "too_long_ago":
            assert ladder.within is not UNSET
            running = ", and no sanction that rests on it was in force" if ladder.running_counts else ""
            return f"it lay {ladder.within.text} or longer back{running}"
        case "decayed":
            assert violation.counts_until is not None
            if violation.frozen_while:
                kinds = " or ".join(violation.frozen_while)
                return f"its time had run out, what a {kinds} had been in force not reckoned"
            return f"its time ran out at {text(violation.counts_until)}"
        case _:
            assert_never(because)


def _other_scope(violation: Violation, ladder: Ladder) -> str:
    match ladder.scope:
        case "category":
            return f"its category is {_or_none(violation.category)}, and only the same category counts"
        case "clause":
            return f"its clause is {violation.clause}, and only the same clause counts"
        case _:
            return f"its clause {violation.clause} climbs another ladder, or none"


def _is_warned(ladder: Ladder, scene: Scene) -> bool:
    assert ladder.prior_warning is not UNSET
    return scene.record.prior_warning(ladder.prior_warning.within, ladder.scope, scene.cited) is not None


def withheld_words(because: Withheld, scene: Scene) -> str:  # noqa: PLR0911 - one a code
    """Why nothing followed from a report."""
    found, event = scene.found, scene.event
    match because:
        case "no_ladder":
            return f"the policy gives the clause {found.clause} no ladder: a violation of it is only put on record"
        case "no_weight":
            return "it weighs nothing and adds nothing to the level: no step follows from it"
        case "below_first_step":
            return f"the level {number_words(found.level)} lies below every step"
        case "no_crossing":
            before, level = number_words(found.before), number_words(found.level)
            return f"no step lies above the level {before} from before and at or below the level {level} now"
        case "fired_before":
            return "every step that was crossed has fired before, and what it brought still stands"
        case "nothing_to_impose":
            return "the step imposes nothing"
        case "content_age":
            limit = _counting_limit(scene)
            return f"the content is older than {limit}: it weighs nothing, and nothing follows"
        case "batch":
            return f"another violation of the batch {event.batch} has counted: this one weighs nothing, and nothing follows"
        case "exempt":
            return "the account is exempt: a report is recorded and imposes nothing"
        case "terminal":
            return "a permanent ban is in force: a report is recorded and imposes nothing"
        case _:
            assert_never(because)


def _counting_limit(scene: Scene) -> str:
    clause = scene.policy.clause(scene.found.clause, scene.event.at)
    counting = scene.policy.counting if clause.counting is UNSET else clause.counting
    return "the policy allows" if counting.max_content_age is UNSET else counting.max_content_age.text


def _or_none(value: str | None) -> str:
    return "none" if value is None else value
