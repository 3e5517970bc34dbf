"""A record in which one event was changed afterwards, and what is then explained of it."""

from __future__ import annotations

from typing import Any

from account_sanctions.domain.events import Event, ViolationRecorded
from account_sanctions.domain.explaining import Explanation, explain
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded
from msgspec.structs import replace

from tests.unit.explaining import past
from tests.unit.scenario import Account
from tests.unit.worded import said

__all__ = ["changed", "explained_forgery", "kept", "with_grounds"]


def changed(account: Account, kind: type[Event], **fields: Any) -> list[Recorded]:
    """The history with the last event of this kind changed."""
    history = list(account.history)
    (*_, place) = [number for number, record in enumerate(history) if isinstance(record.event, kind)]
    history[place] = replace(history[place], event=replace(history[place].event, **fields))
    return history


def with_grounds(account: Account, **fields: Any) -> list[Recorded]:
    """The history with the grounds of the last violation changed."""
    (*_, event) = [event for event in account.events if isinstance(event, ViolationRecorded)]
    assert event.grounds is not None
    return changed(account, ViolationRecorded, grounds=replace(event.grounds, **fields))


def explained_forgery(account: Account, history: list[Recorded], decision: str) -> Explanation:
    """The explanation of a decision on a record that is not the account's own."""
    found = explain(past(account, history=history), decision)
    said(found)
    return found


def kept(account: Account, decision: str, *policies: Policy) -> Explanation:
    """The explanation of a decision where the texts of these policies alone are at hand."""
    found = explain(replace(past(account), policies={policy.ref.digest: policy for policy in policies}.get), decision)
    said(found)
    return found
