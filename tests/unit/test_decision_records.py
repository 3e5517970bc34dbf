"""What a decision puts on record: the policy by its digest, the priors counted, and free text kept apart from the header."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from account_sanctions.domain.events import Imposed, SanctionChanged, ViolationRecorded
from account_sanctions.domain.policies.policy import policy_bytes, policy_from_bytes
from account_sanctions.domain.presets import DEFAULT, PRESETS
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account, iso

_SECRET = "Zhang San, 13800138000"  # noqa: S105 - what must not stand in a header
_DIGEST = hashlib.sha256(policy_bytes(DEFAULT)).hexdigest()
_NEW: dict[str, dict[str, Any]] = {
    "warn": {"until": "+90d"},
    "order_rectification": {"deadline": "+30d"},
    "restrict": {"functions": ["publish"], "until": "+90d"},
    "ban": {"until": "+90d"},
}


@pytest.mark.parametrize("name", _NEW)
def test_new_sanction_records_the_policy_and_its_digest(name: str) -> None:
    event = Account().when(name, at="+0d", **_NEW[name]).events[0]
    assert isinstance(event, Imposed)
    assert (event.policy.name, event.policy.digest) == ("default@1", _DIGEST)


def test_violation_records_the_policy_and_its_digest() -> None:
    event = Account().when("record_violation", at="+0d", clause="3.1").events[0]
    assert isinstance(event, ViolationRecorded)
    assert event.policy.digest == _DIGEST


def test_change_records_the_policy_and_its_digest() -> None:
    """Each decision event records the policy: what one policy imposed, another may have changed."""
    account = Account().given("ban", at="+0d", sanction="b", until="+9d")
    account.policy = replace(DEFAULT, version="2")
    event = account.when("change_sanction", at="+1d", sanction="b", until="+30d").events[0]
    assert isinstance(event, SanctionChanged)
    policy = getattr(event, "policy", None)
    assert policy is not None
    assert policy.name == "default@2"


def test_consequence_records_the_policy_of_its_order() -> None:
    """What was announced is frozen in the order, whatever policy holds when the deadline passes."""
    account = Account().given(
        "order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[{"ban": {"for": "P7D"}}]
    )
    account.policy = replace(DEFAULT, version="2", appeal=None)
    account.given("note", at="+4d", text="the deadline has passed")
    assert account.at("+4d").sanction("o/1").policy.name == "default@1"
    account.when("appeal", at="+4d", sanction="o/1").then("AppealFiled")


def test_priors_counted_are_recorded() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    basis = {"clause": "3.1", "priors": ["w"]}
    account.when("ban", at="+0d", basis={**basis, "priors": ["none"]}, until="+9d").refused("unknown_sanction")
    event = account.when("ban", at="+0d", basis=basis, until="+9d").events[0]
    assert isinstance(event, Imposed)
    assert event.priors == ("w",)


def test_free_text_stands_in_the_narrative_alone() -> None:
    basis = {"clause": "3.1", "facts": _SECRET, "evidence": [_SECRET]}
    ban = {"command": "ban", "sanction": "p-ban", "basis": basis, "for": "P7D"}
    order = {
        "command": "order_rectification",
        "sanction": "p-o",
        "basis": basis,
        "deadline": iso("+90d"),
        "requirements": _SECRET,
        "on_default": [],
    }
    change = {"command": "change_sanction", "sanction": "w", "permanent": True, "reason": _SECRET}
    account = Account()
    account.given("record_violation", at="+0d", clause="3.1", facts=_SECRET, evidence=[_SECRET])
    account.given("warn", at="+0d", sanction="w", basis=basis, until="+90d")
    account.given("order_rectification", at="+0d", sanction="o", basis=basis, deadline="+9d", requirements=_SECRET)
    for number, inner in enumerate((ban, order, change)):
        account.given("propose", at="+0d", by=MODERATOR, proposal=f"p-{number}", sanction=inner)
        account.given("approve", at="+0d", by=OTHER_MODERATOR, proposal=f"p-{number}", reason=_SECRET)
    account.given("submit_rectification", at="+1d", sanction="o", statement=_SECRET, evidence=[_SECRET])
    account.given("reject_rectification", at="+1d", sanction="o", reason=_SECRET)
    account.given("accept_rectification", at="+1d", sanction="o", reason=_SECRET)
    account.given("appeal", at="+1d", appeal="a", sanction="w", statement=_SECRET)
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+30d", reason=_SECRET)
    account.given("lift", at="+2d", sanction="w", reason=_SECRET).given(
        "overturn", at="+2d", sanction="w", reason=_SECRET
    )
    account.given("note", at="+2d", text=_SECRET).given("exempt", at="+2d", reason=_SECRET)
    account.given("end_exemption", at="+2d", reason=_SECRET)
    for event in account.events:
        assert _SECRET not in repr(replace(event, narrative=None)), type(event).__name__
    assert _SECRET not in repr(account.state)
    assert sum(_SECRET in repr(event.narrative) for event in account.events) >= 17


@pytest.mark.parametrize("name", PRESETS)
def test_policy_comes_back_from_its_bytes(name: str) -> None:
    policy = PRESETS[name]
    again = policy_from_bytes(policy_bytes(policy))
    assert again == policy
    assert again.ref == policy.ref
    assert replace(policy, version="other").ref.digest != policy.ref.digest


def test_pattern_of_the_catalogue_stands_for_names() -> None:
    account = Account(PRESETS["mediawiki"])
    account.given("restrict", at="+0d", functions=["edit:page:12", "edit"], until="+9d")
    for name in ("edit:page:*", "edit:page:", "edit:pages:12", "*", "edit:namespace:*"):
        account.when("restrict", at="+0d", functions=[name], until="+9d").refused("unknown_function", function=name)
