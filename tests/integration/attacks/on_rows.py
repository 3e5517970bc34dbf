"""Attacks on what stands beside the events: free text and its keys, commands, policies, views, snapshots, followers, guards."""

from __future__ import annotations

from typing import Any, Final

from tests.integration.support import rows

from .attacker import Attacker
from .table import Attack

__all__ = ["ROWS"]

_GH1: Final = "WHERE account = 'gh_1' AND version = 2"
_TEXTS: Final = "sanctions_narratives"


def _sql(*statements: str) -> Any:
    def run(attacker: Attacker) -> None:
        for statement in statements:
            attacker.sql(statement)

    return run


def _set(table: str, column: str, value: Any, where: str) -> Any:
    return lambda attacker: attacker.sql(f"UPDATE {table} SET {column} = ? {where}", value)  # noqa: S608


def _swap_texts(attacker: Attacker) -> None:
    found = {
        version: attacker.ask(f"SELECT salt, body FROM {_TEXTS} WHERE account = 'gh_1' AND version = ?", version)[0]  # noqa: S608
        for version in (1, 2)
    }
    for version, (salt, body) in ((1, found[2]), (2, found[1])):
        where = "WHERE account = 'gh_1' AND version = ?"
        attacker.sql(f"UPDATE {_TEXTS} SET salt = ?, body = ? {where}", bytes(salt), bytes(body), version)  # noqa: S608


def _add_text(account: str, version: int) -> Any:
    sql = f"INSERT INTO {_TEXTS} VALUES (?, ?, ?, ?, NULL)"  # noqa: S608
    return lambda attacker: attacker.sql(sql, account, version, b"salt", b"{}")


def _forge_erasure(attacker: Attacker) -> None:
    attacker.sql("INSERT INTO sanctions_erasures VALUES ('gh_1', 4)")
    attacker.sql(f"DELETE FROM {_TEXTS} WHERE account = 'gh_1' AND version < 4")  # noqa: S608
    attacker.sql("DELETE FROM sanctions_account_keys WHERE account = 'gh_1'")


def _put_back(attacker: Attacker) -> None:
    found = rows(attacker.stage.older, f"SELECT * FROM {_TEXTS} WHERE account = 'gh_3' AND version = 1")  # noqa: S608
    marks = "(?, ?, ?, ?, ?)"
    attacker.many(f"INSERT INTO {_TEXTS} VALUES {marks}", [tuple(map(_plain, row)) for row in found])  # noqa: S608


def _put_key_back(attacker: Attacker) -> None:
    found = rows(attacker.stage.older, "SELECT * FROM sanctions_account_keys WHERE account = 'gh_3'")
    attacker.many("INSERT INTO sanctions_account_keys VALUES (?, ?, ?, ?)", [tuple(map(_plain, row)) for row in found])


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _false_policy(attacker: Attacker) -> None:
    attacker.sql(
        "INSERT INTO sanctions_policies SELECT ?, id, '2', body, recorded_at FROM sanctions_policies", "0" * 64
    )


def _other_policy(attacker: Attacker) -> None:
    ((body,),) = attacker.ask("SELECT body FROM sanctions_policies")
    attacker.sql("UPDATE sanctions_policies SET body = ?", bytes(body).replace(b'"1"', b'"2"'))


def _copy_snapshot(attacker: Attacker) -> None:
    attacker.sql("INSERT INTO sanctions_snapshots SELECT 'gh_1', 5, shape, body FROM sanctions_snapshots")


def _weaken(attacker: Attacker) -> None:
    """The guard stands, and does nothing."""
    if attacker.on_postgres:
        body = "BEGIN RETURN NEW; END"
        rows(
            attacker.url,
            f"CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS $${body}$$",
        )
        return
    name, table = "sanctions_events_no_update", "sanctions_events"
    rows(attacker.url, f"DROP TRIGGER {name}")
    rows(attacker.url, f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT 1; END")


def _drop_guard(attacker: Attacker) -> None:
    beside = " ON sanctions_events" if attacker.on_postgres else ""
    rows(attacker.url, f"DROP TRIGGER sanctions_events_no_update{beside}")


ROWS: Final = (
    Attack(
        name="text changed",
        does="writes over the free text of an event",
        run=_set(_TEXTS, "body", b"{}", _GH1),
        code="narrative_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="salt changed",
        does="writes over the salt of a text, so that it fits no commitment",
        run=_set(_TEXTS, "salt", b"salt", _GH1),
        code="narrative_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="texts exchanged",
        does="exchanges the texts of two events",
        run=_swap_texts,
        code="narrative_changed",
        account="gh_1",
        version=1,
    ),
    Attack(
        name="text removed",
        does="removes the text of an event and records no erasure",
        run=_sql(f"DELETE FROM {_TEXTS} {_GH1}"),  # noqa: S608
        code="narrative_missing",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="text of another generation",
        does="says that another key encrypts a text",
        run=_set(_TEXTS, "generation", 3, _GH1),
        code="narrative_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="text beside nothing",
        does="puts a text where no event is",
        run=_add_text("gh_1", 77),
        code="narrative_orphan",
        account="gh_1",
        version=77,
    ),
    Attack(
        name="text of an account that is not there",
        does="puts a text where no account is",
        run=_add_text("nobody", 1),
        code="narrative_orphan",
        account="nobody",
        version=1,
    ),
    Attack(
        name="text beside an event that has none",
        does="gives a reason to an approval that had none",
        run=_add_text("gh_5", 2),
        code="narrative_orphan",
        account="gh_5",
        version=2,
    ),
    Attack(
        name="key of the text destroyed",
        does="destroys the key of an account's text and records no erasure",
        run=_sql("DELETE FROM sanctions_account_keys WHERE account = 'gh_1'"),
        code="text_key_missing",
        account="gh_1",
        version=1,
    ),
    Attack(
        name="erasure forged",
        does="destroys text and key, and notes an erasure that nobody ordered",
        run=_forge_erasure,
        code="erasure_forged",
        account="gh_1",
        version=4,
    ),
    Attack(
        name="erasure forgotten",
        does="removes the note of an erasure, so that nobody carries it out",
        run=_sql("DELETE FROM sanctions_erasures"),
        code="erasure_unnoted",
        account="gh_3",
        version=2,
    ),
    Attack(
        name="erased text put back",
        does="puts a text back from an old backup that was erased since",
        run=_put_back,
        code="erasure_unfinished",
        account="gh_3",
        version=1,
    ),
    Attack(
        name="erased key put back",
        does="puts the key of an erased text back from an old backup",
        run=_put_key_back,
        code="erasure_unfinished",
        account="gh_3",
        version=2,
    ),
    Attack(
        name="command forgotten",
        does="removes a command's row, so that it would act again",
        run=_sql("DELETE FROM sanctions_commands WHERE account = 'gh_1' AND command_id = 'c-2'"),
        code="command_missing",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="outcome changed",
        does="changes what is answered when a command comes again",
        run=_set(
            "sanctions_commands",
            "outcome",
            b'{"command_id":"c-2","account":"gh_1","status":"accepted","version":2,"events":[],"affected":[],"due":[]}',
            "WHERE account = 'gh_1' AND command_id = 'c-2'",
        ),
        code="command_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="outcome damaged",
        does="writes an outcome over with bytes that say nothing",
        run=_set("sanctions_commands", "outcome", b"\0", "WHERE account = 'gh_1' AND command_id = 'c-2'"),
        code="command_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="digest emptied",
        does="removes what a command is compared by, so that the same id passes with other content",
        run=_set("sanctions_commands", "digest", b"", "WHERE account = 'gh_1' AND command_id = 'c-2'"),
        code="command_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="command invented",
        does="remembers a command that never came, so that it is not carried out when it does",
        run=lambda attacker: attacker.sql(
            "INSERT INTO sanctions_commands VALUES ('gh_1', 'c-77', ?, ?)",
            b"\1" * 32,
            b'{"command_id":"c-77","account":"gh_1","status":"accepted","version":2,"events":[{"type":"AccountBanned",'
            b'"at":"2026-01-01T00:00:00Z","sanction":"b-77"}],"affected":[],"due":[]}',
        ),
        code="command_changed",
        account="gh_1",
    ),
    Attack(
        name="policy's text changed",
        does="changes a word in the text of a policy",
        run=_other_policy,
        code="policy_changed",
    ),
    Attack(
        name="policy removed",
        does="removes the text of a policy by which decisions were made",
        run=_sql("DELETE FROM sanctions_policies"),
        code="policy_missing",
        account="gh_1",
        version=1,
    ),
    Attack(
        name="policy renamed",
        does="says that the text of a policy is that of another version",
        run=_sql("UPDATE sanctions_policies SET version = '9'"),
        code="policy_changed",
    ),
    Attack(
        name="policy added",
        does="adds a text under a digest that is not its own",
        run=_false_policy,
        code="policy_changed",
    ),
    Attack(
        name="view row removed",
        does="lets an account do again what was taken from it, in the view alone",
        run=_sql("DELETE FROM sanctions_intervals WHERE account = 'gh_1'"),
        code="view_missing",
        account="gh_1",
    ),
    Attack(
        name="view row added",
        does="bans an account in the view alone",
        run=_sql("INSERT INTO sanctions_intervals VALUES ('gh_3', 'x', '*', 0, NULL)"),
        code="view_too_much",
        account="gh_3",
    ),
    Attack(
        name="view row changed",
        does="ends a ban earlier in the view alone",
        run=_sql("UPDATE sanctions_intervals SET ends = starts + 1 WHERE account = 'gh_6'"),
        code="view_diverging",
        account="gh_6",
    ),
    Attack(
        name="view row of nobody",
        does="bans an account in the view of which nothing is recorded",
        run=_sql("INSERT INTO sanctions_intervals VALUES ('nobody', 'x', '*', 0, NULL)"),
        code="view_orphan",
        account="nobody",
    ),
    Attack(
        name="deadline removed",
        does="removes an account from the sweeper's list",
        run=_sql("DELETE FROM sanctions_deadlines WHERE account = 'gh_6'"),
        code="view_missing",
        account="gh_6",
    ),
    Attack(
        name="deadline changed",
        does="moves an account on the sweeper's list into the far future",
        run=_sql("UPDATE sanctions_deadlines SET due_at = 9000000000000000 WHERE account = 'gh_6'"),
        code="view_diverging",
        account="gh_6",
    ),
    Attack(
        name="link removed",
        does="forgets that a sanction ends with another one",
        run=_sql("DELETE FROM sanctions_links"),
        code="view_missing",
        account="gh_8",
    ),
    Attack(
        name="link changed",
        does="ties a sanction to another account's",
        run=_sql("UPDATE sanctions_links SET because_account = 'gh_2', because_sanction = 's-2'"),
        code="view_diverging",
        account="gh_8",
    ),
    Attack(
        name="snapshot changed",
        does="writes over a snapshot",
        run=lambda attacker: attacker.sql("UPDATE sanctions_snapshots SET body = ?", b"\1" * 100),
        code="snapshot_diverging",
        account="gh_7",
        version=10,
    ),
    Attack(
        name="snapshot of another version",
        does="says that a snapshot is of another version",
        run=_sql("UPDATE sanctions_snapshots SET version = 7"),
        code="snapshot_diverging",
        account="gh_7",
        version=7,
    ),
    Attack(
        name="snapshot of another account",
        does="gives an account the snapshot of another one",
        run=_copy_snapshot,
        code="snapshot_diverging",
        account="gh_1",
        version=5,
    ),
    Attack(
        name="follower ahead",
        does="moves a follower past the end of the log, so that it misses what comes",
        run=_sql("UPDATE sanctions_followers SET position = 400 WHERE follower = 'statistics'"),
        code="follower_ahead",
    ),
    Attack(
        name="parked event of nothing",
        does="parks an event for a follower that does not exist",
        run=_sql("INSERT INTO sanctions_parked VALUES (0, 'statistics', 5, 'gh_1', 77, 1, 'x', 0)"),
        code="parked_wrong",
        account="gh_1",
        version=77,
    ),
    Attack(
        name="guard removed",
        does="takes away what refuses changes of events",
        run=_drop_guard,
        code="guard_missing",
    ),
    Attack(
        name="all guards disabled",
        does="takes away or disables everything that refuses changes",
        run=lambda attacker: attacker.drop_guards(),
        code="guard_missing",
    ),
    Attack(
        name="guard weakened",
        does="lets what refuses changes do nothing",
        run=_weaken,
        code="guard_missing",
    ),
)
