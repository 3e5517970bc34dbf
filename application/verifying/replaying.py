"""Verifying what follows from one account's events: each decision taken again, and every row that was made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final

from ...domain.auditing import judge
from ...domain.events import Event, PersonalDataErased
from ...domain.evolve import fold
from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...domain.state import NOTHING, State
from ...infrastructure.errors import StoreCorrupt
from ...infrastructure.snapshots import shape, thaw
from ...projections.comparison import expected_rows
from ..outcomes import Outcome, OutcomeEvent, accepted, as_duplicate
from .collecting import Findings
from .reader import AccountRows

__all__ = ["ReplayVerifier"]

# Clocks of several machines differ; more than this is no difference of clocks.
_AHEAD: Final = timedelta(days=1)
_DIGEST_BYTES: Final = 32
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
    for table, said in by_table.items():
        found = (any(one.startswith("missing") for one in said), any(one.startswith("too much") for one in said))
        findings.add(_CODES[found], f"{table}: {'; '.join(said)}", account=rows.account)
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
    acted: set[str] = set()
    for name, version, due, events in _decisions(history):
        acted.add(name)
        row = rows.commands.get(name)
        if row is None:
            said = f"the command {name!r} is not remembered"
            findings.add("command_missing", said, account=rows.account, version=version)
            return
        expected = accepted(rows.account, name, version, events, ())
        if (wrong := _wrong(row, expected, due, erased=erased)) is not None:
            findings.add("command_changed", f"the command {name!r}: {wrong}", account=rows.account, version=version)
            return
    for name in rows.commands.keys() - acted:
        # It changed nothing, so nothing but its version can be compared.
        nothing = accepted(rows.account, name, -1, (), ())
        if (wrong := _wrong(rows.commands[name], nothing, (), erased=erased, most=len(history))) is not None:
            findings.add("command_changed", f"the command {name!r}: {wrong}", account=rows.account)
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


def _wrong(
    row: tuple[bytes, bytes], expected: Outcome, due: Sequence[Event], *, erased: bool, most: int | None = None
) -> str | None:
    digest, body = row
    if len(digest) != _DIGEST_BYTES and not (erased and not digest):
        return "what it is compared by is gone, and no erasure is recorded"
    try:
        kept = as_duplicate(body)
    except StoreCorrupt as error:
        return error.message
    mine = (kept.account, kept.command_id, kept.events, kept.affected, kept.error)
    if mine != (expected.account, expected.command_id, expected.events, expected.affected, expected.error):
        return "the outcome that is kept is not what its events say"
    fallen = kept.due or ()
    if most is None:
        told = tuple(map(OutcomeEvent.of, due))
        late = kept.version != expected.version or told[len(told) - len(fallen) :] != fallen
    else:
        late = not isinstance(kept.version, int) or not 0 <= kept.version <= most
    return "the version that is kept is not the one after it" if late else None
