"""What earlier violations and sanctions have come to since a decision counted them, and what the policy would say without."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.events import ViolationRecorded
from account_sanctions.domain.explaining.documents import WithheldView

from tests.unit.explaining import explained, member, policy, report
from tests.unit.forging import explained_forgery, with_grounds
from tests.unit.scenario import MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}
_BOTH: Final[list[dict[str, Any]]] = [{"restrict": ["post"], "for": "P9D"}, {"warn": {"for": "P9D"}}]


def _counted_twice() -> Account:
    """A violation on which two sanctions rest, and one after it that counted it."""
    account = report(member(), "v-1", "+0d", by=MODERATOR, choose=_BOTH, reason="as agreed")
    return report(account, "v-2", "+1d")


def test_violation_counts_on_while_one_of_its_sanctions_stands() -> None:
    account = _counted_twice().given("overturn", at="+2d", sanction="v-1/s2")
    found = explained(account, "v-2")

    assert [(one.violation, one.overturned_at) for one in found.counted] == [("v-1", None)]
    # The sanction was among the priors, though, and that alone affects the decision.
    assert [(one.sanction, one.overturned_at) for one in found.priors] == [("v-1/s1", None), ("v-1/s2", t("+2d"))]
    assert [(one.at, one.what) for one in found.since_then] == [
        (t("+2d"), "sanction v-1/s2, which was taken into account, was overturned")
    ]


def test_violation_counts_no_more_since_the_last_of_its_sanctions_was_overturned() -> None:
    account = _counted_twice().given("overturn", at="+2d", sanction="v-1/s2")
    account.given("overturn", at="+3d", sanction="v-1/s1")
    found = explained(account, "v-2")

    assert [(one.violation, one.overturned_at) for one in found.counted] == [("v-1", t("+3d"))]
    assert [(one.at, one.what) for one in found.since_then] == [
        (t("+2d"), "sanction v-1/s2, which was taken into account, was overturned"),
        (t("+3d"), "violation v-1, which was counted, counts no more"),
        (t("+3d"), "sanction v-1/s1, which was taken into account, was overturned"),
    ]


def test_prior_that_was_overturned_before_the_decision_affects_it_not() -> None:
    """Whoever named it knew that it was void: nothing has happened to it since."""
    account = report(member(), "v-1", "+0d").given("overturn", at="+1d", sanction="v-1/s1")
    account.given("warn", at="+2d", sanction="w", for_="P9D", basis={**_SPAM, "priors": ["v-1/s1"]})
    found = explained(account, "w")

    assert [(one.sanction, one.then, one.now) for one in found.priors] == [("v-1/s1", "overturned", "overturned")]
    assert (found.affected, found.since_then) == (False, ())


def test_only_what_was_overturned_is_left_out_when_it_is_considered_again() -> None:
    steps = [{"impose": [{"warn": {"for": f"P{days}D"}}]} for days in (1, 2, 3)]
    account = member(policy(ladders={"spam": {"steps": steps}, "insult": {}}))
    report(report(report(account, "v-1", "+0d"), "v-2", "+1d"), "v-3", "+2d")
    account.given("overturn", at="+3d", sanction="v-2/s1")
    found = explained(account, "v-3")

    assert found.reconsidered is not None
    assert (found.reconsidered.step, found.reconsidered.level) == ("spam/2", 2)
    assert found.reconsidered.says == ("warning for P2D",)
    assert found.reconsidered.withheld is None


def test_what_had_been_overturned_before_the_decision_is_left_out_again() -> None:
    steps = [{"impose": [{"warn": {"for": f"P{days}D"}}]} for days in (1, 2, 3)]
    account = member(policy(ladders={"spam": {"steps": steps}, "insult": {}}))
    report(account, "v-1", "+0d").given("overturn", at="+1d", sanction="v-1/s1")
    report(report(account, "v-2", "+2d"), "v-3", "+3d").given("overturn", at="+4d", sanction="v-2/s1")
    found = explained(account, "v-3")

    assert found.ladder is not None
    assert found.ladder.level == 2
    assert found.reconsidered is not None
    assert (found.reconsidered.step, found.reconsidered.level) == ("spam/1", 1)


def test_nothing_that_would_follow_is_told_with_its_reason() -> None:
    second = {"at": 2, "impose": [{"warn": {"for": "P1D"}}]}
    account = member(policy(ladders={"spam": {"steps": [second]}, "insult": {}}))
    report(account, "v-1", "+0d")
    account.given("warn", at="+1d", sanction="w", for_="P9D", basis={**_SPAM, "violations": ["v-1"]})
    report(account, "v-2", "+2d", severity="minor").given("overturn", at="+3d", sanction="w")
    found = explained(account, "v-2")

    assert found.ladder is not None
    assert found.ladder.step == "spam/2"
    assert found.reconsidered is not None
    assert (found.reconsidered.step, found.reconsidered.level, found.reconsidered.says) == (None, 1, ())
    assert found.reconsidered.severity == "minor"
    assert found.reconsidered.withheld == WithheldView("below_first_step", "the level 1 lies below every step")


def test_content_that_was_too_old_is_so_again_whatever_was_put_among_the_counted() -> None:
    """Of such a report nothing is counted: only a record that was touched says so."""
    account = report(member(policy(counting={"max_content_age": "P5D"})), "v-1", "+0d")
    report(account, "v-2", "+9d", content_at="+0d").given("overturn", at="+10d", sanction="v-1/s1")
    assert isinstance(account.events[-2], ViolationRecorded)
    found = explained_forgery(account, with_grounds(account, counted=("v-1",)), "v-2")

    assert [one.what for one in found.since_then] == ["violation v-1, which was counted, counts no more"]
    assert found.reconsidered is not None
    assert found.reconsidered.withheld == WithheldView(
        "content_age", "the content is older than P5D: it weighs nothing, and nothing follows"
    )
