"""The spans and metrics by name: promises to whoever reads them; the page on observing lists them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from opentelemetry import metrics, trace
from opentelemetry.metrics import Meter, MeterProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider

from ...domain.errors import Refused, SanctionsError
from ...domain.queries import Verdict
from ..outcomes import Outcome

__all__ = ["Instruments"]

_NAME: Final = "account_sanctions"
# Seconds; a question takes parts of a millisecond, a chunk of 500 commands parts of a second.
_BOUNDARIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Instruments:
    """What is measured, and where it goes."""

    def __init__(
        self, tracers: TracerProvider | None, meters: MeterProvider | None, *, database: str, accounts: bool
    ) -> None:
        self._tracer = trace.get_tracer(_NAME, tracer_provider=tracers)
        self.meter: Meter = metrics.get_meter(_NAME, meter_provider=meters)
        self._database = database
        self._accounts = accounts
        self._commands = self.meter.create_counter(
            "account_sanctions.commands", unit="{command}", description="Commands by kind and outcome."
        )
        self._checks = self.meter.create_counter(
            "account_sanctions.checks", unit="{check}", description="Questions whether an account may do something."
        )
        self._conflicts = self.meter.create_counter(
            "account_sanctions.conflicts",
            unit="{conflict}",
            description="Decisions taken again because others wrote first.",
        )
        self._durations = self.meter.create_histogram(
            "account_sanctions.operation.duration",
            unit="s",
            description="How long the door took, by operation.",
            explicit_bucket_boundaries_advisory=_BOUNDARIES,
        )

    @contextmanager
    def operation(self, name: str, account: str | None = None, **attributes: Any) -> Generator[Span, None, None]:
        """A span, and a measurement of how long it took. A refusal is an answer; only what the store could not is an error."""
        given = {"db.system.name": self._database, **{f"{_NAME}.{key}": value for key, value in attributes.items()}}
        if self._accounts and account is not None:
            given[f"{_NAME}.account"] = account
        measured, started = {"operation": name}, perf_counter()
        # Not the exception itself: its message names accounts.
        with self._tracer.start_as_current_span(
            f"{_NAME}.{name}",
            kind=SpanKind.INTERNAL,
            attributes=given,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                code = error.code if isinstance(error, SanctionsError) else type(error).__name__
                span.set_attribute("error.type", code)
                measured["error.type"] = code
                if not isinstance(error, Refused):
                    span.set_status(StatusCode.ERROR)
                raise
            finally:
                self._durations.record(perf_counter() - started, measured)

    def command(self, span: Span | None, kind: str, outcome: Outcome) -> None:
        """One more command that was carried out or refused."""
        code = outcome.error.code if outcome.error else None
        self._count(kind, outcome.status, code)
        if span is not None:
            span.set_attribute(f"{_NAME}.status", outcome.status)
            events = outcome.events
            span.set_attribute(f"{_NAME}.events", len(events) if isinstance(events, tuple) else 0)

    def refusal(self, span: Span, kind: str, error: SanctionsError) -> None:
        """One more command that was not carried out."""
        status = "malformed" if error.code == "malformed" else "refused" if isinstance(error, Refused) else "failed"
        span.set_attribute(f"{_NAME}.status", status)
        span.set_attribute(f"{_NAME}.code", error.code)
        self._count(kind, status, error.code)

    def check(self, span: Span, verdict: Verdict) -> None:
        """One more question that was answered."""
        span.set_attribute(f"{_NAME}.allowed", verdict.allowed)
        self._failure(span, verdict.failure)
        self._checks.add(1, {"allowed": verdict.allowed})

    def checks(self, span: Span, verdicts: Sequence[Verdict]) -> None:
        """Many more."""
        allowed = sum(verdict.allowed for verdict in verdicts)
        span.set_attribute(f"{_NAME}.checks", len(verdicts))
        span.set_attribute(f"{_NAME}.allowed", allowed)
        self._failure(span, next((verdict.failure for verdict in verdicts if verdict.failure is not None), None))
        for answer, count in ((True, allowed), (False, len(verdicts) - allowed)):
            if count:
                self._checks.add(count, {"allowed": answer})

    def conflicts(self, attempts: int) -> None:
        """Something was decided so many times because others wrote first."""
        trace.get_current_span().set_attribute(f"{_NAME}.attempts", attempts)
        self._conflicts.add(attempts - 1)

    def _failure(self, span: Span, code: str | None) -> None:
        """The host chose the answer, because the store gave none."""
        if code is not None:
            span.set_attribute("error.type", code)
            span.set_status(StatusCode.ERROR)

    def _count(self, kind: str, status: str, code: str | None) -> None:
        attributes = {"command": kind, "status": status}
        self._commands.add(1, attributes if code is None else {**attributes, "code": code})
