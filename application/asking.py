"""What the door answers beyond the state: why something was decided, and figures over all accounts. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from ..domain.commands import read_account
from ..domain.errors import Malformed, UnknownFunction
from ..domain.evolve import fold
from ..domain.explaining import AccountExplanation, Explanation, Past, Subject, explain, explain_account, past
from ..domain.instants import as_utc
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.record import Recorded
from ..domain.state import NOTHING, State
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor
from ..infrastructure.errors import StoreCorrupt
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.statistics import Statistics, StatisticsFold
from .again import asked_again
from .following.status import follower_status
from .linking import link_ends

__all__ = ["LINKS", "Asking", "LinksDelay"]

LINKS: Final = "links"
"""The follower that ends sanctions whose cause on another account has ended."""


class LinksDelay(Struct, frozen=True):
    """How many events the follower of links has not taken in, and how many seconds ago the oldest was recorded (None: none)."""

    behind: int
    seconds: float | None


class Asking:
    """The questions of `Sanctions` that look behind the state."""

    store: Store
    policies: PolicyBook
    clock: Clock
    view: CurrentRestrictions

    def accounts(self) -> Iterator[str]:
        """Every account of which something is recorded, in order."""
        raise NotImplementedError

    @asked_again
    def links_behind(self) -> int:
        """How many events the follower of links has not taken in. See `links_delay`."""
        return self.links_delay().behind

    def links_delay(self) -> LinksDelay:
        """How far what is read from rows alone (the in-process index) may be behind the causes of linked sanctions.

        An end that was decided when the dependent was recorded, or that the follower has taken in since, is in the rows, and
        comes by itself. What became of a cause later comes with the follower, which `sweep` runs.
        """
        view, log = self.view, self.store.log
        with self.store.database.reading() as cursor:
            found = follower_status(cursor, log, view.followers, view.parked, LINKS, self.clock())
        return LinksDelay(found.behind, found.seconds)

    @asked_again
    def explain(
        self,
        account: str,
        decision: str,
        *,
        subject: Subject | None = None,
        valid_at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> Explanation:
        """Why a decision was taken: by the id of a sanction, violation or proposal (`subject` says which, where several have it).

        The policy is evaluated again on the state just before the decision; what then differs from the record is said. Raises
        UnknownSanction, UnknownViolation and UnknownProposal.
        """
        return explain(self._past(account, valid_at, known_at)[0], decision, subject)

    @asked_again
    def explain_account(
        self,
        account: str,
        function: str | None = None,
        *,
        valid_at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> AccountExplanation:
        """Why the account may or may not use a function; without one, why it stands as it does. Raises UnknownFunction."""
        found, known = self._past(account, valid_at, known_at)
        # A name that some policy knew, or that some sanction took, is none that was mistyped.
        if function is not None and not self._knows(found, function):
            raise UnknownFunction(
                f"the policy {self.policies.name} has no function {function!r}",
                function=function,
                policy=self.policies.name,
            )
        return explain_account(found, function, known_at=known)

    def statistics(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Statistics:
        """Figures over all accounts, of what happened from `since` on and before `until`; reads one account at a time."""
        figures = StatisticsFold(
            now=self.clock(),
            since=None if since is None else _utc("since", since),
            until=None if until is None else _utc("until", until),
        )
        for account in self.accounts():
            figures.add(record.event for record in self._headers(account))
            if progress is not None:
                progress(account)
        return figures.result()

    @asked_again
    def _headers(self, account: str) -> list[Recorded]:
        with self.store.database.reading() as cursor:
            return self.store.headers(cursor, account)

    def _past(self, account: str, valid_at: datetime | None, known_at: datetime | None) -> tuple[Past, datetime]:
        """What is known of the account, and as of when."""
        name, now = read_account(account), self.clock()
        valid = now if valid_at is None else _utc("valid_at", valid_at)
        known = None if known_at is None else _utc("known_at", known_at)

        def horizon(records: list[Recorded]) -> datetime:
            return max([now, *(one.recorded_at for one in records[-1:])]) if known is None else known

        with self.store.database.reading() as cursor:
            history = self.store.history(cursor, name)
            policies = _kept(self.store, cursor)

            def find(other: str) -> State:
                others = self.store.headers(cursor, other)
                return fold(NOTHING, [one.event for one in others if one.recorded_at <= horizon(others)])

            found = past(
                name,
                history,
                valid_at=valid,
                known_at=horizon(history),
                policies=policies.get,
                find_links=lambda state: link_ends(state.live.values(), find),
            )
        return found, now if known is None else known

    def _knows(self, found: Past, function: str) -> bool:
        return self.policies.knows_function(function) or any(
            function in sanction.functions for sanction in found.state.sanctions()
        )


def _kept(store: Store, cursor: Cursor) -> dict[str, Policy]:
    try:
        return {kept.digest: kept.policy for kept in store.kept_policies(cursor)}
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreCorrupt(f"a policy that the store keeps cannot be read: {error}") from None


def _utc(field: str, instant: datetime) -> datetime:
    try:
        return as_utc(instant)
    except ValueError as error:
        raise Malformed(f"{field}: {error}", field=field) from None
