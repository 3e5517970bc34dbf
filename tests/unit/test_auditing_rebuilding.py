"""From recorded events back to the act that led to them: each field as it was recorded, and some text where text has to stand."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.auditing.rebuilding import CannotRebuildError, act_of, chosen_of
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.penalties import OrderTerms, Penalty
from account_sanctions.domain.terms import Basis, Consequence, EndOnly, FunctionTerm, Link
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import t

_BY: Final[dict[str, Any]] = {"at": t("+1d"), "by": Actor("moderator", "m-1")}
_POLICY: Final = e.PolicyRef("community", "1", "0" * 64)
_BASIS: Final = Basis(clause="spam", violations=("v",))
_NEW: Final[dict[str, Any]] = {**_BY, "sanction": "s", "basis": _BASIS, "from_": t("+1d"), "policy": _POLICY}
_PLAIN: Final[dict[str, Any]] = {"sanction": "s", "basis": _BASIS}
_WEEK: Final = Period("P7D")
_ANNOUNCED: Final = (Consequence(warn=EndOnly(for_=_WEEK)),)


@pytest.mark.parametrize(
    ("event", "act"),
    [
        (
            e.ViolationRecorded(**_BY, violation="v", clause="spam", policy=_POLICY),
            acts.RecordViolation(violation="v", clause="spam"),
        ),
        (
            e.SanctionChanged(**_BY, sanction="s", until=t("+9d")),
            acts.ChangeSanction(sanction="s", until=t("+9d"), reason="-"),
        ),
        (e.SanctionChanged(**_BY, sanction="s"), acts.ChangeSanction(sanction="s", permanent=True, reason="-")),
        (
            e.SanctionChanged(**_BY, sanction="s", until=t("+9d"), functions={"post": t("+9d")}),
            acts.ChangeSanction(sanction="s", functions=(FunctionTerm(function="post", until=t("+9d")),), reason="-"),
        ),
        (
            e.RectificationExtended(**_BY, sanction="s", deadline=t("+9d"), previous=t("+5d")),
            acts.ExtendRectification(sanction="s", deadline=t("+9d")),
        ),
        (e.RectificationSubmitted(**_BY, sanction="s"), acts.SubmitRectification(sanction="s", statement="-")),
        (e.RectificationAccepted(**_BY, sanction="s"), acts.AcceptRectification(sanction="s")),
        (e.RectificationRejected(**_BY, sanction="s"), acts.RejectRectification(sanction="s")),
        (e.SanctionLifted(**_BY, sanction="s"), acts.Lift(sanction="s", reason="-")),
        (e.SanctionOverturned(**_BY, sanction="s"), acts.Overturn(sanction="s", reason="-")),
        (e.AppealFiled(**_BY, appeal="a", sanction="s"), acts.Appeal(appeal="a", sanction="s", statement="-")),
        (e.AppealWithdrawn(**_BY, appeal="a", sanction="s"), acts.WithdrawAppeal(appeal="a")),
        (
            e.AppealDecided(**_BY, appeal="a", sanction="s", outcome="denied"),
            acts.DecideAppeal(appeal="a", outcome="denied", reason="-"),
        ),
        (e.ProposalDismissed(**_BY, proposal="p", sanction="s"), acts.Dismiss(proposal="p")),
        (e.NoticeServed(**_BY, sanction="s", channel="post"), acts.ServeNotice(sanction="s", channel="post")),
        (e.NoticeServed(**_BY, sanction="s"), acts.ServeNotice(sanction="s")),
        (e.AccountExempted(**_BY, unless=("reviewer",)), acts.Exempt(reason="-", unless=("reviewer",))),
        (e.ExemptionEnded(**_BY), acts.EndExemption(reason="-")),
        (e.LegalHoldPlaced(**_BY, hold="h"), acts.Hold(hold="h", reason="-")),
        (e.LegalHoldReleased(**_BY, hold="h"), acts.ReleaseHold(hold="h", reason="-")),
        (e.PersonalDataErased(**_BY), acts.ErasePersonalData(reason="-")),
        (e.NoteAdded(**_BY), acts.Note(text="-")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_act_has_what_its_event_has_and_text_where_text_has_to_stand(event: e.Event, act: acts.Act) -> None:
    assert act_of([event]) == act


def test_several_ends_together_are_the_end_of_all() -> None:
    first, second = e.SanctionLifted(**_BY, sanction="s"), e.SanctionLifted(**_BY, sanction="r")

    assert act_of([first, second]) == acts.LiftAll(reason="-")


def test_appeal_that_was_granted_in_part_takes_the_new_terms_from_the_change() -> None:
    decided = e.AppealDecided(**_BY, appeal="a", sanction="s", outcome="granted_in_part")
    changed = e.SanctionChanged(**_BY, sanction="s", until=t("+5d"), appeal="a")

    assert act_of([decided, changed]) == acts.DecideAppeal(
        appeal="a", outcome="granted_in_part", until=t("+5d"), reason="-"
    )


@pytest.mark.parametrize(
    "inner", [acts.Ban(basis=_BASIS, permanent=True), acts.Ban(sanction="s", basis=_BASIS, permanent=True)]
)
def test_proposal_names_its_sanction_though_the_recorded_command_may_not(inner: acts.Ban) -> None:
    """The id that followed from a violation stands in the event alone."""
    event = e.SanctionProposed(**_BY, proposal="p", sanction="s", act=inner, lapses_at=t("+30d"))

    assert act_of([event]) == acts.Propose(proposal="p", sanction=acts.Ban(sanction="s", basis=_BASIS, permanent=True))


@pytest.mark.parametrize(
    ("event", "act"),
    [
        (e.WarningIssued(**_NEW, until=t("+9d")), acts.Warn(**_PLAIN, until=t("+9d"))),
        (e.AccountBanned(**_NEW), acts.Ban(**_PLAIN, permanent=True)),
        (
            e.AccountBanned(**{**_NEW, "from_": t("+2d")}, until=t("+9d")),
            acts.Ban(**_PLAIN, from_=t("+2d"), until=t("+9d")),
        ),
        (
            e.FunctionsRestricted(**_NEW, functions={"post": t("+9d"), "comment": None}),
            acts.Restrict(
                **_PLAIN,
                functions=(
                    FunctionTerm(function="post", until=t("+9d")),
                    FunctionTerm(function="comment", permanent=True),
                ),
            ),
        ),
        (
            e.RectificationOrdered(**_NEW, until=t("+9d"), on_default=_ANNOUNCED, clock="submission_stops_clock"),
            acts.OrderRectification(**_PLAIN, deadline=t("+9d"), on_default=_ANNOUNCED, clock="submission_stops_clock"),
        ),
        (
            e.WarningIssued(**_NEW, until=t("+9d"), because_of=Link("other", "x")),
            acts.Warn(**_PLAIN, until=t("+9d"), because_of_account="other", because_of_sanction="x"),
        ),
        (
            e.WarningIssued(**_NEW, until=t("+9d"), supersedes=("x", "y")),
            acts.Warn(**_PLAIN, until=t("+9d"), supersedes=("x", "y")),
        ),
        (
            e.WarningIssued(**_NEW, until=t("+9d"), priors=("x",)),
            acts.Warn(sanction="s", basis=Basis(clause="spam", violations=("v",), priors=("x",)), until=t("+9d")),
        ),
    ],
)
def test_sanction_is_imposed_again_as_it_was_recorded(event: e.Imposed, act: acts.Act) -> None:
    assert act_of([event]) == act


def test_priors_that_stand_in_the_basis_alone_are_left_there() -> None:
    """The library keeps them beside it: a record that has them here was touched, and is to be judged as it is."""
    basis = Basis(clause="spam", priors=("x",))
    event = e.WarningIssued(**{**_NEW, "basis": basis}, until=t("+9d"))

    assert act_of([event]) == acts.Warn(sanction="s", basis=basis, until=t("+9d"))


def test_several_sanctions_are_one_decision_and_the_first_names_what_is_replaced() -> None:
    replaced = e.SanctionSuperseded(**_BY, sanction="x", superseded_by="s")
    warned = e.WarningIssued(**_NEW, until=t("+9d"), supersedes=("x",))
    banned = e.AccountBanned(**{**_NEW, "sanction": "b"}, until=t("+9d"), supersedes=("x",))

    assert act_of([replaced, warned, banned]) == acts.Impose(
        sanctions=(
            acts.Warn(**_PLAIN, until=t("+9d"), supersedes=("x",)),
            acts.Ban(sanction="b", basis=_BASIS, until=t("+9d")),
        )
    )


def _proposed(act: acts.Proposable) -> e.SanctionProposed:
    return e.SanctionProposed(**_BY, proposal="p", sanction="s", act=act, lapses_at=t("+30d"))


_EACH: Final = (FunctionTerm(function="post", for_=_WEEK),)


@pytest.mark.parametrize(
    ("act", "penalty"),
    [
        (acts.Warn(basis=_BASIS, for_=_WEEK), Penalty(warn=EndOnly(for_=_WEEK))),
        (acts.Warn(basis=_BASIS, until=t("+9d")), Penalty(warn=EndOnly(until=t("+9d")))),
        (acts.Ban(basis=_BASIS, for_=_WEEK), Penalty(ban=EndOnly(for_=_WEEK))),
        (acts.Ban(basis=_BASIS, permanent=True), Penalty(ban=EndOnly(permanent=True))),
        (acts.Restrict(basis=_BASIS, functions=("post",), for_=_WEEK), Penalty(restrict=("post",), for_=_WEEK)),
        (
            acts.Restrict(basis=_BASIS, functions=("post",), until=t("+9d")),
            Penalty(restrict=("post",), until=t("+9d")),
        ),
        (
            acts.Restrict(basis=_BASIS, functions=("post",), permanent=True),
            Penalty(restrict=("post",), permanent=True),
        ),
        (acts.Restrict(basis=_BASIS, functions=_EACH), Penalty(restrict=_EACH)),
        (
            acts.OrderRectification(basis=_BASIS, within=_WEEK, on_default=_ANNOUNCED, clock="submission_stops_clock"),
            Penalty(order=OrderTerms(within=_WEEK, on_default=_ANNOUNCED, clock="submission_stops_clock")),
        ),
        (
            acts.OrderRectification(basis=_BASIS, deadline=t("+2d"), on_default=()),
            Penalty(order=OrderTerms(within=Period("PT86400S"))),
        ),
    ],
)
def test_choice_that_waits_is_what_was_put_forward(act: acts.Proposable, penalty: Penalty) -> None:
    assert chosen_of([_proposed(act)]) == (penalty,)


def test_choice_is_what_was_imposed_and_what_was_put_forward_in_their_order() -> None:
    imposed = e.WarningIssued(**_NEW, until=t("+9d"))
    closed = e.ProposalClosed(**_BY, proposal="q", sanction="x")
    waits = _proposed(acts.Ban(basis=_BASIS, permanent=True))

    assert chosen_of([imposed, closed, waits]) == (
        Penalty(warn=EndOnly(until=t("+9d"))),
        Penalty(ban=EndOnly(permanent=True)),
    )


def test_change_is_no_choice() -> None:
    with pytest.raises(CannotRebuildError, match="a report changes no sanction"):
        chosen_of([_proposed(acts.ChangeSanction(sanction="s", until=t("+9d"), reason="-"))])


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (e.SanctionStarted(**_BY, sanction="s"), "no decision begins with SanctionStarted"),
        (e.SanctionSuperseded(**_BY, sanction="s"), "sanctions were superseded and nothing was imposed"),
        (e.RectificationOrdered(**_NEW), "an order was recorded without a deadline"),
        (
            e.AppealDecided(**_BY, appeal="a", sanction="s", outcome="granted_in_part"),
            "an appeal was granted in part and nothing was changed",
        ),
    ],
)
def test_events_that_no_decision_leaves_cannot_be_rebuilt(event: e.Event, message: str) -> None:
    with pytest.raises(CannotRebuildError) as caught:
        act_of([event])
    assert str(caught.value) == message
