"""The events that an explanation lists carry the answer, and what it discards does not: over drawn histories.

What an account is without an event is reckoned here once more, on the whole record and in another way: what names something that
is gone goes too, and what falls due follows anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from account_sanctions.domain.due import advance
from account_sanctions.domain.events import Imposed, SanctionOverturned
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.explaining import AccountExplanation, Past, explain_account, past
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.queries import restrictions, verdict
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.vocabulary import DUE
from hypothesis import event, given
from hypothesis import strategies as st

from .policy_running import perform
from .policy_strategies import happenings, policies
from .running import FOREVER, last_tick, play
from .strategies import ACCOUNT, FUNCTIONS, histories, instant

_FUNCTION: Final = st.sampled_from((None, *FUNCTIONS))
# Acting on what has ended, these do nothing.
_ON_LIVE: Final = frozenset(
    {"RectificationExtended", "RectificationRejected", "SanctionChanged", "SanctionLifted", "SanctionSuperseded"}
)
_RESOLVING: Final = frozenset({"ProposalApproved", "ProposalDismissed"})


def _plain(record: Recorded) -> dict[str, Any]:
    named: dict[str, Any] = msgspec.to_builtins(record.event, enc_hook=period_to_text)
    return {"type": type(record.event).__name__, "version": record.version, **named}


def _rests(one: dict[str, Any], gone: Sequence[dict[str, Any]]) -> bool:
    """Whether an event names one that is gone."""
    return any(_names(one, other) for other in gone if one["version"] > other["version"] or "superseded_by" in one)


def _names(one: dict[str, Any], other: dict[str, Any]) -> bool:
    kind, what, imposes = one["type"], other["type"], "basis" in one
    basis = one.get("basis") or (one.get("act") or {}).get("basis") or {}
    if "basis" in other:
        reserves = imposes or (kind == "SanctionProposed" and one["act"]["command"] != "change_sanction")
        named = (one.get("superseded_by"), one.get("caused_by") if imposes else None)
        return other["sanction"] in (*named, None if reserves else one.get("sanction"))
    ways = {
        "ViolationRecorded": other.get("violation") in basis.get("violations", ()),
        "SanctionProposed": one.get("proposal") == other.get("proposal"),
        "ProposalApproved": one.get("proposal") == other.get("proposal") and (imposes or kind == "SanctionChanged"),
        "AppealFiled": one.get("appeal") == other.get("appeal"),
        "AppealDecided": one.get("appeal") == other.get("appeal") and kind in ("SanctionChanged", "SanctionOverturned"),
        "SanctionOverturned": kind == what and one.get("caused_by") == other.get("sanction"),
        "RectificationAccepted": bool(other.get("late"))
        and one.get("because") == "rectified"
        and one["sanction"].startswith(f"{other['sanction']}/"),
    }
    return ways.get(what, False)


def _rest(records: Sequence[Recorded], version: int) -> list[Recorded]:
    """The record without an event and all that names it, in any number of steps."""
    left = [_plain(record) for record in records]
    gone = [one for one in left if one["version"] == version]
    while gone:
        versions = {one["version"] for one in gone}
        left = [one for one in left if one["version"] not in versions]
        gone = [one for one in left if _rests(one, gone)]
    kept = {one["version"] for one in left}
    return [record for record in records if record.version in kept]


def _state(records: Sequence[Recorded], at: datetime) -> State:
    decided = [record.event for record in records if record.event.by != DUE]
    voided = {e.sanction: e.at for e in decided if isinstance(e, SanctionOverturned) and e.at > at}
    state = NOTHING
    for one in decided:
        if one.at <= at:
            state = advance(state, one.at)
            if _stands(one, state):
                state = fold(state, [one], voided=voided)
    return _unvoided(advance(state, at), records, at)


def _stands(one: Any, state: State) -> bool:
    kind = type(one).__name__
    if kind in _RESOLVING:
        return one.proposal in state.open_proposals
    if kind in _ON_LIVE or (kind == "RectificationAccepted" and not one.late):
        return one.sanction in state.live
    if isinstance(one, Imposed) or kind == "SanctionProposed" or not hasattr(one, "sanction"):
        return True
    return state.sanction(one.sanction) is not None


def _unvoided(state: State, records: Sequence[Recorded], at: datetime) -> State:
    """Without what is known to have been overturned later, which followed anew all the same."""
    later = {e.sanction for one in records if isinstance(e := one.event, SanctionOverturned) and e.at > at}
    return msgspec.structs.replace(state, live={name: one for name, one in state.live.items() if name not in later})


def _answer(state: State, at: datetime, function: str | None) -> object:
    if function is not None:
        found = verdict(state, function, at)
        return found.allowed, found.until, frozenset(found.because)
    live = {one.id: (one.kind, one.until) for one in state.live.values() if one.status == "in_force"}
    held = {name: restrictions(msgspec.structs.replace(state, live={name: state.live[name]}), at) for name in live}
    return live, held


def _check(found: Past, function: str | None) -> None:
    explained = explain_account(found, function, known_at=found.at)
    listed = [one.version for one in explained.events]
    assert listed == sorted(listed, reverse=True)
    answer = _answer(_state(found.known, found.at), found.at, function)
    assert answer == _answer(found.state, found.at, function)
    for version in listed:
        assert _answer(_state(_rest(found.known, version), found.at), found.at, function) != answer, version
    for version in _others(found, explained):
        assert _answer(_state(_rest(found.known, version), found.at), found.at, function) == answer, version
    event(f"listed: {min(len(listed), 6)}")


def _others(found: Past, explained: AccountExplanation) -> Iterator[int]:
    """What was discarded by name, and every other decision on record: none of them carries anything."""
    listed = {one.version for one in explained.events}
    discarded = {one.version for one in explained.discarded if one.version is not None}
    assert not discarded & listed
    yield from (one.version for one in found.known if one.version not in listed and one.event.by != DUE)
    due = {one.version for one in found.known if one.event.by == DUE}
    assert discarded <= {one.version for one in found.known} | due


@given(st.data())
def test_listed_events_carry_the_answer_and_no_others_do(data: st.DataObject) -> None:
    commands = data.draw(histories(min_size=6, max_size=20))
    records, last = play(commands).records, last_tick(commands)
    valid = instant(data.draw(st.one_of(st.integers(0, last), st.integers(0, last + FOREVER)), label="valid_at"))
    known = instant(data.draw(st.one_of(st.just(10_000), st.integers(0, last)), label="known_at"))
    found = past(ACCOUNT, records, valid_at=valid, known_at=known, policies=lambda _digest: None)
    for function in (None, data.draw(_FUNCTION, label="function")):
        _check(found, function)


@given(st.data())
def test_the_same_over_histories_of_reports(data: st.DataObject) -> None:
    policy = data.draw(policies())
    history = perform(policy, data.draw(happenings(policy, min_size=3)))
    found = past(
        ACCOUNT,
        history.run.records,
        valid_at=history.now,
        known_at=history.now,
        policies={policy.ref.digest: policy}.get,
    )
    _check(found, data.draw(_FUNCTION))
