"""Verifying what follows from one account's events: each decision taken again, and every row that was made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET

from ...domain.auditing import judge
from ...domain.events import Event, PersonalDataErased, SanctionOverturned
from ...domain.evolve import fold
from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...domain.state import NOTHING, State
from ...infrastructure.errors import StoreCorrupt
from ...infrastructure.snapshots import shape, thaw
from ...projections.comparison import expected_rows
from ..outcomes import OutcomeEvent, as_duplicate
from .collecting import Findings
from .reader import AccountRows

__all__ = ["ReplayVerifier"]

# Clocks of several machines differ; more than this is no difference of clocks.
_AHEAD: Final = timedelta(days=1)
_DIGEST_BYTES: Final = 32
_NAMES: Final = ("sanction", "violation", "appeal", "proposal")
_IDS: Final = attrgetter(*_NAMES)
_COMMAND: Final = attrgetter("command_id")
_CODES: Final = {(True, False): "view_missing", (False, True): "view_too_much", (True, True): "view_diverging"}


class ReplayVerifier:
    """Verifies decisions, the view, the snapshot and the remembered commands."""

    def __init__(self, policies: Mapping[str, Policy], now: datetime) -> None:
        self._policies = policies
        self._now = now

    def verify(self, rows: AccountRows, history: Sequence[Recorded], findings: Findings) -> None:
        """Look at everything that follows from the history of an account."""
        account = rows.account
        state, wrong = judge(history, self._policies.get)
        if wrong is not None:
            findings.add(wrong.code, wrong.message, account=account, version=wrong.version)
        late = next((one for one in history if one.recorded_at > self._now + _AHEAD), None)
        if late is not None:
            said = f"it became known at {late.recorded_at}"
            findings.add("recorded_in_future", said, account=account, version=late.version)
        if state is not None:
            _view_fits(rows, state, findings)
            _snapshot_fits(rows, history, state, findings)
        _commands_fit(rows, history, findings)


def _view_fits(rows: AccountRows, state: State, findings: Findings) -> None:
    by_table: defaultdict[str, list[str]] = defaultdict(list)
    for table, said in rows.view.differences(expected_rows(state, ())):
        by_table[table].append(said)
    for table, differing in by_table.items():
        found = (
            any(one.startswith("missing") for one in differing),
            any(one.startswith("too much") for one in differing),
        )
        findings.add(_CODES[found], f"{table}: {'; '.join(differing)}", account=rows.account)
        return


def _snapshot_fits(rows: AccountRows, history: Sequence[Recorded], state: State, findings: Findings) -> None:
    if rows.snapshot is None:
        return
    version, code, body = rows.snapshot
    if code != shape():
        return  # Of another version of the library: it is left aside when the account is loaded, too.
    kept = thaw(rows.account, body)
    good = False
    if kept is not None and 0 < version <= len(history):
        last = history[version - 1]
        expected = state if version == state.version else fold(NOTHING, [one.event for one in history[:version]])
        good = (
            kept.state == expected
            and kept.recorded_at == last.recorded_at
            and kept.head == rows.events[version - 1].hash
        )
    if not good:
        said = "its snapshot is not the state that its events give"
        findings.add("snapshot_diverging", said, account=rows.account, version=version)


def _commands_fit(rows: AccountRows, history: Sequence[Recorded], findings: Findings) -> None:
    erased = any(isinstance(record.event, PersonalDataErased) for record in history)
    account, unused = rows.account, dict(rows.commands)
    for name, version, due, events in _decisions(history):
        row = unused.pop(name, None)
        if row is None:
            findings.add("command_missing", f"the command {name!r} is not remembered", account=account, version=version)
            return
        wrong = _digest_wrong(row[0], erased=erased) or _outcome_wrong(row[1], account, name, version, due, events)
        if wrong is not None:
            findings.add("command_changed", f"the command {name!r}: {wrong}", account=account, version=version)
            return
    for name, (digest, body) in unused.items():
        # It changed nothing, so of its version there is only so much to say.
        wrong = _digest_wrong(digest, erased=erased) or _outcome_wrong(body, account, name, len(history), None, ())
        if wrong is not None:
            findings.add("command_changed", f"the command {name!r}: {wrong}", account=account)
            return


def _decisions(history: Sequence[Recorded]) -> Iterator[tuple[str, int, Sequence[Event], Sequence[Event]]]:
    """Each command: its id, the version after it, what had fallen due right before it, and its own events."""
    due: list[Event] = []
    for name, group in groupby(history, key=_COMMAND):
        records = list(group)
        events = [record.event for record in records]
        if name is None:
            due = events
            continue
        yield name, records[-1].version, due, events
        due = []


def _digest_wrong(digest: bytes, *, erased: bool) -> str | None:
    if len(digest) == _DIGEST_BYTES or (erased and not digest):
        return None
    return "what it is compared by is gone, and no erasure is recorded"


def _outcome_wrong(
    body: bytes, account: str, name: str, version: int, due: Sequence[Event] | None, events: Sequence[Event]
) -> str | None:
    """What is wrong with a kept outcome; without `due` the version may be an earlier one."""
    try:
        kept = as_duplicate(body)
    except StoreCorrupt as error:
        return error.message
    told, fallen = kept.events or (), kept.due or ()
    if kept.account != account or kept.command_id != name or kept.error or not _tell(told, events):
        return "the outcome that is kept is not what its events say"
    if tuple(kept.affected or ()) != tuple(dict.fromkeys(chain.from_iterable(map(_affected, events)))):
        return "the decisions that it says are affected are not those that its events say"
    if due is None:
        late = not isinstance(kept.version, int) or not 0 <= kept.version <= version
    else:
        late = kept.version != version or not _tell(fallen, due[len(due) - len(fallen) :])
    return "the version that is kept is not the one after it" if late else None


def _tell(told: Sequence[OutcomeEvent], events: Sequence[Event]) -> bool:
    """Whether these short forms are those of the events."""
    if len(told) != len(events):
        return False
    return all(
        one.type == type(event).__name__
        and one.at == event.at
        and _IDS(one) == tuple(_id(event, name) for name in _NAMES)
        for one, event in zip(told, events, strict=True)
    )


def _id(event: Event, name: str) -> Any:
    found = getattr(event, name, None)
    return UNSET if found is None else found


def _affected(event: Event) -> tuple[str, ...]:
    return event.affected if isinstance(event, SanctionOverturned) else ()
