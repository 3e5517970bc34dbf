"""The test cases that eventsourcing ships, on memory, on a file and on PostgreSQL, in the order `commit`; and what they lack."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from account_sanctions.infrastructure.recorder import (
    SQLAlchemyAggregateRecorder,
    SQLAlchemyApplicationRecorder,
    SQLAlchemyProcessRecorder,
    SQLAlchemyTrackingRecorder,
)
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests import persistence as shipped
from eventsourcing.utils import Environment

from tests.postgres import fresh_database


class InMemory:
    _factory: SQLAlchemyFactory

    def url(self) -> str:
        return "sqlite://"

    def factory(self) -> SQLAlchemyFactory:
        self._factory = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": self.url()})
        return self._factory

    def tearDown(self) -> None:
        self._factory.close()


class InAFile(InMemory):
    _folder: tempfile.TemporaryDirectory[str]

    def url(self) -> str:
        self._folder = tempfile.TemporaryDirectory()
        return f"sqlite:///{Path(self._folder.name) / 'events.db'}"

    def tearDown(self) -> None:
        super().tearDown()
        self._folder.cleanup()


class OnPostgres(InMemory):
    def url(self) -> str:
        return fresh_database()


class TestAggregateRecorderInMemory(InMemory, shipped.AggregateRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory().aggregate_recorder()


class TestAggregateRecorderInAFile(InAFile, TestAggregateRecorderInMemory):
    pass


class TestAggregateRecorderOnPostgres(OnPostgres, TestAggregateRecorderInMemory):
    pass


class TestApplicationRecorderInMemory(InMemory, shipped.ApplicationRecorderTestCase[Any]):
    def create_recorder(self) -> Any:
        return self.factory().application_recorder()

    def test_subscription_delivers_what_is_recorded_and_stops(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationRecorderInAFile(InAFile, TestApplicationRecorderInMemory):
    pass


class TestApplicationRecorderOnPostgres(OnPostgres, TestApplicationRecorderInMemory):
    pass


class TestTrackingRecorderInMemory(InMemory, shipped.TrackingRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory().tracking_recorder()


class TestTrackingRecorderInAFile(InAFile, TestTrackingRecorderInMemory):
    pass


class TestTrackingRecorderOnPostgres(OnPostgres, TestTrackingRecorderInMemory):
    pass


class TestProcessRecorderInMemory(InMemory, shipped.ProcessRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory().process_recorder()


class TestProcessRecorderInAFile(InAFile, TestProcessRecorderInMemory):
    pass


class TestProcessRecorderOnPostgres(OnPostgres, TestProcessRecorderInMemory):
    pass


class TestNotificationIdsInMemory(InMemory, shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> Any:
        return self.factory().application_recorder()


class TestNotificationIdsInAFile(InAFile, TestNotificationIdsInMemory):
    pass


class TestNotificationIdsOnPostgres(OnPostgres, TestNotificationIdsInMemory):
    pass


class SpecialTrackingRecorder(SQLAlchemyTrackingRecorder):
    pass


class TestFactoryInMemory(shipped.InfrastructureFactoryTestCase[SQLAlchemyFactory]):
    def url(self) -> str:
        return "sqlite://"

    def setUp(self) -> None:
        self.env = Environment("TestCase")
        self.env["PERSISTENCE_MODULE"] = "account_sanctions.infrastructure"
        self.env["ACCOUNT_SANCTIONS_DB"] = self.url()
        super().setUp()

    def expected_factory_class(self) -> type[SQLAlchemyFactory]:
        return SQLAlchemyFactory

    def expected_aggregate_recorder_class(self) -> type[Any]:
        return SQLAlchemyAggregateRecorder

    def expected_application_recorder_class(self) -> type[Any]:
        return SQLAlchemyApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[Any]:
        return SQLAlchemyTrackingRecorder

    def tracking_recorder_subclass(self) -> type[Any]:
        return SpecialTrackingRecorder

    def expected_process_recorder_class(self) -> type[Any]:
        return SQLAlchemyProcessRecorder


class TestFactoryInAFile(TestFactoryInMemory):
    def url(self) -> str:
        self._folder = tempfile.TemporaryDirectory()
        return f"sqlite:///{Path(self._folder.name) / 'events.db'}"

    def tearDown(self) -> None:
        super().tearDown()
        self._folder.cleanup()


class TestFactoryOnPostgres(TestFactoryInMemory):
    def url(self) -> str:
        return fresh_database()


def test_factory_without_a_database_says_which_variable_is_missing() -> None:
    with pytest.raises(Exception, match="ACCOUNT_SANCTIONS_DB"):
        SQLAlchemyFactory({})


@pytest.mark.parametrize("url", ["sqlite://", "file", "postgres"])
@pytest.mark.parametrize("count", [99, 100, 250])
def test_batch_of_any_size_is_written_whole_and_in_order_or_not_at_all(url: str, count: int, tmp_path: Path) -> None:
    found = {"file": f"sqlite:///{tmp_path}/events.db"}.get(url) or (fresh_database() if url == "postgres" else url)
    factory = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": found})
    recorder = factory.application_recorder()
    one, other = uuid4(), uuid4()
    events = [StoredEvent(one, version, f"topic{version}", b"state") for version in range(1, count + 1)]
    # A few of another stream in between, and versions that leave a gap, are places of their own in the log.
    events[5:5] = [StoredEvent(other, version, "topic", b"state") for version in (1, 2, 7)]
    assert recorder.insert_events(events) == list(range(1, count + 4))
    assert list(recorder.select_events(one)) == [event for event in events if event.originator_id == one]
    log = recorder.select_notifications(None, 1000)
    assert [(entry.originator_id, entry.originator_version) for entry in log] == [
        (event.originator_id, event.originator_version) for event in events
    ]
    late = [StoredEvent(other, version, "topic", b"state") for version in range(200, 200 + count)]
    with pytest.raises(IntegrityError):
        recorder.insert_events([*late, events[0]])
    assert recorder.max_notification_id() == count + 3
    factory.close()
