"""Spans and metrics: what they are called, what they say and what they keep to themselves."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions, Sanctions
from account_sanctions.application.observing import observed
from account_sanctions.domain.errors import Malformed, UnknownFunction, UnknownSanction
from account_sanctions.infrastructure.errors import StoreError
from account_sanctions.infrastructure.evidence.keys import make_keys
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sqlalchemy import create_engine

from tests.integration.support import MovingClock, command, restrict, rows
from tests.unmeasured import unmeasured


@dataclass
class Telescope:
    """Where a host with the SDK in memory looks."""

    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)

    def __post_init__(self) -> None:
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.spans))
        self.meters = MeterProvider([self.reader])

    @property
    def providers(self) -> dict[str, Any]:
        return {"tracer_provider": self.tracers, "meter_provider": self.meters}

    def seen(self) -> list[tuple[str, dict[str, Any]]]:
        """The spans in the order of their ends: names and attributes without the common prefix."""
        return [(_short(span.name), _attributes(span)) for span in self.spans.get_finished_spans()]

    def points(self, name: str) -> dict[tuple[Any, ...], Any]:
        """The points of a metric by the values of their attributes."""
        found = self.reader.get_metrics_data()
        every = [
            metric
            for resource in (found.resource_metrics if found else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        points: list[Any] = [point for metric in every if metric.name == name for point in metric.data.data_points]
        return {
            tuple(point.attributes.values()): getattr(point, "value", None) or getattr(point, "count", 0)
            for point in points
        }


def _short(name: str) -> str:
    return name.removeprefix("account_sanctions.")


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    found = {_short(name): value for name, value in (span.attributes or {}).items()}
    assert found.pop("db.system.name") in ("sqlite", "postgresql")
    return found


@pytest.fixture
def telescope() -> Iterator[Telescope]:
    made = Telescope()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()


def test_spans_tell_what_was_done_and_how_it_ended_and_name_nobody(url: str, telescope: Telescope) -> None:
    clock, secret = MovingClock(), "said in confidence"
    with observed(Sanctions.open(url, clock=clock), **telescope.providers) as sanctions:
        sanctions.execute(restrict(command_id="c", basis={"clause": secret, "facts": secret}, for_="P1D"))
        sanctions.execute(restrict(command_id="c", basis={"clause": secret, "facts": secret}, for_="P1D"))
        with pytest.raises(UnknownSanction):
            sanctions.execute(command("lift", sanction="nothing", reason=secret))
        with pytest.raises(Malformed):
            sanctions.execute({"command": secret})
        sanctions.execute_many([restrict("gh_2"), command("lift", sanction="nothing", reason=secret)])
        sanctions.may("gh_1", "mass_send")
        sanctions.state("gh_1")
        clock.move(days=2)
        sanctions.sweep()
        sanctions.rebuild()
    restricted = {"command": "restrict", "events": 1}
    assert telescope.seen() == [
        ("execute", {**restricted, "status": "accepted"}),
        ("execute", {**restricted, "status": "duplicate"}),
        (
            "execute",
            {"command": "lift", "status": "refused", "code": "unknown_sanction", "error.type": "unknown_sanction"},
        ),
        ("execute", {"command": "unknown", "status": "malformed", "code": "malformed", "error.type": "malformed"}),
        ("execute_chunk", {"commands": 2}),
        ("execute_many", {"commands": 2}),
        ("may", {"function": "mass_send", "allowed": False}),
        ("state", {}),
        ("follow", {"follower": "links", "partition": 0, "events": 3}),
        ("sweep", {"events": 1}),
        ("rebuild", {"corrected": 0}),
    ]
    everything = "".join(span.to_json() for span in telescope.spans.get_finished_spans())
    assert secret not in everything
    assert "gh_" not in everything
    assert {span.status.status_code for span in telescope.spans.get_finished_spans()[:3]} == {StatusCode.UNSET}


def test_chunk_lies_inside_its_batch_and_both_inside_what_the_host_does(url: str, telescope: Telescope) -> None:
    with (
        observed(Sanctions.open(url), **telescope.providers) as sanctions,
        telescope.tracers.get_tracer("host").start_as_current_span("handle"),
    ):
        sanctions.execute_many([restrict()])
    chunk, batch, host = telescope.spans.get_finished_spans()
    assert chunk.parent
    assert batch.parent
    assert (chunk.parent.span_id, batch.parent.span_id) == (batch.context.span_id, host.context.span_id)


def test_account_is_in_spans_where_the_host_asked_for_it_and_never_in_metrics(url: str, telescope: Telescope) -> None:
    with observed(Sanctions.open(url), accounts=True, **telescope.providers) as sanctions:
        sanctions.execute(restrict("gh_7"))
        sanctions.may("gh_7", "mass_send")
        sanctions.state("gh_7")
    assert [attributes["account"] for _, attributes in telescope.seen()] == ["gh_7"] * 3
    found = telescope.reader.get_metrics_data()
    assert found
    assert "gh_7" not in found.to_json()


def test_metrics_count_commands_questions_and_conflicts(url: str, telescope: Telescope) -> None:
    with observed(Sanctions.open(url), **telescope.providers) as sanctions, Sanctions.open(url) as other:
        load, first = sanctions.store.read, [True]

        def interrupted(*given: Any) -> Any:
            found = load(*given)
            if first:
                first.clear()
                other.execute(restrict(sanction="theirs"))
            return found

        sanctions.store.__dict__["read"] = interrupted
        sanctions.execute(restrict(sanction="ours"))
        sanctions.execute_many([restrict("gh_2"), restrict("gh_2", functions=["fly"]), {"command": "made up"}])
        assert sanctions.may("gh_1", "publish")
        assert not sanctions.may("gh_1", "mass_send")
        with pytest.raises(UnknownFunction):
            sanctions.may("gh_1", "fly")
        counted = telescope.points("account_sanctions.commands")
        assert counted == {
            ("restrict", "accepted"): 2,
            ("restrict", "refused", "unknown_function"): 1,
            ("unknown", "malformed", "malformed"): 1,
        }
        assert telescope.points("account_sanctions.checks") == {(True,): 1, (False,): 1}
        assert telescope.points("account_sanctions.conflicts") == {(): 1}
        assert telescope.points("account_sanctions.operation.duration") == {
            ("execute",): 1,
            ("execute_chunk",): 1,
            ("execute_many",): 1,
            ("may",): 2,
            ("may", "unknown_function"): 1,
        }
    assert telescope.seen()[0][1]["attempts"] == 2


def test_error_of_the_store_is_the_spans_error(url: str, telescope: Telescope) -> None:
    with observed(Sanctions.open(url), **telescope.providers) as sanctions:
        rows(url, "ALTER TABLE sanctions_intervals RENAME TO gone")
        with pytest.raises(StoreError):
            sanctions.execute(restrict())
        with pytest.raises(StoreError):
            sanctions.may("gh_1", "publish")
    spans = telescope.spans.get_finished_spans()
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2
    assert [span.events for span in spans] == [(), ()]
    assert telescope.seen()[0][1]["status"] == "failed"


def test_what_is_done_in_a_hosts_transaction_is_seen_too(url: str, telescope: Telescope) -> None:
    engine = create_engine(url)
    with (
        observed(Sanctions.open(engine), **telescope.providers) as sanctions,
        engine.begin() as connection,
        sanctions.joining(connection) as joined,
    ):
        joined.execute(restrict())
    engine.dispose()
    assert [name for name, _ in telescope.seen()] == ["execute"]


def test_gauges_tell_what_waits_and_how_far_followers_are_behind(url: str, telescope: Telescope) -> None:
    with observed(Sanctions.open(url, partitions=2), **telescope.providers) as sanctions:
        sanctions.sweep()
        sanctions.execute_many([command("note", f"gh_{number}", text="-") for number in range(8)])
        waiting = telescope.points("account_sanctions.log.backlog")
        assert sum(waiting.values()) == (8 if sanctions.store.sequencer else 0)
        assert set(waiting) == {(0,), (1,)}
        sanctions.store.settle_log()
        assert sum(telescope.points("account_sanctions.log.backlog").values()) == 0
        first = telescope.points("account_sanctions.follower.lag")
        sanctions.sweep()
        then = telescope.points("account_sanctions.follower.lag")
        sanctions.execute(command("note", "gh_1", text="-"))
        sanctions.store.settle_log()
        last = telescope.points("account_sanctions.follower.lag")
        assert sum(first.values()) in (0, 8)  # a follower that never found anything has no position yet
        assert (sum(then.values()), sum(last.values())) == (0, 1)
    assert telescope.points("account_sanctions.follower.lag") == {}


def test_gauges_are_read_beside_the_host_in_the_thread_that_collects(url: str, telescope: Telescope) -> None:
    with observed(Sanctions.open(url), **telescope.providers) as sanctions:
        sanctions.execute(restrict())
        met = Barrier(3)

        def collect() -> None:
            met.wait(20)
            telescope.points("account_sanctions.log.backlog")

        threads = [Thread(target=collect) for _ in range(2)]
        for thread in threads:
            thread.start()
        met.wait(20)
        for number in range(20):
            sanctions.execute(restrict(sanction=f"s-{number}"))
        for thread in threads:
            thread.join(20)
    assert telescope.points("account_sanctions.commands") == {("restrict", "accepted"): 21}


def test_door_of_an_event_loop_is_observed_alike_and_its_gauges_tell_the_last_reading(
    url: str, telescope: Telescope
) -> None:
    async def watched() -> None:
        async with observed(await AsyncSanctions.open(url), **telescope.providers) as sanctions:
            with telescope.tracers.get_tracer("host").start_as_current_span("handle"):
                await asyncio.gather(*(sanctions.execute(restrict(f"gh_{number}")) for number in range(5)))
            await sanctions.execute_many([restrict("gh_9")])
            assert not await sanctions.may("gh_1", "mass_send")
            assert telescope.points("account_sanctions.log.backlog") == {}
            expected = 6 if sanctions.door.store.sequencer else 0
            async with asyncio.timeout(20):
                while telescope.points("account_sanctions.log.backlog") != {(0,): expected}:
                    await asyncio.sleep(0)
            # The collector may be another thread.
            found = await asyncio.to_thread(telescope.points, "account_sanctions.log.backlog")
            assert found == {(0,): expected}

    asyncio.run(watched())
    spans = telescope.spans.get_finished_spans()
    host = next(span for span in spans if span.name == "handle")
    executed = [span for span in spans if span.name == "account_sanctions.execute"]
    assert [span.parent and span.parent.span_id for span in executed] == [host.context.span_id] * 5
    assert [_short(span.name) for span in spans][-2:] == ["execute_chunk", "may"]
    assert telescope.points("account_sanctions.commands") == {("restrict", "accepted"): 6}
    telescope.points("account_sanctions.log.backlog")  # after the loop's end nothing is raised


def test_observing_needs_nothing_of_an_event_loop_and_the_door_needs_nothing_of_observing() -> None:
    program = (
        "import sys, account_sanctions.application\n"
        "print('opentelemetry' in sys.modules)\n"
        "import account_sanctions.application.observing\n"
        "print('greenlet' in sys.modules, 'sqlalchemy.ext.asyncio' in sys.modules)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
    assert done.stdout.split() == ["False", "False", "False"]


def test_no_free_text_gets_into_spans_or_metrics(url: str, tmp_path: Path) -> None:
    words = "words-of-a-person-555-0100"
    telescope = Telescope()
    with Sanctions.open(url, keys=make_keys(tmp_path / "keys")) as opened:
        sanctions = observed(opened, **telescope.providers)
        sanctions.execute(restrict(sanction="s-1", basis={"clause": "4", "facts": words, "evidence": [words]}))
        with pytest.raises(UnknownSanction):
            sanctions.execute(command("lift", sanction="none", reason=words))
        sanctions.execute_many([command("note", text=words), {"command": words, "text": words}])
        sanctions.execute(command("erase_personal_data", by={"kind": "reviewer", "id": "r"}, reason=words))
    spans = telescope.spans.get_finished_spans()
    assert len(spans) >= 4
    assert not any(words in span.to_json() for span in spans)
    assert words not in repr(telescope.reader.get_metrics_data())
