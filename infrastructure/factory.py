"""eventsourcing's factory: `PERSISTENCE_MODULE=account_sanctions.infrastructure`, `ACCOUNT_SANCTIONS_DB=<URL>`."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool
from sqlalchemy import MetaData

from .database import Database
from .errors import StoreUnreachable
from .opening import open_database
from .recorder import (
    IdType,
    SQLAlchemyAggregateRecorder,
    SQLAlchemyApplicationRecorder,
    SQLAlchemyProcessRecorder,
    SQLAlchemyTrackingRecorder,
)
from .schema import create_tables
from .tables import EventTables, event_tables, pending_table, tracking_table

__all__ = ["SQLAlchemyFactory"]


class SQLAlchemyFactory(InfrastructureFactory[SQLAlchemyTrackingRecorder]):
    """Recorders for any eventsourcing application, on one database.

    Environment: `ACCOUNT_SANCTIONS_DB` (an SQLAlchemy URL), `CREATE_TABLE` (`n`: the tables are there already),
    `ORIGINATOR_ID_TYPE` (`uuid` or `text`), `ACCOUNT_SANCTIONS_ORDER` (`commit`, the default: positions are given in the
    inserting transaction, one after the other; `log`: on PostgreSQL writers do not wait for one another, and positions are
    given afterwards, so that `insert_events` returns none). Tables are named after the application.
    """

    DATABASE = "ACCOUNT_SANCTIONS_DB"
    CREATE_TABLE = "CREATE_TABLE"
    ORIGINATOR_ID_TYPE = "ORIGINATOR_ID_TYPE"
    ORDER = "ACCOUNT_SANCTIONS_ORDER"

    def __init__(self, env: Environment | EnvType | None, database: Database | None = None) -> None:
        super().__init__(env)
        self._id_type: IdType = "text" if self._chosen(self.ORIGINATOR_ID_TYPE, ("uuid", "text")) == "text" else "uuid"
        order = self._chosen(self.ORDER, ("commit", "log"))
        if database is None:
            url = self.env.get(self.DATABASE)
            if not url:
                raise StoreUnreachable(f"the environment variable {self.DATABASE} names no database")
            database = open_database(url)
        self.database = database
        # Where writers are serial the two orders are one.
        self._sequenced = order == "log" and database.sequenced

    def _chosen(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.env.get(name) or choices[0]
        if value not in choices:
            raise OSError(f"{name} is {' or '.join(choices)}, not {value!r}")
        return value

    def _prefix(self, purpose: str = "") -> str:
        name = (self.env.name or "stored").lower()
        return f"{name}_{purpose}_" if purpose else f"{name}_"

    def _streams(self, tables: MetaData) -> EventTables:
        streams, prefix = event_tables(tables, self._prefix()), self._prefix()
        if self._sequenced:
            return streams._replace(pending=pending_table(tables, prefix))
        with self.database.reading() as cursor:
            if f"{prefix}pending" in self.database.table_names(cursor):
                # Beside events that wait for their place, another order would place later events before them.
                raise OSError(f"the streams {prefix}* are written with {self.ORDER}=log: set it here too")
        return streams

    def _create(self, tables: MetaData) -> None:
        if strtobool(self.env.get(self.CREATE_TABLE, "yes") or "yes"):
            with self.database.writing() as cursor:
                self.database.make_alone(cursor)
                create_tables(self.database, cursor, tables)
            self.database.take_possession()

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Streams without a log, in a table of their own for each purpose."""
        tables = MetaData()
        streams = event_tables(tables, self._prefix(purpose))
        tables.remove(streams.log)
        self._create(tables)
        return SQLAlchemyAggregateRecorder(self.database, streams.events, self._id_type)

    def application_recorder(self) -> ApplicationRecorder:
        """Streams with a log."""
        tables = MetaData()
        streams = self._streams(tables)
        self._create(tables)
        return SQLAlchemyApplicationRecorder(self.database, streams, self._id_type)

    def tracking_recorder(
        self, tracking_recorder_class: type[SQLAlchemyTrackingRecorder] | None = None
    ) -> SQLAlchemyTrackingRecorder:
        """Positions of followers."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        kind: type[Any] = tracking_recorder_class or (resolve_topic(topic) if topic else SQLAlchemyTrackingRecorder)
        tables = MetaData()
        tracking = tracking_table(tables, self._prefix())
        self._create(tables)
        recorder = kind(self.database, tracking)
        assert isinstance(recorder, SQLAlchemyTrackingRecorder)
        return recorder

    def process_recorder(self) -> ProcessRecorder:
        """Streams, log and positions together."""
        tables = MetaData()
        streams = self._streams(tables)
        tracking = tracking_table(tables, self._prefix())
        self._create(tables)
        return SQLAlchemyProcessRecorder(self.database, streams, tracking, self._id_type)

    def close(self) -> None:
        """Close the database, unless it is the host's own."""
        self.database.close()
