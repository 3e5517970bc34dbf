"""What the door answers beyond the state: why something was decided, and figures over all accounts. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache, partial
from typing import Final

import msgspec
from msgspec import Struct

from ..domain.commands import read_account
from ..domain.errors import UnknownFunction
from ..domain.explaining import (
    AccountExplanation,
    Explanation,
    Past,
    ProofReference,
    Subject,
    explain,
    explain_account,
    past,
)
from ..domain.instants import LAST_INSTANT
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.record import Recorded
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor
from ..infrastructure.errors import StoreCorrupt
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.statistics import Statistics, StatisticsFold
from .again import asked_again
from .following.status import follower_status
from .given import utc
from .horizon import Horizon, KnownAt, horizon
from .linking import link_ends
from .times import known_state

__all__ = ["LINKS", "Asking", "LinksDelay", "proof_references"]

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
        known_at: KnownAt = None,
    ) -> Explanation:
        """Why a decision was taken: by the id of a sanction, violation or proposal (`subject` says which, where several have it).

        The policy is evaluated again on the state just before the decision; what then differs from the record is said. Raises
        UnknownSanction, UnknownViolation and UnknownProposal.
        """
        with self.store.database.reading() as cursor:
            return explain(self._past(cursor, account, valid_at, known_at)[0], decision, subject)

    @asked_again
    def explain_account(
        self,
        account: str,
        function: str | None = None,
        *,
        valid_at: datetime | None = None,
        known_at: KnownAt = None,
    ) -> AccountExplanation:
        """Why the account may or may not use a function; without one, why it stands as it does. Raises UnknownFunction."""
        with self.store.database.reading() as cursor:
            found, known = self._past(cursor, account, valid_at, known_at)
            # A name that some policy knew, or that some sanction took, is none that was mistyped.
            if function is not None and not self._knows(found, function):
                raise UnknownFunction(
                    f"the policy {self.policies.name} has no function {function!r}",
                    function=function,
                    policy=self.policies.name,
                )
            places = proof_references(self.store, cursor, found.account)
            as_known = known.instant(self.clock())
            return explain_account(found, function, known_at=as_known, known_position=known.words, places=places)

    @asked_again
    def places(self, account: str) -> dict[int, ProofReference]:
        """Where in the log the account's events stand, by version, and which checkpoint covers them."""
        with self.store.database.reading() as cursor:
            return proof_references(self.store, cursor, read_account(account))

    def statistics(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Statistics:
        """Figures over all accounts, of what happened from `since` on and before `until`; reads one account at a time."""
        figures = StatisticsFold(
            now=self.clock(),
            since=None if since is None else utc("since", since),
            until=None if until is None else utc("until", until),
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

    def _past(self, cursor: Cursor, account: str, valid_at: datetime | None, known_at: KnownAt) -> tuple[Past, Horizon]:
        """What is known of the account, and how far knowledge goes."""
        name, now = read_account(account), self.clock()
        valid = now if valid_at is None else utc("valid_at", valid_at)
        known = horizon(self.store, cursor, known_at)
        # Asked again for each event that is left out to see whether it carries the answer.
        find = cache(partial(known_state, self.store, cursor, known=known))
        found = past(
            name,
            known.known(cursor, name, self.store.history(cursor, name)),
            valid_at=valid,
            known_at=LAST_INSTANT,
            policies=_kept(self.store, cursor).get,
            find_links=lambda state: link_ends(state.live.values(), find),
        )
        return found, known

    def _knows(self, found: Past, function: str) -> bool:
        return self.policies.knows_function(function) or any(
            function in sanction.functions for sanction in found.state.sanctions()
        )


def proof_references(store: Store, cursor: Cursor, account: str) -> dict[int, ProofReference]:
    """Where in the log the events of an account stand, by version."""
    from ..infrastructure.evidence.placing import Places

    found = Places(store.database, store.identity.partitions).of(cursor, account)
    return {version: ProofReference(one.partition, one.position, one.checkpoint) for version, one in found.items()}


def _kept(store: Store, cursor: Cursor) -> dict[str, Policy]:
    try:
        return {kept.digest: kept.policy for kept in store.kept_policies(cursor)}
    except (msgspec.DecodeError, ValueError) as error:
        raise StoreCorrupt(f"a policy that the store keeps cannot be read: {error}") from None
