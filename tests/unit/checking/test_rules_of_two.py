"""Where two persons are asked for: what was proposed, what waits for a person, what goes beyond bounds, bans for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_people import nobody_decides_alone_what_needs_two
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.terms import Consequence, EndOnly
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, SYSTEM, Account, t
from tests.unit.test_report_violation import policy, restrict

from .courses import COURSES
from .stepping import Forged, changed, event_changed, stepped

_TWO: Final = nobody_decides_alone_what_needs_two
_BOUNDS: Final = {"bounds": {"at_least": "P1D", "at_most": "P14D"}}
_RULES: Final = policy(
    {"impose": [{"restrict": ["publish", "comments"], "for": "P7D"}], **_BOUNDS},
    {"impose": [{"ban": {"for": "P10D"}}], "propose": True},
    {"impose": [{"ban": {"for": "P10D"}}], **_BOUNDS},
    {"impose": [restrict(9)], "propose": True, "name": "severe"},
    {"impose": [restrict(9)], "propose": True, "at": 9},
)
_TAKEN: Final = {"publish": t("+2d"), "comments": t("+2d")}
_BAN: Final = Penalty(ban=EndOnly(for_=Period("P10D")))


def _imposed(step: Step) -> e.Imposed:
    return next(one for one in step.events if isinstance(one, e.Imposed))


def _ladder() -> Step:
    """By the first step of the ladder, which has bounds, two functions are taken for seven days."""
    return stepped(Account(_RULES), "report_violation", at="+0d", by=SYSTEM, violation="v", clause="spam")


def _chosen() -> Account:
    """The moderator `m-1` took them for two days instead."""
    penalty = {"restrict": ["publish", "comments"], "for": "P2D"}
    return Account(_RULES).given(
        "report_violation", at="+0d", by=MODERATOR, violation="v", clause="spam", choose=[penalty], reason="-"
    )


def _choice() -> Step:
    penalty = {"restrict": ["publish", "comments"], "for": "P2D"}
    fields = {"violation": "v", "clause": "spam", "choose": [penalty], "reason": "-"}
    return stepped(Account(_RULES), "report_violation", at="+0d", by=MODERATOR, **fields)


def _longer() -> Step:
    return stepped(_chosen(), "change_sanction", at="+1d", by=MODERATOR, sanction="v/s1", until="+5d")


def _approval() -> Step:
    account = _chosen().given("report_violation", at="+1d", by=SYSTEM, violation="u", clause="spam")
    return stepped(account, "approve", at="+2d", by=MODERATOR, proposal="u/p1")


def _with(**fields: Any) -> Callable[[Step], Step]:
    """What was imposed or changed is recorded otherwise."""

    def forge(step: Step) -> Step:
        kinds = (e.Imposed, e.SanctionChanged)
        events = tuple(replace(one, **fields) if isinstance(one, kinds) else one for one in step.events)
        return replace(step, events=events)

    return forge


def _as_a_ban(until: str | None, *said: Penalty) -> Callable[[Step], Step]:
    """Chosen was a ban, of what the policy had said."""

    def forge(step: Step) -> Step:
        one = _imposed(step)
        assert one.grounds is not None
        ban = e.AccountBanned(
            at=one.at,
            by=one.by,
            sanction=one.sanction,
            basis=one.basis,
            from_=one.from_,
            until=None if until is None else t(until),
            policy=one.policy,
            step=one.step,
            approved_by=Actor("reviewer", "r-1") if until is None else None,
            grounds=replace(one.grounds, said=said),
        )
        return replace(step, events=(ban,))

    return forge


def _before(name: str, **fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, before=changed(step.before, name, **fields))


def _reporter(name: str) -> Callable[[Step], Step]:
    """The proposal rests on the word of somebody else."""

    def forge(step: Step) -> Step:
        proposal = step.before.open_proposals["u/p1"]
        assert proposal.grounds is not None
        grounds = replace(proposal.grounds, reporter=Actor("moderator", name))
        return replace(step, before=replace(step.before, open_proposals={"u/p1": replace(proposal, grounds=grounds)}))

    return forge


def _of_himself(step: Step) -> Step:
    """Nothing was proposed, and the second person is who decided."""
    events = [one for one in step.events if isinstance(one, e.Imposed | e.SanctionChanged)]
    return replace(step, events=tuple(replace(one, proposal=None, approved_by=one.by) for one in events))


def _who_reported_it_approves(step: Step) -> Step:
    (ban,) = _as_a_ban(None, _BAN)(step).events
    assert isinstance(ban, e.AccountBanned)
    assert ban.grounds is not None
    grounds = replace(ban.grounds, reporter=Actor("moderator", "m-5"), bounds=None)
    return replace(step, events=(replace(ban, grounds=grounds, approved_by=grounds.reporter),))


def _only_proposes(step: str) -> str:
    return f"v/s1 came of a report at once, and the step {step} only proposes it"


_TOO_MUCH: Final = "v/s1 goes beyond what the policy lets one person choose"
_ALONE: Final = "m-1 alone changed v/s1 beyond the bounds of the policy"
_SELF: Final = "b results in a permanent ban, and the second person is the first one, m-1"

_FORGED: Final[dict[str, Forged]] = {
    "approval of nothing": Forged(_TWO, _approval, _with(proposal="z"), "u/s1 came of a proposal that was not open"),
    "approval by nobody": Forged(
        _TWO, _approval, _with(approved_by=None), "u/s1 was proposed by community@1, engine, and approved by nobody"
    ),
    "approval by who reported": Forged(
        _TWO, _approval, _reporter("m-1"), "u/s1 was proposed by community@1, m-1, and approved by m-1"
    ),
    "approval of a change by who proposed it": Forged(
        _TWO,
        COURSES["approval of a change"],
        _with(approved_by=Actor("moderator", "m-1")),
        "b was proposed by m-1, and approved by m-1",
    ),
    "step that only proposes": Forged(_TWO, _ladder, _with(step="main/2"), _only_proposes("main/2")),
    "step that only proposes, by its name": Forged(
        _TWO, _ladder, _with(step="main/severe"), _only_proposes("main/severe")
    ),
    "step that only proposes, by its level": Forged(_TWO, _ladder, _with(step="main/9"), _only_proposes("main/9")),
    "choice of more for one function": Forged(
        _TWO, _choice, _with(functions={**_TAKEN, "comments": t("+14d+1us")}), _TOO_MUCH
    ),
    "choice of less for one function": Forged(
        _TWO, _choice, _with(functions={**_TAKEN, "comments": t("+1d-1us")}), _TOO_MUCH
    ),
    "choice for ever": Forged(_TWO, _choice, _with(functions={"publish": None}), _TOO_MUCH),
    "choice from a later start": Forged(_TWO, _choice, _with(from_=t("+1d+1us")), _TOO_MUCH),
    "choice of another kind": Forged(_TWO, _choice, _as_a_ban("+5d"), _TOO_MUCH),
    "choice of a longer ban": Forged(_TWO, _choice, _as_a_ban("+15d", _BAN), _TOO_MUCH),
    "change to more for one function": Forged(
        _TWO, _longer, _with(functions={**_TAKEN, "comments": t("+14d+1us")}), _ALONE
    ),
    "change of one function for ever": Forged(_TWO, _longer, _with(functions={**_TAKEN, "comments": None}), _ALONE),
    "change to less than the bounds": Forged(
        _TWO, _longer, _with(functions={**_TAKEN, "comments": t("+1d-1us")}), _ALONE
    ),
    "change to one function less": Forged(_TWO, _longer, _with(functions={"publish": t("+2d")}), _ALONE),
    "change to another function": Forged(
        _TWO, _longer, _with(functions={"publish": t("+2d"), "mass_send": t("+2d")}), _ALONE
    ),
    "change to no function": Forged(_TWO, _longer, _with(functions=None), _ALONE),
    "change of what began later": Forged(_TWO, _longer, _before("v/s1", from_=t("+4d+1us")), _ALONE),
    "ban for good that its proposer approves, and none was proposed": Forged(
        _TWO, COURSES["approval"], _of_himself, _SELF
    ),
    "change to a ban for good that its proposer approves, and none was proposed": Forged(
        _TWO, COURSES["approval of a change"], _of_himself, _SELF
    ),
    "ban for good that who reported approves": Forged(
        _TWO,
        _choice,
        _who_reported_it_approves,
        "v/s1 results in a permanent ban, and the second person is the first one, m-5",
    ),
    "announcement of a ban for good by one alone": Forged(
        _TWO,
        COURSES["order"],
        _with(on_default=(Consequence(warn=EndOnly(for_=Period("P1D"))), Consequence(ban=EndOnly(permanent=True)))),
        "o results in a permanent ban, and m-1 decided it alone",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize("until", ["+1d", "+14d"])
def test_bounds_belong_to_what_one_person_may_choose_or_change(until: str) -> None:
    taken = {**_TAKEN, "comments": t(until)}
    assert list(_TWO(_with(functions=taken)(_choice()))) == []
    assert list(_TWO(_with(functions=taken)(_longer()))) == []
    assert list(_TWO(_as_a_ban(until, Penalty(warn=EndOnly(permanent=True)), _BAN)(_choice()))) == []


def test_end_that_is_kept_is_no_change_beyond_the_bounds() -> None:
    """It may lie beyond them: two persons, or an appeal, had set it."""
    taken = {**_TAKEN, "comments": t("+90d")}
    step = _before("v/s1", functions=taken)(_longer())
    assert list(_TWO(_with(functions=taken)(step))) == []
    assert list(_TWO(_with(functions={**taken, "publish": t("+90d")})(step))) == [_ALONE]


def test_whole_of_what_is_no_restriction_is_changed_within_the_bounds() -> None:
    step = _longer()
    ban = _before("v/s1", kind="ban", functions={})(step)
    assert list(_TWO(_with(functions=None)(ban))) == []
    assert list(_TWO(_with(functions=None, until=t("+14d+1us"))(ban))) == [_ALONE]
    kept = _before("v/s1", kind="ban", functions={}, until=t("+90d"))(step)
    assert list(_TWO(_with(functions=None, until=t("+90d"))(kept))) == []


def test_appeal_may_go_below_the_bounds_and_what_has_none_anywhere() -> None:
    too_short = _with(functions={**_TAKEN, "comments": t("+1h")})(_longer())
    one = too_short.before.live["v/s1"]
    assert one.grounds is not None
    assert list(_TWO(too_short)) == [_ALONE]
    assert list(_TWO(_with(appeal="a")(too_short))) == []
    assert list(_TWO(_before("v/s1", grounds=None)(too_short))) == []
    assert list(_TWO(_before("v/s1", grounds=replace(one.grounds, bounds=None))(too_short))) == []
    assert list(_TWO(replace(too_short, before=replace(too_short.before, live={})))) == []
    assert list(_TWO(replace(too_short, command=None))) == []


def test_choice_without_bounds_is_anybodys() -> None:
    step = _choice()
    grounds = _imposed(step).grounds
    assert grounds is not None
    unbounded = _with(functions={"publish": t("+90d")}, grounds=replace(grounds, bounds=None))(step)
    assert list(_TWO(unbounded)) == []


@pytest.mark.parametrize("step", [None, "other/2", "main/1", "main/3", "main/5", "main"])
def test_step_that_imposes_or_is_unknown_is_no_step_that_only_proposes(step: str | None) -> None:
    assert list(_TWO(_with(step=step)(_ladder()))) == []


def test_announcement_of_what_ends_needs_nobody_else() -> None:
    announced = (Consequence(ban=EndOnly(for_=Period("P1D"))), Consequence(warn=EndOnly(permanent=True)))
    assert list(_TWO(event_changed(COURSES["order"](), on_default=announced))) == []


def test_bans_for_good_are_decided_by_one_where_the_policy_asks_for_no_second_person() -> None:
    step = _of_himself(COURSES["approval"]())
    assert list(_TWO(replace(step, policy=replace(step.policy, second_person=())))) == []


def test_step_of_a_ladder_with_a_stroke_in_its_name_is_found() -> None:
    steps = [{"impose": [restrict(7)]}, {"impose": [restrict(9)], "propose": True}]
    rules = policy(ladders={"a/b": {"steps": steps}}, clauses={"spam": {"ladder": "a/b"}})
    step = stepped(Account(rules), "report_violation", at="+0d", by=SYSTEM, violation="v", clause="spam")
    assert list(_TWO(step)) == []
    assert list(_TWO(_with(step="a/b/2")(step))) == [_only_proposes("a/b/2")]


def _severe_ones(low: dict[str, Any], high: dict[str, Any], *, written: str) -> Step:
    """A grave violation is reported where each severity has a step of its own."""
    steps = ({"severity": "low", **low}, {"severity": "high", **high})
    account = Account(policy(*steps, severities=["low", "high"]))
    fields = {"violation": "v", "clause": "spam", "severity": "high"}
    return _with(step=written)(stepped(account, "report_violation", at="+0d", by=SYSTEM, **fields))


def test_steps_count_among_those_of_their_severity() -> None:
    imposing, proposing = {"impose": [restrict(7)]}, {"impose": [restrict(7)], "propose": True}

    assert list(_TWO(_severe_ones(proposing, imposing, written="main/1"))) == []
    # As if it had been imposed at once, whatever its step says.
    step = _severe_ones(imposing, imposing, written="main/1")
    other = _severe_ones(imposing, proposing, written="main/1").policy
    assert list(_TWO(replace(step, policy=other))) == [_only_proposes("main/1")]


@pytest.mark.parametrize(
    ("fields", "written"), [({"name": "post/severe"}, "main/post/severe"), ({"at": "4/2"}, "main/2")]
)
def test_step_is_found_under_the_name_that_it_is_recorded_by(fields: dict[str, Any], written: str) -> None:
    rules = policy({"impose": [restrict(7)], "at": 1}, {"impose": [restrict(9)], "at": 2, "propose": True, **fields})
    step = stepped(Account(rules), "report_violation", at="+0d", by=SYSTEM, violation="v", clause="spam")

    assert list(_TWO(_with(step=written)(step))) == [_only_proposes(written)]
