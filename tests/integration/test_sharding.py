"""A distributed database can place every table by account (the log by partition), and no question crosses accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.tables import metadata as store_metadata
from account_sanctions.projections.tables import metadata as view_metadata
from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from tests.integration.recording import Statement, recorded_engine
from tests.integration.support import MODERATOR, T0, MovingClock, command, restrict

# Small, the same on every node, read often and hardly ever written.
_REFERENCE: Final = {"sanctions_meta", "sanctions_policies", "sanctions_unfinished", "sanctions_key_events"}
# Placed by the partition of the log; all others by the account.
_BY_PARTITION: Final = {
    *("sanctions_log", "sanctions_pending", "sanctions_followers", "sanctions_parked"),
    *("sanctions_nodes", "sanctions_checkpoints"),
}
_TABLES: Final = [*store_metadata.tables.values(), *view_metadata.tables.values()]
_MINE: Final = "gh_mine"
_OTHERS: Final = ("gh_other", "gh_cause")


@pytest.mark.parametrize("table", [table for table in _TABLES if table.name not in _REFERENCE], ids=str)
def test_each_key_of_a_table_contains_what_it_is_placed_by(table: Table) -> None:
    column = "partition" if table.name in _BY_PARTITION else "account"
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    keys: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key, *unique]
    keys += [index for index in table.indexes if index.unique]
    assert table.primary_key.columns, "a table has a key"
    assert next(iter(table.primary_key.columns)).name == column
    for key in keys:
        assert column in {found.name for found in key.columns}, key


@pytest.mark.parametrize("table", _TABLES, ids=str)
def test_table_refers_to_no_other(table: Table) -> None:
    assert not table.foreign_keys


def test_reference_tables_are_there() -> None:
    names = {table.name for table in _TABLES}
    assert names >= _REFERENCE | _BY_PARTITION


def _fault(statement: Statement, account: str) -> str | None:
    """Why a statement does not concern the one account, or one partition, alone."""
    tables = set(re.findall(r"\bsanctions_(?:[a-z]+)\b", statement.sql)) & {table.name for table in _TABLES}
    if not tables:
        return None
    if tables <= _REFERENCE:
        return None
    if statement.sql.startswith(("INSERT", "WITH")):
        return None if _placed(statement.parameters) == {account} else "its rows are not the account's"
    values = statement.parameters
    if strangers := [value for value in values if value in _OTHERS and value != account]:
        return f"it names {strangers}"
    parameter = r"(\?|%s|%\(\w+\)s|\$\d+)"
    if re.search(rf"\baccount = (ANY\()?{parameter}", statement.sql):
        return None if account in values else "it asks for another account"
    if re.search(rf"\bpartition = {parameter}", statement.sql) and tables <= _BY_PARTITION:
        return None
    return "it is bound to no account and no partition"


def _placed(values: Iterable[Any]) -> set[str]:
    """The accounts by which rows are placed: the first column that holds any (a row may name others behind it)."""
    for value in values:
        held = {*value} if isinstance(value, list | tuple) else {value}
        if known := held & {_MINE, *_OTHERS}:
            return known
    return set()


@pytest.mark.parametrize(
    ("sql", "parameters"),
    [
        ("SELECT max(position) FROM sanctions_log", ()),
        ("SELECT * FROM sanctions_events WHERE sanctions_events.account > ?", (_MINE,)),
        ("SELECT * FROM sanctions_events WHERE sanctions_events.account = ?", (_OTHERS[0],)),
        ("SELECT * FROM sanctions_intervals WHERE sanctions_intervals.function = ?", ("publish",)),
        ("DELETE FROM sanctions_intervals", ()),
        ("SELECT * FROM sanctions_events WHERE partition = ?", (0,)),
        ("INSERT INTO sanctions_events (account, version) VALUES (?, ?)", (_OTHERS[0], 1)),
        ("INSERT INTO sanctions_events SELECT * FROM unnest(%s, %s)", ([_MINE, _OTHERS[0]], [1, 1])),
        ("SELECT account FROM sanctions_deadlines WHERE due_at <= ? ORDER BY due_at LIMIT ?", (0, 1)),
    ],
)
def test_statement_that_crosses_accounts_is_found(sql: str, parameters: tuple[Any, ...]) -> None:
    assert _fault(Statement(sql, parameters), _MINE)


def _service(sanctions: Sanctions, clock: MovingClock) -> dict[str, Callable[[], object]]:
    """What a service does thousands of times a second, on one account."""
    text: dict[str, Any] = {"basis": {"clause": "4.2", "facts": "seen"}}
    order: dict[str, Any] = {
        "basis": {"clause": "4.2"},
        "within": "P1D",
        "on_default": [{"restrict": ["publish"], "for": "P1D"}],
    }
    return {
        "first": lambda: sanctions.execute(restrict(_MINE, sanction="s-1", command_id="c-1", **text)),
        "again": lambda: sanctions.execute(restrict(_MINE, sanction="s-1", command_id="c-1", **text)),
        "order": lambda: sanctions.execute(command("order_rectification", _MINE, sanction="o", **order)),
        "due": lambda: clock.move(days=2),
        "after_due": lambda: sanctions.execute(restrict(_MINE, sanction="s-2", for_="P1D")),
        "lift": lambda: sanctions.execute(command("lift", _MINE, by=MODERATOR, sanction="s-1", reason="So.")),
        "refused": lambda: sanctions.execute_many([command("lift", _MINE, sanction="s-1", reason="Again.")]),
        "batch": lambda: sanctions.execute_many([command("note", _MINE, text="Seen.") for _ in range(3)]),
        "may": lambda: sanctions.may(_MINE, "publish"),
        "may_later": lambda: sanctions.may(_MINE, "publish", clock() + timedelta(days=9)),
        "may_then": lambda: sanctions.may(_MINE, "publish", T0),
        "state": lambda: sanctions.state(_MINE),
        "state_then": lambda: sanctions.state(_MINE, T0, T0),
        "history": lambda: sanctions.history(_MINE),
    }


def test_hot_path_concerns_one_account_or_one_partition(url: str, clock: MovingClock) -> None:
    with recorded_engine(url) as (engine, statements), Sanctions.open(engine, clock=clock) as sanctions:
        for other in _OTHERS:
            sanctions.execute(restrict(other))
        for name, act in _service(sanctions, clock).items():
            statements.clear()
            act()
            assert statements or name == "due", name
            faults = [(found, *one) for one in statements if (found := _fault(one, _MINE))]
            assert not faults, name


def test_linked_account_is_the_exception_and_is_asked_for_by_name(url: str, clock: MovingClock) -> None:
    with recorded_engine(url) as (engine, statements), Sanctions.open(engine, clock=clock) as sanctions:
        for other in _OTHERS:
            sanctions.execute(restrict(other, sanction="s-1"))
        statements.clear()
        because = {"because_of_account": "gh_cause", "because_of_sanction": "s-1"}
        sanctions.execute(restrict(_MINE, sanction="s-1", **because))
        sanctions.state(_MINE)
        faults = [one for one in statements if _fault(one, _MINE)]
        assert faults, "the other account is read"
        assert all(_fault(one, "gh_cause") is None and one.sql.startswith("SELECT") for one in faults), faults
