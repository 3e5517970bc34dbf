"""The cases that eventsourcing ships, on PostgreSQL in the order `log`: writers do not wait, and places are given afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from account_sanctions.infrastructure.recorder import SQLAlchemyApplicationRecorder, SQLAlchemyProcessRecorder
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.tests import persistence as shipped

from tests.contract.test_recorders import OnPostgres
from tests.postgres import fresh_database

_ORDER = "ACCOUNT_SANCTIONS_ORDER"


class Placed(SQLAlchemyApplicationRecorder):
    """The cases expect places at once: this one asks the log for them after each insert."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        assert super().insert_events(stored_events, **kwargs) is None
        log = {(n.originator_id, n.originator_version): n.id for n in self.select_notifications(None, 100_000)}
        return [log[stored.originator_id, stored.originator_version] for stored in stored_events]


class InLogOrder(OnPostgres):
    def factory(self) -> SQLAlchemyFactory:
        self._factory = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": self.url(), _ORDER: "log"})
        return self._factory


class TestApplicationRecorder(InLogOrder, shipped.ApplicationRecorderTestCase[Any]):
    def create_recorder(self) -> Any:
        recorder = self.factory().application_recorder()
        # How many events the whole log has would make the concurrent cases slow to check.
        if self._testMethodName in ("test_insert_select", "test_subscription_delivers_what_is_recorded_and_stops"):
            recorder.__class__ = Placed
        return recorder

    def test_subscription_delivers_what_is_recorded_and_stops(self) -> None:
        self.optional_test_insert_subscribe()


class TestProcessRecorder(InLogOrder, shipped.ProcessRecorderTestCase):
    def create_recorder(self) -> Any:
        return self.factory().process_recorder()


class TestNotificationIds(InLogOrder, shipped.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> Any:
        return self.factory().application_recorder()


@pytest.fixture
def recorder() -> Any:
    factory = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": fresh_database(), _ORDER: "log"})
    yield factory.application_recorder()
    factory.close()


def _events(count: int, stream: UUID | None = None) -> list[StoredEvent]:
    name = stream or uuid4()
    return [StoredEvent(name, version, "topic", b"state") for version in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 1000])
def test_insert_is_one_statement_that_commits_by_itself(recorder: Any, count: int) -> None:
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def told(self: Any, query: Any, *given: Any, **options: Any) -> Any:
        assert self.connection.autocommit
        sent.append(query)
        return execute(self, query, *given, **options)

    events = _events(count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", told)
        assert recorder.insert_events(events) is None
    assert len(sent) == 1, sent
    assert list(recorder.select_events(events[0].originator_id)) == events


def test_log_has_every_event_once_and_without_gaps_after_many_writers(recorder: Any) -> None:
    streams = [uuid4() for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda stream: recorder.insert_events(_events(5, stream)), streams))
    log = recorder.select_notifications(None, 1000)
    assert [entry.id for entry in log] == list(range(1, 201))
    for stream in streams:
        assert [entry.originator_version for entry in log if entry.originator_id == stream] == [1, 2, 3, 4, 5]
    assert recorder.max_notification_id() == 200


def test_process_recorder_writes_events_and_position_together_or_not_at_all() -> None:
    factory = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": fresh_database(), _ORDER: "log"})
    recorder = factory.process_recorder()
    assert isinstance(recorder, SQLAlchemyProcessRecorder)
    recorder.insert_events(_events(2), tracking=Tracking("upstream", 1))
    with pytest.raises(IntegrityError):
        recorder.insert_events(_events(2), tracking=Tracking("upstream", 1))
    assert recorder.max_notification_id() == 2
    factory.close()


def test_order_commit_is_refused_where_events_may_wait_for_their_place() -> None:
    url = fresh_database()
    in_log_order, in_commit_order = (
        SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": url, _ORDER: order}) for order in ("log", "commit")
    )
    in_log_order.application_recorder()
    with pytest.raises(OSError, match="ACCOUNT_SANCTIONS_ORDER=log"):
        in_commit_order.application_recorder()
    in_log_order.close()
    in_commit_order.close()


def test_order_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OSError, match="commit or log"):
        SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": "sqlite://", _ORDER: "watermark"})
