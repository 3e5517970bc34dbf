"""Legal holds and erasing: who, when, and that what was decided stays."""

from __future__ import annotations

import pytest

from tests.unit.scenario import OTHER_REVIEWER, REVIEWER, Account


def _restricted() -> Account:
    return Account().given("restrict", at="+0d", sanction="s", functions=["publish"], permanent=True)


def test_erasure_leaves_what_was_decided() -> None:
    before = _restricted()
    after = before.given("erase_personal_data", at="+1d")
    assert after.at("+2d").standing == before.at("+2d").standing == "restricted"
    assert after.at("+2d").restrictions == before.at("+2d").restrictions
    after.when("lift", at="+2d", sanction="s").then("SanctionLifted")


def test_erasure_under_a_hold_is_refused_until_every_hold_is_released() -> None:
    held = _restricted().given("hold", at="+1d", hold="h-1").given("hold", at="+1d", hold="h-2")
    held.when("erase_personal_data", at="+2d").refused("legal_hold", holds=("h-1", "h-2"))
    one = held.given("release_hold", at="+2d", by=OTHER_REVIEWER, hold="h-1")
    one.when("erase_personal_data", at="+3d").refused("legal_hold", holds=("h-2",))
    none = one.given("release_hold", at="+3d", by=OTHER_REVIEWER, hold="h-2")
    none.when("erase_personal_data", at="+4d").then("PersonalDataErased")


def test_hold_is_released_by_another_person_than_placed_it() -> None:
    held = _restricted().given("hold", at="+1d", by=REVIEWER, hold="h-1")
    held.when("release_hold", at="+2d", by=REVIEWER, hold="h-1").refused("same_person", hold="h-1")
    held.when("release_hold", at="+2d", by=OTHER_REVIEWER, hold="h-1").then("LegalHoldReleased")


def test_erasures_are_counted_through_holds() -> None:
    account = _restricted().given("erase_personal_data", at="+1d")
    assert account.state.retention.erasures == 1
    account = account.given("hold", at="+2d", hold="h-1").given("release_hold", at="+3d", by=OTHER_REVIEWER, hold="h-1")
    assert account.state.retention.erasures == 1
    assert account.given("erase_personal_data", at="+4d").state.retention.erasures == 2


@pytest.mark.parametrize("name", ["h-1", "h-9"])
def test_hold_that_is_not_in_force_cannot_be_released(name: str) -> None:
    held = _restricted().given("hold", at="+1d", hold="h-1").given("release_hold", at="+1d", hold="h-1")
    held.when("release_hold", at="+2d", by=OTHER_REVIEWER, hold=name).refused("unknown_hold", hold=name)


def test_hold_of_the_same_id_is_refused_while_the_first_is_in_force() -> None:
    held = _restricted().given("hold", at="+1d", hold="h-1")
    held.when("hold", at="+2d", hold="h-1").refused("id_in_use", id="h-1")
    held.given("release_hold", at="+2d", hold="h-1").when("hold", at="+3d", hold="h-1").then("LegalHoldPlaced")


def test_account_of_which_nothing_is_recorded_has_nothing_to_erase() -> None:
    Account().when("erase_personal_data", at="+0d").refused("unknown_account")


def test_permanent_ban_forbids_neither_hold_nor_erasure() -> None:
    banned = Account().given(
        "propose", at="+0d", proposal="p", sanction={"command": "ban", "basis": {"clause": "x"}, "permanent": True}
    )
    banned = banned.given("approve", at="+0d", proposal="p").given("hold", at="+1d", hold="h")
    banned.given("release_hold", at="+2d", hold="h").when("erase_personal_data", at="+3d").then("PersonalDataErased")
