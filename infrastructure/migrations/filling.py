"""Filling what is new in a schema from the events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alembic import op
from eventsourcing.persistence import JSONTranscoder
from sqlalchemy import Connection, text

from ...domain.builder import Builder
from ...domain.state import NOTHING
from ..mapper import SanctionMapper
from .stepping import on_postgres

__all__ = ["fill_links"]

# A stored event that names another account has these bytes; most accounts need not be folded.
_MENTIONED: Final = {
    True: """SELECT DISTINCT account FROM sanctions_events WHERE position('"because_of"'::bytea IN state) > 0""",
    False: """SELECT DISTINCT account FROM sanctions_events WHERE instr(state, CAST('"because_of"' AS BLOB)) > 0""",
}
_EVENTS: Final = "SELECT topic, state FROM sanctions_events WHERE account = :account ORDER BY version"
_LINK: Final = """
INSERT INTO sanctions_links (account, sanction, because_account, because_sanction)
VALUES (:account, :sanction, :because_account, :because_sanction)
"""
_FOLLOWED: Final = """
INSERT INTO sanctions_followers (partition, follower, position)
SELECT partition, 'links', max(position) FROM sanctions_log GROUP BY partition
"""


def fill_links() -> None:
    """The links that the events say; where they say none, their follower has nothing to look for in the log so far."""
    if op.get_context().as_sql:
        op.execute("-- sanctions_links is filled from the events: run account-sanctions rebuild when this is done")
        return
    connection = op.get_bind()
    links = [link for (account,) in _mentioning(connection) for link in _links(connection, account)]
    if links:
        connection.execute(text(_LINK), links)
    else:
        connection.execute(text(_FOLLOWED))


def _mentioning(connection: Connection) -> list[tuple[str]]:
    sql = _MENTIONED[on_postgres()].replace("::", r"\:\:")
    return [(row[0],) for row in connection.execute(text(sql))]


def _links(connection: Connection, account: str) -> Iterator[dict[str, str]]:
    builder, decode = Builder(NOTHING), SanctionMapper(JSONTranscoder()).decode
    for topic, state in connection.execute(text(_EVENTS), {"account": account}):
        builder.apply(decode(topic, bytes(state)).event)
    for sanction in builder.freeze().live.values():
        if sanction.because_of is not None:
            yield {
                "account": account,
                "sanction": sanction.id,
                "because_account": sanction.because_of.account,
                "because_sanction": sanction.because_of.sanction,
            }
