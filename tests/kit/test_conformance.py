"""The kit's cases on our own recorders and doors, and on ones that are broken on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from account_sanctions.testing import FrozenClock
from account_sanctions.testing.doors import DoorCases
from account_sanctions.testing.recorders import RecorderCases
from eventsourcing.persistence import InfrastructureFactory
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory
from eventsourcing.utils import Environment

from tests.postgres import fresh_database


class TestOurRecorders(RecorderCases):
    @pytest.fixture(autouse=True, params=["memory", "file", "postgres"])
    def _on(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.kind, self.folders = request.param, tmp_path_factory

    @contextmanager
    def factory(self) -> Iterator[InfrastructureFactory[Any]]:
        url = {"memory": "sqlite://", "file": f"sqlite:///{self.folders.mktemp('r')}/s.db"}.get(self.kind)
        made = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": url or fresh_database(), "ORIGINATOR_ID_TYPE": "uuid"})
        yield made
        made.close()


class TestTheirRecordersInMemory(RecorderCases):
    @contextmanager
    def factory(self) -> Iterator[InfrastructureFactory[Any]]:
        yield POPOFactory(Environment("x"))


class TestOurDoor(DoorCases):
    def open(self, clock: FrozenClock) -> AbstractContextManager[Sanctions]:
        return Sanctions.open("sqlite://", clock=clock)


class Forgetful(POPOApplicationRecorder):
    """Skips what was written while it looked away."""

    def select_notifications(self, start: int | None, limit: int, *args: Any, **options: Any) -> Any:
        found = super().select_notifications(start, limit, *args, **options)
        return [note for note in found if note.id % 17]


class HalfBatches(POPOApplicationRecorder):
    """Writes one after the other."""

    def insert_events(self, stored_events: Any, **_options: Any) -> Any:
        return [number for event in stored_events for number in super(HalfBatches, self).insert_events([event]) or ()]


@pytest.mark.parametrize(
    ("recorder", "case", "said"),
    [
        (Forgetful, "test_reader_that_follows_writers_misses_and_reorders_nothing", "what the reader saw"),
        (HalfBatches, "test_batch_is_written_whole_and_in_order_or_not_at_all", "left something"),
    ],
)
def test_broken_recorder_is_found(recorder: type[Any], case: str, said: str) -> None:
    class Broken(POPOFactory):
        def application_recorder(self) -> Any:
            return recorder()

    class Cases(RecorderCases):
        @contextmanager
        def factory(self) -> Iterator[InfrastructureFactory[Any]]:
            yield Broken(Environment("x"))

    with pytest.raises(AssertionError, match=said):
        getattr(Cases(), case)()


class _Wrapped:
    """A host's own door around ours."""

    def __init__(self, door: Sanctions) -> None:
        self.door = door

    def __getattr__(self, name: str) -> Any:
        return getattr(self.door, name)


class Nameless(_Wrapped):
    def execute(self, command: Mapping[str, Any]) -> Any:
        return self.door.execute({name: part for name, part in command.items() if name != "command_id"})


class Lenient(_Wrapped):
    def may(self, account: str, function: str, at: Any = None) -> Any:
        return self.door.may(account, function if function == "mass_send" else "publish", at)


@pytest.mark.parametrize(
    ("door", "case", "said"),
    [
        (Nameless, "test_command_acts_once", "a command that comes again"),
        (Nameless, "test_life_of_an_account_is_the_same_as_in_our_own_store", "what became of each command"),
        (Lenient, "test_refused_command_leaves_nothing", "to be refused as unknown_function"),
    ],
)
def test_broken_door_is_found(door: type[_Wrapped], case: str, said: str) -> None:
    class Cases(DoorCases):
        @contextmanager
        def open(self, clock: FrozenClock) -> Iterator[_Wrapped]:
            with Sanctions.open("sqlite://", clock=clock) as own:
                yield door(own)

    with pytest.raises(AssertionError, match=said):
        getattr(Cases(), case)()


def test_cases_say_what_to_override() -> None:
    with pytest.raises(NotImplementedError, match="override"):
        RecorderCases().test_one_of_those_who_write_a_version_wins()
    with pytest.raises(NotImplementedError, match="override"):
        DoorCases().test_command_acts_once()
