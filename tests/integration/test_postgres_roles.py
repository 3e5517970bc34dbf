"""PostgreSQL as operators set it up: other namespaces, roles with few rights, replicas; and what cannot be opened."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, Final
from uuid import uuid4

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.migrating import examine, migrate
from account_sanctions.infrastructure.errors import (
    StoreError,
    StoreNotPermitted,
    StoreReadOnly,
    StoreTooOld,
    StoreUnreachable,
)
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.opening import open_database
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, make_url

from tests.integration.schemas import chain, shape
from tests.integration.support import MODERATOR, command, for_libpq, restrict, rows
from tests.postgres import fresh_database

_PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "grant-rights-on-postgresql.md"
_ONCE, _GRANTS = re.findall(r"```sql\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
_ROLES: Final = ("owner", "service", "reader")
_RUN: Final = uuid4().hex[:8]
_READ_ONLY: Final = "-c default_transaction_read_only=on"


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _run(url: str, sql: str) -> None:
    with psycopg.connect(for_libpq(url), autocommit=True) as connection:
        connection.execute(_named(sql).encode())


def _named(sql: str) -> str:
    """With roles of this run: they belong to the whole server."""
    return re.sub(rf"\bsanctions_({'|'.join(_ROLES)})\b", rf"r_\1_{_RUN}", sql)


@pytest.fixture(scope="module")
def administrator() -> Iterator[str]:
    """A database set up as the page says, up to the grants."""
    url = fresh_database()
    _run(url, _ONCE)
    yield url
    for role in _ROLES:
        _run(url, f"DROP OWNED BY sanctions_{role} CASCADE; DROP ROLE sanctions_{role}")


def _as(url: str, role: str, options: str = "-c search_path=sanctions") -> str:
    return _text(make_url(url).set(username=_named(f"sanctions_{role}")).update_query_dict({"options": options}))


@pytest.fixture(scope="module")
def store(administrator: str) -> str:
    """A store that the owner made and granted."""
    owner = _as(administrator, "owner")
    assert migrate(owner).is_current
    _run(owner, _GRANTS)
    return administrator


def _everything(sanctions: Sanctions, account: str) -> None:
    """What a service does in its life."""
    with_text = {"basis": {"clause": "4.2", "facts": "seen"}}
    sanctions.execute(restrict(account, sanction="s-1", command_id="c-1", **with_text))
    assert sanctions.execute(restrict(account, sanction="s-1", command_id="c-1", **with_text)).status == "duplicate"
    because = {"because_of_account": account, "because_of_sanction": "s-1"}
    batch = [restrict(f"{account}/{n}", sanction="s-1", **because) for n in range(3)]
    assert all(outcome.accepted for outcome in sanctions.execute_many(batch))
    sanctions.execute(command("lift", account, by=MODERATOR, sanction="s-1", reason="Settled."))
    assert sanctions.sweep().accounts == 3
    assert sanctions.sweep().accounts == 0
    assert sanctions.links_behind() == 0
    sanctions.rebuild()
    index = sanctions.index()
    sanctions.execute(restrict(account, sanction="s-2"))
    index.refresh()
    assert not index.may(account, "mass_send")


def _questions(sanctions: Sanctions, account: str) -> None:
    assert not sanctions.may(account, "mass_send")
    assert sanctions.state(account).standing == "restricted"
    assert sanctions.history(account).events
    assert sanctions.explain_account(account, "mass_send").account == account
    sanctions.statistics()
    assert list(sanctions.accounts())
    assert not sanctions.index().may(account, "mass_send")
    sanctions.links_behind()


def test_service_with_the_rights_of_the_page_does_everything(store: str) -> None:
    url = _as(store, "service")
    with Sanctions.open(url) as sanctions:
        _everything(sanctions, "gh_1")
        _questions(sanctions, "gh_1")
    engine = create_engine(url)
    with Sanctions.open(engine) as beside, engine.begin() as connection, beside.joining(connection) as joined:
        assert joined.execute(restrict("gh_1", sanction="s-3")).accepted
    engine.dispose()
    assert migrate(url).is_current, "what is done needs no rights"


def test_service_marks_seals_and_orders_erasures_which_the_owner_carries_out(store: str, tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    reviewer = {"kind": "reviewer", "id": "r-1"}
    with Sanctions.open(_as(store, "service"), keys=keys) as service:
        basis = {"clause": "4.2", "facts": "personal"}
        service.execute(restrict("gh_erased", sanction="s-1", basis=basis))
        assert service.execute(command("erase_personal_data", "gh_erased", by=reviewer, reason="asked for")).accepted
        assert service.sweep().accounts == 0, "it leaves the destroying to who may"
        assert rows(store, _TEXTS) == [(1,), (2,)], "nobody is told it, and it is still there"
        assert [sealed.partition for sealed in service.seal()] == [0]
        with Sanctions.open(_as(store, "owner"), keys=keys) as owner:
            owner.sweep()
        told = service.history("gh_erased").events
        assert (told[0].fields["untold"], told[1].fields["reason"]) == ("erased", "asked for")
        assert rows(store, _TEXTS) == [(2,)]


_TEXTS = "SELECT version FROM sanctions.sanctions_narratives WHERE account = 'gh_erased' ORDER BY version"


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE sanctions_events SET topic = topic",
        "DELETE FROM sanctions_narratives",
        "DELETE FROM sanctions_account_keys",
        "UPDATE sanctions_commands SET digest = ''",
        "INSERT INTO sanctions_key_events VALUES (1, '', 0)",
        "UPDATE sanctions_meta SET value = '3' WHERE key = 'schema'",
        "TRUNCATE sanctions_intervals",
        "ALTER TABLE sanctions_events DISABLE TRIGGER ALL",
        "DROP TRIGGER sanctions_events_no_update ON sanctions_events",
        "CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE another (x int)",
        "SET session_replication_role = replica",
    ],
)
def test_service_cannot_go_round_the_guards(store: str, attack: str) -> None:
    with (
        psycopg.connect(for_libpq(_as(store, "service"))) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(attack.encode())


def test_reader_with_the_rights_of_the_page_asks_and_writes_nothing(store: str) -> None:
    with Sanctions.open(_as(store, "service")) as service:
        service.execute(restrict("gh_7", sanction="s-1"))
        waiting = rows(_as(store, "owner"), "SELECT count(*) FROM sanctions_pending")
        assert waiting != [(0,)]
        with Sanctions.open(_as(store, "reader")) as reader:
            _questions(reader, "gh_7")
            for attempt in (lambda: reader.execute(restrict("gh_8")), reader.rebuild):
                with pytest.raises(StoreNotPermitted) as raised:
                    attempt()
                assert not raised.value.retriable
        assert rows(_as(store, "owner"), "SELECT count(*) FROM sanctions_pending") == waiting
    assert examine(_as(store, "reader")).is_current


def test_replica_answers_and_refuses_commands(store: str) -> None:
    options = f"-c search_path=sanctions {_READ_ONLY}"
    with Sanctions.open(_as(store, "service")) as service:
        service.execute(restrict("gh_9", sanction="s-1"))
        with Sanctions.open(_as(store, "service", options)) as replica:
            _questions(replica, "gh_9")
            for attempt in (lambda: replica.execute(restrict("gh_10")), replica.rebuild, replica.sweep):
                with pytest.raises(StoreReadOnly):
                    attempt()
        assert service.state("gh_10").version == 0


def test_nobody_makes_a_store_without_the_right(administrator: str) -> None:
    _run(administrator, "CREATE SCHEMA IF NOT EXISTS closed; GRANT USAGE ON SCHEMA closed TO sanctions_service")
    for attempt in (Sanctions.open, migrate):
        with pytest.raises(StoreNotPermitted, match="permission denied"):
            attempt(_as(administrator, "service", "-c search_path=closed"))
    with pytest.raises(StoreReadOnly):
        Sanctions.open(_as(administrator, "owner", f"-c search_path=closed {_READ_ONLY}"))
    assert rows(administrator, "SELECT count(*) FROM pg_tables WHERE schemaname = 'closed'") == [(0,)]


def test_service_cannot_migrate_and_finds_the_store_once_the_owner_has() -> None:
    url = fresh_database()
    chain(url, 1)
    role = _named(f"sanctions_service_{uuid4().hex[:6]}")
    _run(url, f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        service = _text(make_url(url).set(username=role))
        before = shape(url)
        with pytest.raises(StoreTooOld):
            Sanctions.open(service)
        with pytest.raises(StoreNotPermitted):
            migrate(service)
        assert shape(url) == before
        migrate(url)
        _run(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        with Sanctions.open(service) as sanctions:
            assert sanctions.may("gh_1", "mass_send")
    finally:
        _run(url, f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize("path", ["sanctions", "app, sanctions", '"Äpp""s", sanctions, public'])
def test_store_is_found_and_migrated_wherever_it_is_on_the_search_path(path: str) -> None:
    url = fresh_database()
    _run(url, 'CREATE SCHEMA sanctions; CREATE SCHEMA app; CREATE SCHEMA "Äpp""s"; CREATE TABLE app.orders (id int)')
    own = _text(make_url(url).update_query_dict({"options": "-c search_path=sanctions"}))
    chain(own, 1)
    escaped = path.replace(" ", "\\ ")
    there = _text(make_url(url).update_query_dict({"options": f"-c search_path={escaped}"}))
    with Sanctions.open(there, migrate=True) as sanctions:
        assert sanctions.execute(restrict()).accepted
        sanctions.store.settle_log()
        index = sanctions.index()
        assert not index.may("gh_1", "mass_send")
    found = rows(url, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename LIKE 'sanctions_%'")
    assert found == [("sanctions",)]
    assert migrate(there).is_current
    fresh = fresh_database()
    Sanctions.open(fresh).close()
    assert repr(shape(own)).replace("sanctions.", "public.") == repr(shape(fresh))


def test_two_stores_in_two_namespaces_are_two_stores() -> None:
    url = fresh_database()
    _run(url, "CREATE SCHEMA one; CREATE SCHEMA two")
    urls = [_text(make_url(url).update_query_dict({"options": f"-c search_path={name}"})) for name in ("one", "two")]
    with Sanctions.open(urls[0]) as first, Sanctions.open(urls[1]) as second:
        first.execute(restrict())
        assert not first.may("gh_1", "mass_send")
        assert second.may("gh_1", "mass_send")
        assert first.store.identity.store_id != second.store.identity.store_id


def _refusing_server() -> tuple[int, Callable[[], None]]:
    """A server that wants a password and likes none."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                connection, _ = listening.accept()
                with connection:
                    (size,) = struct.unpack("!I", connection.recv(4))
                    request = connection.recv(size - 4)
                    if request[:4] == struct.pack("!I", 80877103):
                        connection.sendall(b"N")  # no encryption
                        (size,) = struct.unpack("!I", connection.recv(4))
                        connection.recv(size - 4)
                    said = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "u"\0\0'
                    connection.sendall(b"E" + struct.pack("!I", len(said) + 4) + said)
        except OSError:
            return

    Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1], listening.close


def test_wrong_password_is_said_and_not_repeated() -> None:
    port, stop = _refusing_server()
    try:
        with pytest.raises(StoreUnreachable, match="password authentication failed") as raised:
            Sanctions.open(f"postgresql://u:hunter2@127.0.0.1:{port}/db?sslmode=disable")
    finally:
        stop()
    assert "hunter2" not in str(raised.value)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("attempt", [Sanctions.open, migrate, examine])
def test_server_that_is_not_there_is_unreachable(attempt: Callable[[str], Any]) -> None:
    with pytest.raises(StoreUnreachable, match="refused"):
        attempt(f"postgresql://u:hunter2@127.0.0.1:{_closed_port()}/db")


def test_database_that_is_not_there_is_unreachable() -> None:
    url = _text(make_url(fresh_database()).set(database="no_such_database"))
    with pytest.raises(StoreUnreachable, match="does not exist"):
        Sanctions.open(url)


def test_role_that_may_not_connect_is_unreachable() -> None:
    with pytest.raises(StoreUnreachable):
        Sanctions.open(_text(make_url(fresh_database()).set(username="no_such_role")))


@pytest.mark.parametrize(("query", "seconds"), [("", 10), ("?connect_timeout=3", "3")])
def test_server_that_does_not_answer_is_given_up(query: str, seconds: object) -> None:
    database = open_database(f"postgresql://u@server.invalid/db{query}")
    asked: list[object] = []

    def connect(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        asked.append(options["connect_timeout"])
        raise psycopg.OperationalError("timeout expired")

    event.listen(database.engine, "do_connect", connect)
    with pytest.raises(StoreError, match="timeout expired"), database.asking():
        pass
    database.close()
    assert asked == [seconds]


def test_engine_in_a_namespace_of_its_own_shares_it_with_the_hosts_tables() -> None:
    url = fresh_database()
    _run(url, "CREATE SCHEMA app; CREATE TABLE app.orders (account text)")
    engine = create_engine(url, connect_args={"options": "-c search_path=app"})
    with Sanctions.open(engine) as sanctions, engine.begin() as connection:
        connection.execute(text("INSERT INTO orders VALUES ('gh_1')"))
        with sanctions.joining(connection) as joined:
            joined.execute(restrict())
    engine.dispose()
    assert rows(url, "SELECT count(*) FROM app.sanctions_events") == [(1,)]
