"""Recording what has fallen due, and ending what exists because of another account's sanction that has ended.

Both run in the background or by hand, and no answer depends on them: a read folds the same events itself.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection

from ..domain.errors import OutOfOrder
from ..infrastructure.errors import Conflict, HostMustRestart, StoreNotPermitted
from ..infrastructure.hosts import transaction_of
from ..infrastructure.joined import JoinedDatabase
from ..infrastructure.logs import INFO, tell
from .asking import LINKS
from .executing import CHUNK, Executing
from .following import Batch, Follower
from .following.door import Following
from .following.settings import Settings
from .given import utc
from .rebuilding import Rebuilding
from .writing import Unit, load_causes, record_due

if TYPE_CHECKING:
    from typing import Unpack

__all__ = ["Sweeping", "Swept"]


class Swept(Struct, frozen=True):
    """What a sweep recorded: how many events, on how many accounts."""

    accounts: int
    events: int


class Sweeping(Executing, Following, Rebuilding):
    """The part of `Sanctions` that records what nobody commands."""

    def sweep(self, until: datetime | None = None) -> Swept:
        """Record what has fallen due by `until` (default: now). No answer depends on it.

        Without `until`, what exists because of another account's sanction that has ended is ended too; not from inside a
        host's transaction. Raises OutOfOrder for an `until` beyond the store's clock.
        """
        now = self.clock()
        limit = now if until is None else utc("until", until)
        if limit > now:
            raise OutOfOrder(
                f"a sweep cannot go beyond the store's clock ({now.isoformat()})",
                until=limit.isoformat(),
                now=now.isoformat(),
            )
        swept = Swept(0, 0)
        while True:
            accounts, events, rows = self._retrying(lambda: self._sweep_chunk(limit))
            swept = Swept(swept.accounts + accounts, swept.events + events)
            if not rows:
                break
        if until is None and self._database.alone:
            accounts, events = self._sweep_links()
            swept = Swept(swept.accounts + accounts, swept.events + events)
        if self._database.alone:
            # Who may not destroy leaves it to who may.
            with suppress(StoreNotPermitted):
                self.finish_erasures()
        tell(INFO, "swept", accounts=swept.accounts, events=swept.events)
        return swept

    def follow_links(self, **settings: Unpack[Settings]) -> Follower:
        """The follower that ends what exists because of another account's sanction that has ended.

        `sweep` runs it. Run it in the background where the in-process index is to learn of such ends within seconds.
        """
        return self.follow(LINKS, self._end_linked, CHUNK, **settings)

    def _sweep_chunk(self, until: datetime) -> tuple[int, int, int]:
        unit, odd = Unit(), list[str]()
        with self._writing(unit) as cursor:
            names = self.view.overdue(cursor, until, CHUNK)
            for account in names:
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                load_causes(self.store, cursor, unit, account)
                if not record_due(unit, account, until, self.clock):
                    odd.append(account)
        # Somebody else was quicker; or a row says otherwise than the events, and would come up for ever.
        self._mend(odd)
        return len(unit.after), len(unit.records), len(names)

    def _sweep_links(self) -> tuple[int, int]:
        found: dict[tuple[int, int], tuple[int, int]] = {}

        def end(connection: Connection, batch: Batch) -> None:
            # By its place: what was rolled back and is done again counts once.
            found[batch[0].partition, batch[0].position] = self._end_linked(connection, batch)

        self.store.settle_log()
        self._retrying(self.follow(LINKS, end, CHUNK, wait=self.store.database.rest).catch_up)
        return sum(accounts for accounts, _ in found.values()), sum(events for _, events in found.values())

    def _end_linked(self, connection: Connection, batch: Batch) -> tuple[int, int]:
        """What exists because of a sanction that ended is ended too; returns on how many accounts, by how many events.

        What is to end later is put into the rows, so that whoever reads only these knows when.
        """
        door = self._inside(JoinedDatabase(self._database, transaction_of(connection)))
        unit, links, changed = Unit(), self.view.links, {logged.account for logged in batch}
        try:
            with door._writing(unit) as cursor:  # noqa: SLF001 - the same door, inside the follower's transaction
                now = self.clock()
                # A dependent that was written while its cause ended comes up by itself: its cause may have been followed before.
                for account in sorted(links.because_of(cursor, changed) | links.among(cursor, changed)):
                    if not unit.has(account):
                        unit.before[account] = door.store.load(cursor, account)
                    load_causes(door.store, cursor, unit, account)
                    if not record_due(unit, account, now, self.clock):
                        links.put(cursor, account, unit.state(account), unit.links(account))
        except HostMustRestart as error:
            # The follower's transaction is its own: the whole of it is decided again.
            raise Conflict(str(error)) from error
        return len(unit.after), len(unit.records)
