"""The store inside other programs: a host's engine and tables, threads, and stock eventsourcing applications."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.policies.clauses import Clause
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.infrastructure.errors import ForeignDatabase
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import PersistenceError
from sqlalchemy import create_engine, inspect, text

from tests.integration.support import assert_sound, command, database, restrict, rows


def test_host_engine_gets_the_store_beside_its_own_tables(tmp_path: Path) -> None:
    url = database(tmp_path)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT)"))
        connection.execute(text("INSERT INTO orders VALUES (1, 'tea')"))
    with Sanctions.open(engine) as sanctions:
        assert sanctions.execute(restrict()).status == "accepted"
        assert not sanctions.may("gh_1", "mass_send")
    with engine.begin() as connection:
        assert connection.execute(text("SELECT what FROM orders")).scalar_one() == "tea"
        connection.execute(text("INSERT INTO orders VALUES (2, 'milk')"))
    assert {"orders", "sanctions_events", "sanctions_intervals"} <= set(inspect(engine).get_table_names())
    with Sanctions.open(engine) as sanctions:
        assert sanctions.execute(restrict()).version == 2
    engine.dispose()
    assert_sound(url)


def test_store_that_a_host_made_is_opened_by_its_url_too(tmp_path: Path) -> None:
    url = database(tmp_path)
    rows(url, "CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    with pytest.raises(ForeignDatabase):
        Sanctions.open(url)
    engine = create_engine(url)
    with Sanctions.open(engine) as sanctions:
        sanctions.execute(restrict())
    engine.dispose()
    with Sanctions.open(url) as sanctions:
        assert sanctions.execute(restrict()).version == 2


def test_database_in_memory_is_shared_by_all_threads() -> None:
    with Sanctions.open("sqlite://") as sanctions:
        _from_threads(sanctions)


def test_one_object_is_used_by_many_threads(tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as sanctions:
        _from_threads(sanctions)
    assert_sound(url)


def _from_threads(sanctions: Sanctions) -> None:
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def work(name: int) -> None:
        try:
            start.wait(30)
            for number in range(15):
                sanctions.execute(restrict(f"gh_{number % 2}", sanction=f"s-{name}-{number}"))
                assert not sanctions.may(f"gh_{number % 2}", "mass_send")
        except BaseException as error:  # noqa: BLE001 - reported by the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    versions = [entry.version for account in ("gh_0", "gh_1") for entry in sanctions.history(account).events]
    assert sorted(versions) == sorted([*range(1, 49), *range(1, 43)])


def test_threads_that_meet_on_one_account_take_turns_and_none_gives_up(tmp_path: Path) -> None:
    url, many, loaded = database(tmp_path), 60, list[str]()
    with Sanctions.open(url) as sanctions:
        load = sanctions.store.read

        def counted(*given: Any) -> Any:
            loaded.append(given[1])
            return load(*given)

        sanctions.store.__dict__["read"] = counted
        with ThreadPoolExecutor(many) as pool:
            assert all(pool.map(lambda n: sanctions.execute(restrict(sanction=f"s-{n}")).accepted, range(many)))
        assert sanctions.state("gh_1").version == many
    assert len(loaded) <= 4 * many
    assert_sound(url)


def test_policy_object_can_be_handed_in(tmp_path: Path) -> None:
    own = Policy(id="house", version="3", functions=("shout",), clauses={"rule-1": Clause()})
    with Sanctions.open(database(tmp_path), policy=own) as sanctions:
        sanctions.execute(restrict(functions=["shout"], basis={"clause": "rule-1"}))
        assert sanctions.state("gh_1").sanctions[0].policy == "house@3"
        given = [restrict(functions=["mass_send"], basis={"clause": "rule-1"}), restrict(functions=["shout"])]
        errors = [outcome.error for outcome in sanctions.execute_many(given)]
    assert [error and error.code for error in errors] == ["unknown_function", "unknown_clause"]


class Dog(Aggregate):
    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name
        self.tricks: list[str] = []

    @event("TrickAdded")
    def add_trick(self, trick: str) -> None:
        self.tricks.append(trick)


class Kennel(Application[UUID]):
    snapshotting_intervals = {Dog: 3}  # noqa: RUF012 - eventsourcing's own form

    def register(self, name: str) -> UUID:
        dog = Dog(name)
        self.save(dog)
        return dog.id

    def teach(self, identity: UUID, trick: str) -> None:
        dog: Dog = self.repository.get(identity)
        dog.add_trick(trick)
        self.save(dog)


def _env(url: str, **more: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "account_sanctions.infrastructure", "ACCOUNT_SANCTIONS_DB": url, **more}


def _work(app: Kennel) -> UUID:
    fido = app.register("Fido")
    for trick in ("roll over", "play dead", "fetch", "sit"):
        app.teach(fido, trick)
    found: Dog = app.repository.get(fido)
    assert found.tricks == ["roll over", "play dead", "fetch", "sit"]
    assert [each.id for each in app.notification_log.select(1, 10)] == [1, 2, 3, 4, 5]
    return fido


def test_stock_application_works_in_memory() -> None:
    with Kennel(_env("sqlite://")) as app:
        _work(app)


def test_stock_application_works_on_a_file_and_finds_its_events_again(tmp_path: Path) -> None:
    url = database(tmp_path, "kennel.db")
    with Kennel(_env(url, IS_SNAPSHOTTING_ENABLED="y")) as app:
        fido = _work(app)
    assert rows(url, "SELECT count(*) FROM kennel_events") == [(5,)]
    with Kennel(_env(url, CREATE_TABLE="n")) as app:
        again: Dog = app.repository.get(fido)
        assert (again.name, len(again.tricks)) == ("Fido", 4)
        earlier: Dog = app.repository.get(fido, version=2)
        assert earlier.tricks == ["roll over"]


def test_stock_application_without_its_tables_makes_none_when_told_not_to(tmp_path: Path) -> None:
    url = database(tmp_path, "kennel.db")
    with Kennel(_env(url, CREATE_TABLE="n")) as app, pytest.raises(PersistenceError):
        app.register("Fido")
    assert rows(url, "SELECT count(*) FROM sqlite_master") == [(0,)]


def test_stock_application_lives_beside_the_sanctions_of_one_database(tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as sanctions, Kennel(_env(url)) as app:
        sanctions.execute(restrict())
        _work(app)
        sanctions.execute(command("note", text="still here"))
        assert sanctions.state("gh_1").version == 2
    assert_sound(url)
