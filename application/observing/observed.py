"""`observed`: the same door, telling OpenTelemetry what it does. A door that is not observed pays nothing."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, overload

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from ...domain.commands import Command
from ...domain.errors import SanctionsError
from ...domain.queries import Verdict
from ...domain.state import State
from ..documents import AccountState
from ..following import Batch, Follower
from ..following.settings import Settings
from ..given import Given, names_in
from ..horizon import KnownAt
from ..outcomes import Outcome
from ..rebuilding import Rebuilt
from ..sanctions import Sanctions, Swept
from ..telling import kind_of
from ..unsure import WhenUnsure
from .gauges import FromLoop, at_once, watch
from .instruments import Instruments

if TYPE_CHECKING:
    from typing import Unpack

    from sqlalchemy import Connection

    from ..asynchronous import AsyncSanctions

__all__ = ["observed"]

T = TypeVar("T")


@overload
def observed(
    sanctions: Sanctions,
    *,
    tracer_provider: TracerProvider | None = ...,
    meter_provider: MeterProvider | None = ...,
    accounts: bool = ...,
) -> Sanctions: ...
@overload
def observed(
    sanctions: AsyncSanctions,
    *,
    tracer_provider: TracerProvider | None = ...,
    meter_provider: MeterProvider | None = ...,
    accounts: bool = ...,
) -> AsyncSanctions: ...
def observed(
    sanctions: Sanctions | AsyncSanctions,
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
    accounts: bool = False,
) -> Sanctions | AsyncSanctions:
    """The same door with spans around what it does, and metrics of it; use it instead of the one that was handed in.

    Without providers the process's global ones are used. `accounts`: spans name the account that a command or question is
    about. It is personal data, so it is left out otherwise; metrics never have it. Of an asynchronous door, call this inside
    its event loop.
    """
    door = sanctions if isinstance(sanctions, Sanctions) else sanctions.door
    name = door.store.database.engine.dialect.name
    instruments = Instruments(tracer_provider, meter_provider, database=name, accounts=accounts)
    watched = ObservedSanctions.over(door, instruments)
    if isinstance(sanctions, Sanctions):
        watch(instruments.meter, door, at_once)
        return watched
    watch(instruments.meter, door, FromLoop(get_running_loop()))
    return type(sanctions)(watched)


class ObservedSanctions(Sanctions):
    """The door with a span around each thing that it does. What is done inside a host's transaction is seen too."""

    _instruments: Instruments

    @classmethod
    def over(cls, door: Sanctions, instruments: Instruments) -> ObservedSanctions:
        """The door, observed; both share the store."""
        made = cls.__new__(cls)
        made.__dict__.update(door.__dict__, _instruments=instruments)
        return made

    def execute(self, command: Command | Mapping[str, Any], *, trusted_times: bool = False) -> Outcome:
        kind = kind_of(command)
        with self._instruments.operation("execute", names_in(command)[0], command=kind) as span:
            try:
                outcome = super().execute(command, trusted_times=trusted_times)
            except SanctionsError as error:
                self._instruments.refusal(span, kind, error)
                raise
            self._instruments.command(span, kind, outcome)
        return outcome

    def execute_many(self, commands: Iterable[Given], *, trusted_times: bool = False) -> list[Outcome]:
        with self._instruments.operation("execute_many") as span:
            outcomes = super().execute_many(commands, trusted_times=trusted_times)
            span.set_attribute("account_sanctions.commands", len(outcomes))
        return outcomes

    def chunks(
        self,
        *,
        trusted_times: bool = False,
        before: Callable[[Command, State], None] | None = None,
        checked: bool = False,
    ) -> Callable[[Sequence[Given]], list[Outcome]]:
        carry_out = super().chunks(trusted_times=trusted_times, before=before, checked=checked)

        def observing(batch: Sequence[Given]) -> list[Outcome]:
            with self._instruments.operation("execute_chunk", commands=len(batch)):
                outcomes = carry_out(batch)
                for given, outcome in zip(batch, outcomes, strict=True):
                    self._instruments.command(None, kind_of(given), outcome)
            return outcomes

        return observing

    def may(
        self, account: str, function: str, at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> Verdict:
        with self._instruments.operation("may", account, function=function) as span:
            verdict = super().may(account, function, at, on_error=on_error)
            self._instruments.check(span, verdict)
        return verdict

    def may_many(
        self, asked: Iterable[tuple[str, str]], at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> list[Verdict]:
        with self._instruments.operation("may_many") as span:
            verdicts = super().may_many(asked, at, on_error=on_error)
            self._instruments.checks(span, verdicts)
        return verdicts

    def state(self, account: str, valid_at: datetime | None = None, known_at: KnownAt = None) -> AccountState:
        with self._instruments.operation("state", account):
            return super().state(account, valid_at, known_at)

    def sweep(self, until: datetime | None = None) -> Swept:
        with self._instruments.operation("sweep") as span:
            swept = super().sweep(until)
            span.set_attribute("account_sanctions.events", swept.events)
        return swept

    def rebuild(self, progress: Callable[[Rebuilt], None] | None = None, *, afresh: bool = False) -> Rebuilt:
        with self._instruments.operation("rebuild") as span:
            rebuilt = super().rebuild(progress, afresh=afresh)
            span.set_attribute("account_sanctions.corrected", rebuilt.corrected)
        return rebuilt

    def follow(
        self,
        name: str,
        handler: Callable[[Connection, Batch], object],
        batch: int = 1000,
        *,
        hold: float = 60.0,
        **settings: Unpack[Settings],
    ) -> Follower:
        def observing(connection: Connection, taken: Batch) -> object:
            with self._taking(name, taken):
                return handler(connection, taken)

        return super().follow(name, observing, batch, hold=hold, **settings)

    def follow_elsewhere(
        self,
        name: str,
        handler: Callable[[Batch], object],
        batch: int = 1000,
        *,
        hold: float = 60.0,
        **settings: Unpack[Settings],
    ) -> Follower:
        def observing(taken: Batch) -> object:
            with self._taking(name, taken):
                return handler(taken)

        return super().follow_elsewhere(name, observing, batch, hold=hold, **settings)

    def _taking(self, follower: str, batch: Batch) -> AbstractContextManager[object]:
        return self._instruments.operation("follow", follower=follower, partition=batch[0].partition, events=len(batch))

    def _retrying(self, attempt: Callable[[], T], account: str | None = None) -> T:
        attempts = 0

        def counted() -> T:
            nonlocal attempts
            attempts += 1
            return attempt()

        try:
            return super()._retrying(counted, account)
        finally:
            if attempts > 1:
                self._instruments.conflicts(attempts)
