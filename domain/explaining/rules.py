"""The rule that was applied: the severity, the ladder with its steps, and which of them fired and why."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from msgspec import UNSET

from ..events import Grounds
from ..policies.ladders import Ladder
from ..policies.numbers import Exact, Number, as_text, exact
from ..policies.penalties import Penalty
from .documents import LadderView, SeverityView, StepView, WithheldView
from .reasons import Scene, withheld_words
from .words import FIRES, escalation_words, measure_words, number_words, penalty_words

__all__ = ["ladder_view", "number", "severity_view", "withheld_view"]


def number(value: Exact | str) -> Number:
    """A weight or level as documents show it: an integer, or a fraction as text. What cannot be read stays as it is."""
    try:
        found = Fraction(value)
    except (ValueError, ZeroDivisionError):
        return str(value)
    return found.numerator if found.denominator == 1 else as_text(found)


def severity_view(scene: Scene | None, reported: str | None, treated_as: str | None) -> SeverityView | None:
    """As which severity the violation was treated; None where there is none."""
    if reported is None and treated_as is None:
        return None
    escalated = () if scene is None else scene.found.escalated
    return SeverityView(reported, treated_as, tuple(escalation_words(one.rule, one.violations) for one in escalated))


def withheld_view(scene: Scene | None, grounds: Grounds) -> WithheldView | None:
    """Why nothing followed, as recorded."""
    code = grounds.withheld
    if code is None:
        return None
    found = None if scene is None else scene.found.withheld
    # A code that deciding again does not give is shown as it stands: the differences say what is wrong with it.
    if scene is None or found is None or found != code:
        return WithheldView(code, code.replace("_", " "))
    return WithheldView(code, withheld_words(found, scene))


def ladder_view(scene: Scene, grounds: Grounds) -> LadderView | None:
    """The ladder of the clause, and where this violation stands on it; None where the clause has none."""
    ladder, name = scene.ladder, scene.cited.ladder
    if ladder is None or name is None:
        return None
    found = scene.found
    discounted = found.weight.discounted is not None
    taken = None if grounds.step is None else grounds.step.removeprefix(f"{name}/")
    steps = tuple(_steps(scene, ladder, taken))
    return LadderView(
        name=name,
        text=None if ladder.text is UNSET else ladder.text,
        measure=measure_words(ladder),
        fires=FIRES[ladder.fires],
        before=number(found.level if discounted else found.before),
        weight=number(grounds.weight),
        level=number(grounds.level),
        account_class=grounds.account_class,
        step=grounds.step,
        why=_why(scene, ladder, grounds, steps),
        steps=steps,
    )


def _steps(scene: Scene, ladder: Ladder, taken: str | None) -> Iterator[StepView]:
    kind = _place(scene, ladder)
    if ladder.first is not UNSET:
        yield _step("first", None, ladder.first.impose, taken=kind == "first" and taken == "first")
    if ladder.prior_warning is not UNSET:
        yield _step("warning", None, ladder.prior_warning.impose, taken=kind == "warning" and taken == "warning")
    for level, name, step in ladder.levels(scene.found.severity, scene.found.account_class):
        yield StepView(
            name=name,
            at=number(level),
            says=tuple(map(penalty_words, step.impose)),
            propose=step.propose,
            text=None if step.text is UNSET else step.text,
            taken=kind == "step" and taken == name,
        )


def _step(name: str, at: Number | None, penalties: tuple[Penalty, ...], *, taken: bool) -> StepView:
    says = tuple(map(penalty_words, penalties))
    return StepView(name=name, at=at, says=says, propose=False, text=None, taken=taken)


def _place(scene: Scene, ladder: Ladder) -> str:
    """Which part of the ladder decides: what follows the first violation ever, a warning that has to come first, or a step."""
    record, cited = scene.record, scene.cited
    if ladder.first is not UNSET and record.is_first(ladder.scope, cited):
        return "first"
    needed = ladder.prior_warning
    if needed is not UNSET and record.prior_warning(needed.within, ladder.scope, cited) is None:
        return "warning"
    return "step"


def _why(scene: Scene, ladder: Ladder, grounds: Grounds, steps: tuple[StepView, ...]) -> str:
    if grounds.step is None:
        withheld = withheld_view(scene, grounds)
        return "no step is recorded" if withheld is None else withheld.reason
    match _place(scene, ladder):
        case "first":
            return "it is the first violation that the ladder counts"
        case "warning":
            return "the ladder needs a warning first, and there was none that is recent enough"
        case _:
            pass
    step = next((one for one in steps if one.taken), None)
    if step is None:
        return f"the step {grounds.step} is recorded, which the ladder does not have"
    reached = f"the level {number_words(grounds.level)} reaches the step {step.name}"
    if step.at is not None and str(step.at) != step.name:
        reached += f" at {step.at}"
    before, level = scene.found.before, scene.found.level
    crossed = sum(one.at is not None and before < exact(one.at) <= level for one in steps)
    if ladder.fires == "each" or crossed == 1:
        return reached
    return f"{reached}, the hardest of those that it crosses from {number_words(before)}"
