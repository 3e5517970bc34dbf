"""Four eyes: what results in a permanent ban is proposed by one person and starts when another approves."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import Event
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, REVIEWER, SYSTEM, Account, iso, t

_BASIS = {"clause": "1.1"}
_FOREVER: dict[str, Any] = {"command": "ban", "sanction": "b", "basis": _BASIS, "permanent": True}
_WEEK: dict[str, Any] = {"command": "ban", "sanction": "b", "basis": _BASIS, "for": "P7D"}
_ORDER: dict[str, Any] = {
    "command": "order_rectification",
    "sanction": "o",
    "basis": _BASIS,
    "within": "P3D",
    "on_default": [{"ban": {"permanent": True}}],
}


def _proposed(sanction: dict[str, Any], *, by: str = MODERATOR, account: Account | None = None) -> Account:
    return (account or Account()).given("propose", at="+0d", by=by, proposal="p", sanction=sanction)


@pytest.mark.parametrize("by", [MODERATOR, REVIEWER])
def test_permanent_ban_by_one_person_is_refused(by: str) -> None:
    Account().when("ban", at="+0d", by=by, permanent=True).refused("second_person_required")


@pytest.mark.parametrize("by", [MODERATOR, REVIEWER])
def test_order_that_announces_a_permanent_ban_by_one_person_is_refused(by: str) -> None:
    consequences = [{"warn": {"for": "P1D"}}, {"ban": {"permanent": True}}]
    result = Account().when("order_rectification", at="+0d", by=by, deadline="+3d", on_default=consequences)
    result.refused("second_person_required")


@pytest.mark.parametrize("by", [MODERATOR, REVIEWER])
def test_change_into_a_permanent_ban_by_one_person_is_refused(by: str) -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+9d")
    account.when("change_sanction", at="+1d", by=by, sanction="b", permanent=True).refused("second_person_required")


def test_restriction_and_warning_without_end_need_one_person_only() -> None:
    account = Account().given("warn", at="+0d", permanent=True)
    account.when("restrict", at="+0d", functions=["publish"], permanent=True).then("FunctionsRestricted")


def test_policy_without_second_person_lets_one_decide() -> None:
    account = Account(replace(DEFAULT, second_person=())).given("ban", at="+0d", sanction="b", permanent=True)
    assert account.at("+0d").restrictions == {"*": None}


def test_proposal_has_no_effect() -> None:
    account = _proposed(_FOREVER)
    assert account.log == ["SanctionProposed"]
    view = account.at("+29d")
    assert (view.standing, view.statuses, view.proposal("p")) == ("clear", {}, "open")
    account.when("warn", at="+29d", until="+90d").then("WarningIssued")


def test_approval_starts_the_sanction_and_names_both() -> None:
    account = _proposed(_FOREVER)
    account.when("approve", at="+1d", by=REVIEWER, proposal="p").then("ProposalApproved", "AccountBanned")
    ban = account.at("+1d").sanction("b")
    assert (ban.by.id, ban.approved_by and ban.approved_by.id, ban.from_) == ("m-1", "r-1", t("+1d"))
    assert account.at("+1d").proposal("p") == "approved"
    assert account.at("+1d-1us").standing == "clear"


def test_approval_by_the_proposer_is_refused_whatever_the_kind() -> None:
    """Persons are compared by id alone."""
    account = _proposed(_FOREVER)
    account.when("approve", at="+1d", by=MODERATOR, proposal="p").refused("same_person")
    account.when("approve", at="+1d", by="reviewer:m-1", proposal="p").refused("same_person")


def test_system_proposes_and_is_no_second_person() -> None:
    account = _proposed(_FOREVER, by=SYSTEM)
    for name in ("approve", "dismiss"):
        account.when(name, at="+1d", by="system:other", proposal="p").refused("not_permitted")
    account.when("approve", at="+1d", by=MODERATOR, proposal="p").then("ProposalApproved", "AccountBanned")


def test_approval_needs_the_right_to_impose_that_kind() -> None:
    account = Account(replace(DEFAULT, withheld_rights={"moderator": ("ban_permanently",)}))
    _proposed(_FOREVER, account=account).when("approve", at="+1d", by=OTHER_MODERATOR, proposal="p").refused(
        "not_permitted"
    )
    account.when("approve", at="+1d", by=REVIEWER, proposal="p").then("ProposalApproved", "AccountBanned")


def test_durations_count_from_the_approval() -> None:
    account = _proposed(_WEEK).given("approve", at="+5d", proposal="p")
    assert account.at("+5d").ends("b") == "+12d"
    account = _proposed(_ORDER).given("approve", at="+5d", proposal="p")
    assert account.at("+5d").rectification("o") == ("ordered", "+8d")
    assert account.at("+8d").statuses == {"o": "defaulted", "o/1": "in_force"}


@pytest.mark.parametrize(("approved", "start"), [("+1d", "+10d"), ("+10d", "+10d"), ("+12d", "+12d")])
def test_start_still_ahead_holds_at_approval(approved: str, start: str) -> None:
    account = _proposed({**_WEEK, "from": iso("+10d")}).given("approve", at=approved, proposal="p")
    assert account.at(approved).sanction("b").from_ == t(start)
    assert account.at(approved).sanction("b").until == t(f"{start}+7d")


def test_everything_is_decided_again_at_the_approval() -> None:
    end_passed = _proposed({"command": "ban", "sanction": "b", "basis": _BASIS, "until": iso("+2d")})
    end_passed.when("approve", at="+2d", proposal="p").refused("invalid_period")
    assert end_passed.at("+2d").proposal("p") == "open"
    ended = Account().given("ban", at="+0d", sanction="x", until="+2d")
    change = {"command": "change_sanction", "sanction": "x", "permanent": True, "reason": "worse than thought"}
    _proposed(change, account=ended).when("approve", at="+2d", proposal="p").refused("already_ended")


def test_change_approved_names_both_and_bans_for_good() -> None:
    account = Account().given("ban", at="+0d", sanction="x", until="+9d")
    change = {"command": "change_sanction", "sanction": "x", "permanent": True, "reason": "worse than thought"}
    _proposed(change, account=account).when("approve", at="+1d", proposal="p").then(
        "ProposalApproved", "SanctionChanged"
    )
    assert account.at("+1d").restrictions == {"*": None}
    assert account.at("+1d").sanction("x").touched_by == {"m-1", "m-2"}
    account.when("warn", at="+2d", until="+9d").refused("terminal")


def test_free_text_of_the_proposal_stands_in_the_proposal() -> None:
    basis = {"clause": "1.1", "facts": "sold followers", "evidence": ["invoice"]}
    account = _proposed({**_FOREVER, "basis": basis}).given("approve", at="+1d", proposal="p", reason="I agree")

    def facts(event: Event) -> str | None:
        return event.narrative.facts if event.narrative else None

    assert [facts(event) for event in account.events] == ["sold followers", None, None]
    assert account.events[1].narrative is not None
    assert account.events[1].narrative.reason == "I agree"


def test_dismissal_ends_the_proposal() -> None:
    account = _proposed(_FOREVER)
    account.when("dismiss", at="+1d", proposal="p", reason="not proven").then("ProposalDismissed")
    assert account.at("+1d").proposal("p") == "dismissed"


def test_proposal_lapses_at_the_end_of_its_time() -> None:
    account = _proposed(_FOREVER)
    assert account.at("+30d-1us").proposal("p") == "open"
    assert account.at("+30d").proposal("p") == "lapsed"
    refused = account.when("approve", at="+30d", proposal="p").refused("already_decided", status="lapsed")
    assert refused.error is not None
    account.when("note", at="+31d", text="too late").after("ProposalLapsed")


def test_proposal_approved_on_its_last_microsecond_starts() -> None:
    account = _proposed(_FOREVER).given("approve", at="+30d-1us", proposal="p")
    assert account.at("+31d").proposal("p") == "approved"


@pytest.mark.parametrize("resolution", ["approve", "dismiss", "lapse", "close"])
@pytest.mark.parametrize("again", ["approve", "dismiss"])
def test_second_resolution_is_refused(resolution: str, again: str) -> None:
    account = _proposed(_WEEK)
    if resolution == "close":
        account.given("propose", at="+0d", proposal="q", sanction={**_FOREVER, "sanction": "c"})
        account.given("approve", at="+1d", proposal="q")
    elif resolution != "lapse":
        account.given(resolution, at="+1d", proposal="p")
    account.when(again, at="+31d", by=REVIEWER, proposal="p").refused("already_decided")


def test_permanent_ban_in_force_closes_the_open_proposals() -> None:
    account = _proposed(_WEEK).given("propose", at="+0d", proposal="q", sanction={**_FOREVER, "sanction": "c"})
    result = account.when("approve", at="+1d", proposal="q")
    result.then("ProposalApproved", "AccountBanned", "ProposalClosed")
    assert (account.at("+1d").proposal("p"), account.at("+1d").proposal("q")) == ("closed", "approved")
    account.given("overturn", at="+2d", by=REVIEWER, sanction="c")
    assert account.at("+2d").proposal("p") == "closed", "an overturned ban revives no proposal"


def test_permanent_ban_scheduled_closes_the_proposals_only_when_it_starts() -> None:
    account = _proposed(_WEEK)
    ban = {**_FOREVER, "sanction": "c", "from": iso("+5d")}
    account.given("propose", at="+0d", proposal="q", sanction=ban).given("approve", at="+1d", proposal="q")
    assert account.at("+5d-1us").proposal("p") == "open"
    assert account.at("+5d").proposal("p") == "closed"
    assert account.sweep("+5d") == ("SanctionStarted", "ProposalClosed")


def test_permanent_ban_by_default_closes_the_open_proposals() -> None:
    account = _proposed(_WEEK).given("propose", at="+0d", proposal="q", sanction=_ORDER)
    account.given("approve", at="+1d", proposal="q")
    assert account.sweep("+4d") == ("RectificationDefaulted", "AccountBanned", "ProposalClosed")


@pytest.mark.parametrize("resolution", [None, "dismiss", "lapse"])
def test_sanction_id_is_reserved_from_the_proposal_on(resolution: str | None) -> None:
    account = _proposed(_WEEK)
    at = "+1d"
    if resolution == "dismiss":
        account.given("dismiss", at="+1d", proposal="p")
    elif resolution == "lapse":
        at = "+31d"
    account.when("warn", at=at, sanction="b", until="+90d").refused("id_in_use")
    account.when("propose", at=at, proposal="q", sanction=_WEEK).refused("id_in_use")


def test_ids_given_by_nobody_are_made() -> None:
    account = Account()
    inner = {name: part for name, part in _WEEK.items() if name != "sanction"}
    account.given("propose", at="+0d", sanction=inner).given("approve", at="+1d", proposal="p#1")
    assert account.at("+1d").statuses == {"s#1": "in_force"}


def test_proposal_id_in_use_or_unknown_is_refused() -> None:
    account = _proposed(_WEEK)
    account.when("propose", at="+0d", proposal="p", sanction={**_WEEK, "sanction": "c"}).refused("id_in_use")
    account.when("approve", at="+0d", proposal="q").refused("unknown_proposal")
    account.when("dismiss", at="+0d", proposal="q").refused("unknown_proposal")


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ({"command": "restrict", "basis": _BASIS, "functions": ["fly"], "for": "P1D"}, "unknown_function"),
        ({"command": "restrict", "basis": _BASIS, "functions": [], "for": "P1D"}, "empty_functions"),
        ({"command": "change_sanction", "sanction": "x", "for": "P1D", "reason": "r"}, "unknown_sanction"),
        ({**_WEEK, "for": "P9999Y"}, "invalid_period"),
        ({**_WEEK, "sanction": "o/1"}, "malformed"),
        ({**_WEEK, "by": {"kind": "moderator", "id": "m-9"}}, "malformed"),
        ({**_WEEK, "account": "gh_2"}, "malformed"),
        ({**_WEEK, "at": iso("+1d")}, "malformed"),
        ({"command": "lift", "sanction": "x", "reason": "r"}, "malformed"),
        ({"command": "note", "text": "x"}, "malformed"),
    ],
)
def test_proposal_of_what_could_never_be_approved_is_refused(inner: dict[str, Any], code: str) -> None:
    Account().when("propose", at="+0d", sanction=inner).refused(code)


def test_change_that_was_proposed_counts_from_the_approval() -> None:
    account = Account().given("ban", at="+0d", sanction="x", until="+9d")
    change = {"command": "change_sanction", "sanction": "x", "for": "P7D", "reason": "longer"}
    _proposed(change, account=account).given("approve", at="+5d", proposal="p")
    assert account.at("+5d").ends("x") == "+12d"


def test_proposal_of_an_id_that_a_sanction_has_is_refused() -> None:
    account = Account().given("warn", at="+0d", sanction="b", until="+9d")
    account.when("propose", at="+0d", sanction=_WEEK).refused("id_in_use")


def test_approval_by_somebody_without_the_right_to_resolve_is_refused() -> None:
    for by in ("holder:h-1", "auditor:x-1", SYSTEM):
        _proposed(_FOREVER).when("approve", at="+1d", by=by, proposal="p").refused("not_permitted")
