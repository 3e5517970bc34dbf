"""Gathering what a report holds: of one account, or of all of them in one pass over one view of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from ..domain.due import LinkEnd
from ..domain.instants import text
from ..domain.record import Recorded
from ..domain.state import State
from ..infrastructure.database import Cursor
from ..infrastructure.scanning import Scan
from .given import utc
from .horizon import Horizon, KnownAt, horizon
from .linking import link_ends
from .reports.differing import Difference, difference
from .reports.overview import DifferenceFold, OverviewFold, View
from .reports.overview_page import OverviewReport
from .reports.report_page import AccountReport
from .reports.verdicts import verdict_view
from .times import known_state

if TYPE_CHECKING:
    from .sanctions import Sanctions
    from .verifying import Verification

__all__ = ["Compared", "account_report", "store_report"]

_ACCOUNTS_TOLD: Final = 100


class Compared(Struct, frozen=True):
    """Two looks to compare: at two instants (`valid`), or as known at two (`known`)."""

    of: Literal["valid", "known"]
    before: datetime | KnownAt
    after: datetime | KnownAt


def account_report(
    sanctions: Sanctions,
    account: str,
    *,
    valid_at: datetime | None = None,
    known_at: KnownAt = None,
    compared: tuple[Compared, ...] = (),
    verification: Verification | None = None,
) -> AccountReport:
    """What the report of one account holds. `verification`: of this account, None where nothing was verified."""
    made_at = sanctions.clock()
    at = made_at if valid_at is None else utc("valid_at", valid_at)
    state = partial(sanctions.state, account)
    found: list[Difference] = []
    for one in compared:
        if one.of == "valid":
            assert isinstance(one.before, datetime)
            assert isinstance(one.after, datetime)
            looks = state(one.before, known_at), state(one.after, known_at)
        else:
            looks = state(at, one.before), state(at, one.after)
        found.append(difference(one.of, *looks))
    return AccountReport(
        history=sanctions.history(account, valid_at=valid_at, known_at=known_at),
        state=state(at, known_at),
        explanation=sanctions.explain_account(account, valid_at=at, known_at=known_at),
        places=sanctions.places(account),
        verdict=verdict_view(verification, of_one_account=True),
        differences=tuple(found),
        made_at=made_at,
    )


def store_report(
    sanctions: Sanctions,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    valid_at: datetime | None = None,
    known_at: KnownAt = None,
    compared: tuple[Compared, ...] = (),
    verification: Verification | None = None,
    progress: Callable[[int], None] | None = None,
) -> OverviewReport:
    """What the report of the whole store holds, or of what happened from `since` on and before `until`.

    Accounts are counted as they stand at `valid_at` (default: `until`, else now). What is held in memory does not grow with the
    number of accounts; `progress` is told how many more were read.
    """
    now = sanctions.clock()
    at = utc("valid_at", valid_at) if valid_at is not None else now if until is None else min(utc("until", until), now)
    figures = OverviewFold(at=at, since=since, until=until)
    with sanctions.store.database.reading() as cursor:
        known = horizon(sanctions.store, cursor, known_at)
        pairs = [(one, DifferenceFold(), _sides(sanctions, cursor, one, at, known)) for one in compared]
        number = 0
        for number, (account, records) in enumerate(_accounts(sanctions, cursor), 1):
            look = partial(_view, sanctions, cursor, account, records)
            figures.add(account, look(known, at))
            for _, fold, (before, after) in pairs:
                fold.add(account, look(*before), look(*after))
            if progress is not None and number % _ACCOUNTS_TOLD == 0:
                progress(_ACCOUNTS_TOLD)
        if progress is not None:
            progress(number % _ACCOUNTS_TOLD)
    return OverviewReport(
        overview=figures.result(),
        decisions=figures.decisions,
        standing_changes=figures.standing_changes,
        differences=tuple(fold.result(*(_words(one.of, *side, now) for side in sides)) for one, fold, sides in pairs),
        verdict=verdict_view(verification),
        known_position=known.words,
        made_at=now,
    )


_Side = tuple[Horizon, datetime]


def _accounts(sanctions: Sanctions, cursor: Cursor) -> Iterator[tuple[str, list[Recorded]]]:
    """Every account with its events, in the one view of the store that the cursor has."""
    decoded = sanctions.store.decoded
    for name, events in groupby(Scan(sanctions.store.database).events(cursor), key=lambda event: event.account):
        yield name, [decoded(name, one.version, one.topic, one.state) for one in events]


def _sides(sanctions: Sanctions, cursor: Cursor, one: Compared, at: datetime, known: Horizon) -> tuple[_Side, _Side]:
    if one.of == "valid":
        assert isinstance(one.before, datetime)
        assert isinstance(one.after, datetime)
        return (known, utc("from", one.before)), (known, utc("to", one.after))
    return (horizon(sanctions.store, cursor, one.before), at), (horizon(sanctions.store, cursor, one.after), at)


def _view(
    sanctions: Sanctions, cursor: Cursor, account: str, records: list[Recorded], known: Horizon, at: datetime
) -> View:
    find = cache(partial(known_state, sanctions.store, cursor, known=known))

    def find_links(state: State) -> tuple[LinkEnd, ...]:
        return link_ends(state.live.values(), find)

    return View(known.known(cursor, account, records), at, find_links)


def _words(of: Literal["valid", "known"], known: Horizon, at: datetime, now: datetime) -> str:
    if of == "valid":
        return text(at)
    return f"as known at position {known.words}" if known.words is not None else f"as known {text(known.instant(now))}"
