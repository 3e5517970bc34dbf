"""Counterfactual replay: under the recorded policy nothing differs, whatever people did in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from account_sanctions.application.simulating.comparing import agrees, compare, ending
from account_sanctions.application.simulating.replaying import Replayed, replay
from account_sanctions.domain.due import advance
from account_sanctions.domain.events import ViolationRecorded
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.policies.weighing import void_violations
from account_sanctions.domain.state import State
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import replace

from .policy_running import ENGINE, History
from .policy_strategies import CLASSES, SEVERITIES, happenings, policies
from .strategies import ACCOUNT, DAWN, Json, effort

MODERATOR: Final = {"kind": "moderator", "id": "m1"}
SECOND: Final = {"kind": "moderator", "id": "m2"}
REVIEWER: Final = {"kind": "reviewer", "id": "r1"}
ANOTHER: Final = {"kind": "reviewer", "id": "r2"}
HOLDER: Final = {"kind": "holder", "id": "h"}
REVIEWS: Final = ("submit_rectification", "accept_rectification", "reject_rectification", "extend_rectification")
BETWEEN: Final = (*REVIEWS, "appeal", "change_sanction", "supersede", "propose", "propose_change", "notice", "sweep")
LATE: Final = timedelta(days=400)


@st.composite
def courses(draw: st.DrawFn, policy: Policy, *, max_size: int = 12) -> list[Json]:
    """What happens to an account, and what people do about it in between."""
    found: list[Json] = []
    for what in draw(happenings(policy, min_size=2, max_size=max_size)):
        found.append(what)
        for kind in draw(st.lists(st.sampled_from(BETWEEN), max_size=2)):
            wait = draw(st.sampled_from((0, 0, 1, 3_600_000_000, 86_400_000_000)))
            found.append({"what": kind, "wait": wait, "pick": draw(st.integers(0, 7)), "days": draw(st.integers(1, 9))})
    return found


def play(book: PolicyBook, course: Sequence[Json]) -> History:
    """The history that a course makes, each moment under the version in force."""
    history = History(book.versions[0])
    for what in course:
        history.policy = history.run.policy = book.at(history.now + timedelta(microseconds=what["wait"]))
        if what["what"] in BETWEEN:
            history.now += timedelta(microseconds=what["wait"])
            between(history, what)
        else:
            history.happen(what)
    return history


def between(history: History, what: Json) -> None:
    """One thing that people do, or a sweep."""
    if what["what"] == "sweep":
        history.run.sweep((history.now - DAWN).days)
        return
    names = [sanction.id for sanction in history.state.sanctions()]
    name = names[what["pick"] % len(names)] if names else "unknown"
    until = (history.now + timedelta(days=what["days"])).isoformat()
    fresh = f"n{len(history.run.steps)}"
    inner: Json = {"sanction": f"{fresh}-s", "basis": {"clause": _clause(history.policy)}}
    match what["what"]:
        case "extend_rectification":
            commands: list[Json] = [{"command": what["what"], "by": MODERATOR, "sanction": name, "deadline": until}]
        case "submit_rectification":
            commands = [{"command": what["what"], "by": HOLDER, "sanction": name}]
        case "accept_rectification" | "reject_rectification":
            commands = [{"command": what["what"], "by": REVIEWER, "sanction": name}]
        case "appeal":
            outcome: Json = {"outcome": ("granted", "granted_in_part", "denied")[what["pick"] % 3], "reason": "heard"}
            outcome |= {"until": until} if outcome["outcome"] == "granted_in_part" else {}
            commands = [
                {"command": "appeal", "by": HOLDER, "appeal": fresh, "sanction": name, "statement": "unfair"},
                {"command": "decide_appeal", "by": ANOTHER, "appeal": fresh, **outcome},
            ]
        case "change_sanction":
            commands = [{"command": what["what"], "by": REVIEWER, "sanction": name, "until": until, "reason": "seen"}]
        case "supersede":
            commands = [{"command": "warn", "by": REVIEWER, **inner, "until": until, "supersedes": name}]
        case "propose":
            act = {"command": "ban", **inner, **({"permanent": True} if what["pick"] % 2 else {"until": until})}
            commands = [{"command": "propose", "by": MODERATOR, "proposal": fresh, "sanction": act}]
        case "propose_change":
            act = {"command": "change_sanction", "sanction": name, "until": until, "reason": "seen"}
            commands = [{"command": "propose", "by": MODERATOR, "proposal": fresh, "sanction": act}]
        case _:
            commands = [{"command": "serve_notice", "by": ENGINE, "sanction": name}]
    for command in commands:
        history.run.execute({**command, "account": ACCOUNT, "at": history.now.isoformat()})


def _clause(policy: Policy) -> str:
    return next(iter(policy.clauses or ("c1",)))


def kept(book: PolicyBook) -> dict[str, Policy]:
    return {policy.ref.digest: policy for policy in book.versions}


def told(state: State) -> dict[str, Any]:
    """Every sanction and proposal as it stands, without its place in the stream and without appeals."""
    sanctions = {
        one.id: (one.kind, one.status, one.from_, one.until, one.functions, one.ended_at, one.overturned_at, one.step)
        for one in state.sanctions()
    }
    proposals = {**state.settled_proposals, **state.open_proposals}
    return {**sanctions, **{f"proposal {name}": one.status for name, one in proposals.items()}}


def assert_nothing_differs(history: History, book: PolicyBook) -> None:
    found = replay(history.run.records, book, kept=kept(book))
    assert [(one.violation.violation, compare(one.recorded, one.other)) for one in found.decisions] == [
        (one.violation.violation, None) for one in found.decisions
    ]
    for one in found.decisions:
        assert one.decided is not None
        recorded, again = one.violation.grounds, one.decided.grounds
        assert recorded is not None
        assert again is not None
        assert replace(recorded, deviates=False, said=()) == replace(again, deviates=False, said=())
    assert found.left_out == {}
    end = history.now + LATE
    assert told(advance(found.other, end)) == told(advance(found.recorded, end))
    assert ending(advance(found.other, history.now)) == ending(advance(found.recorded, history.now))


@effort(4)
@given(policies(), st.data())
def test_the_recorded_policy_decides_as_recorded(policy: Policy, data: st.DataObject) -> None:
    book = PolicyBook.of(policy)
    history = play(book, data.draw(courses(policy), label="course"))
    kinds = {type(one).__name__ for one in history.run.events}
    for kind in (
        "SanctionOverturned",
        "ProposalApproved",
        "ProposalDismissed",
        "RectificationAccepted",
        "SanctionLifted",
    ):
        if kind in kinds:
            event(kind)
    assert_nothing_differs(history, book)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two policies that know the same clauses, severities and classes; what each makes of them is its own."""
    found = draw(policies()), draw(policies())
    names = sorted({name for policy in found for name in policy.clauses or {}})
    one, two = (_widened(policy, names) for policy in found)
    return one, two


def _widened(policy: Policy, names: Sequence[str]) -> Policy:
    clauses = policy.clauses or {}
    known = {name: clauses.get(name, clauses[next(iter(clauses))]) for name in names}
    return replace(policy, clauses=known, severities=SEVERITIES, account_classes=CLASSES)


@effort(1)
@given(pairs(), st.integers(1, 5), st.data())
def test_the_recorded_versions_decide_as_recorded(pair: tuple[Policy, Policy], day: int, data: st.DataObject) -> None:
    one, two = pair
    later = replace(two, id=one.id, version="2", effective_from=DAWN + timedelta(days=day))
    book = PolicyBook((replace(one, version="1"), later))
    history = play(book, data.draw(courses(later), label="course"))
    if len({asked.said.policy for asked in history.asked if asked.said is not None}) == 2:
        event("both versions decided")
    assert_nothing_differs(history, book)


@effort(2)
@given(pairs(), st.data())
def test_where_nobody_acts_the_other_policy_decides_as_if_it_had_been_asked_first(
    pair: tuple[Policy, Policy], data: st.DataObject
) -> None:
    recorded, other = map(PolicyBook.of, pair)
    kinds = ("report", "report", "report", "record")
    drawn = data.draw(happenings(pair[0], max_size=12, kinds=kinds), label="course")
    course = [{key: part for key, part in what.items() if key not in ("choose", "category")} for what in drawn]
    history, asked_first = play(recorded, course), play(other, course)
    found = replay(history.run.records, other, kept=kept(recorded))
    if any(compare(one.recorded, one.other) for one in found.decisions):
        event("something differs")
    assert said(found) == {
        asked.command["violation"]: None if asked.said is None else (asked.said.step, asked.said.withheld)
        for asked in asked_first.asked
    }
    end = history.now + LATE
    assert told(advance(found.other, end)) == told(advance(asked_first.run.state, end))


def said(found: Replayed) -> dict[str, Any]:
    return {
        one.violation.violation: None if one.decided is None else (one.other.step, one.other.withheld)
        for one in found.decisions
    }


@effort(2)
@given(pairs(), st.data())
def test_any_history_can_be_replayed_under_any_policy(pair: tuple[Policy, Policy], data: st.DataObject) -> None:
    recorded, other = map(PolicyBook.of, pair)
    history = play(recorded, data.draw(courses(pair[0]), label="course"))
    found = replay(history.run.records, other, kept=kept(recorded))
    reported = [one for one in history.run.events if isinstance(one, ViolationRecorded) and one.grounds is not None]
    assert [one.violation for one in found.decisions] == reported
    assert list(found.other.violations) == list(found.recorded.violations)
    for one in found.decisions:
        assert one.other.refused is None
        difference = compare(one.recorded, one.other)
        assert (difference in (None, "other_step")) == agrees(one.recorded, one.other)
    direct = {one.id for one in found.recorded.sanctions() if one.grounds is None and one.caused_by is None}
    carried = {one.id for one in found.other.sanctions() if one.grounds is None and one.caused_by is None}
    void = {one.id for one in found.other.sanctions() if one.id.endswith("/void")}
    assert carried - void <= direct
    assert len(direct - carried) <= found.left_out.get("ProposalApproved", 0)
    assert void_violations(found.recorded) <= void_violations(found.other) | resting(found.other)


def resting(state: State) -> set[str]:
    """The violations on which a sanction rests that was not overturned."""
    return {name for one in state.sanctions() if one.overturned_at is None for name in one.basis.violations}
