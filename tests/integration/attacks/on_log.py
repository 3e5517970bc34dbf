"""Attacks on the log, the tree, the checkpoints, and on what the store says of itself."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.rotating import rotation_text
from msgspec import structs

from .attacker import Attacker
from .stage import build
from .table import Attack

__all__ = ["LOG"]


def _sql(*statements: str) -> Any:
    def run(attacker: Attacker) -> None:
        for statement in statements:
            attacker.sql(statement)

    return run


def _swap(attacker: Attacker) -> None:
    (one, other) = attacker.ask(
        "SELECT account, version FROM sanctions_log WHERE position IN (20, 21) ORDER BY position"
    )
    for position, (account, version) in ((20, other), (21, one)):
        attacker.sql("UPDATE sanctions_log SET account = ?, version = ? WHERE position = ?", account, version, position)


def _swap_places_too(attacker: Attacker) -> None:
    _swap(attacker)
    for position in (20, 21):
        ((account, version),) = attacker.ask("SELECT account, version FROM sanctions_log WHERE position = ?", position)
        attacker.sql(
            "UPDATE sanctions_places SET position = ? WHERE account = ? AND version = ?", position, account, version
        )


def _roll_back(attacker: Attacker) -> None:
    attacker.stage = structs.replace(attacker.stage, url=attacker.stage.older)


def _reseal(attacker: Attacker) -> None:
    attacker.reseal(make_keys(attacker.stage.folder.with_name("foreign")))


def _forge_rotation(attacker: Attacker) -> None:
    foreign = make_keys(attacker.stage.folder.with_name("foreign"))
    note = foreign.log.sign(rotation_text(attacker.store_id, 1, foreign.log.verifier))
    attacker.sql("INSERT INTO sanctions_key_events VALUES (1, ?, 0)", note)
    attacker.reseal(foreign)


def _another_store(attacker: Attacker, *, same_keys: bool) -> None:
    from tests.integration.support import database
    from tests.postgres import fresh_database

    folder = attacker.stage.folder.with_name("other")
    folder.mkdir()
    url = fresh_database() if attacker.on_postgres else database(folder)
    other = build(url, attacker.stage.folder if same_keys else folder / "keys")
    attacker.stage = structs.replace(attacker.stage, url=other.url)


def _unsequenced(attacker: Attacker, statement: str) -> None:
    with attacker.stage.opened() as sanctions:
        sanctions.execute({"command": "note", "account": "gh_9", "by": {"kind": "moderator", "id": "m"}, "text": "x"})
    attacker.sql(statement)


def _pending(statement: str) -> Any:
    return lambda attacker: _unsequenced(attacker, statement)


_ROW: Final = "(partition, account, version) VALUES"

LOG: Final = (
    Attack(
        name="log rows exchanged",
        does="exchanges two entries of the log",
        run=_swap,
        code="root_changed",
    ),
    Attack(
        name="log rows and places exchanged",
        does="exchanges two entries of the log and what is kept of their places",
        run=_swap_places_too,
        code="root_changed",
    ),
    Attack(
        name="log row deleted",
        does="deletes an entry of the log",
        run=_sql("DELETE FROM sanctions_log WHERE position = 20"),
        code="log_gap",
    ),
    Attack(
        name="log row twice",
        does="enters an event a second time",
        run=_sql("INSERT INTO sanctions_log VALUES (0, 312, 'gh_1', 2)"),
        code="log_order",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="log row of nothing",
        does="enters an event that does not exist",
        run=_sql("INSERT INTO sanctions_log VALUES (0, 312, 'gh_1', 77)"),
        code="event_missing",
        account="gh_1",
        version=77,
    ),
    Attack(
        name="log row renamed",
        does="lets an entry of the log name another event",
        run=_sql("UPDATE sanctions_log SET account = 'gh_2', version = 2 WHERE position = 1"),
        code="not_in_log",
        account="gh_1",
        version=1,
    ),
    Attack(
        name="log row far away",
        does="enters something at a position that nobody could read up to",
        run=_sql("UPDATE sanctions_log SET position = 9000000000000000 WHERE position = 311"),
        code="log_gap",
    ),
    Attack(
        name="log row in another partition",
        does="moves an entry to a partition that the store does not have",
        run=_sql("UPDATE sanctions_log SET partition = 1, position = 1 WHERE position = 311"),
        code="store_changed",
    ),
    Attack(
        name="end of the log cut off",
        does="deletes the last entries of the log",
        run=_sql("DELETE FROM sanctions_log WHERE position > 306"),
        code="log_shortened",
    ),
    Attack(
        name="rolled back to an older backup",
        does="puts an older backup in place, with the checkpoints of its time",
        run=_roll_back,
        code="anchor_beyond",
    ),
    Attack(
        name="checkpoint damaged",
        does="writes over the note of a checkpoint",
        run=_sql("UPDATE sanctions_checkpoints SET note = 'nothing' WHERE size = 311"),
        code="checkpoint_forged",
    ),
    Attack(
        name="checkpoint of another size",
        does="keeps the note of one checkpoint as that of another size",
        run=_sql("UPDATE sanctions_checkpoints SET size = 300 WHERE size = 294"),
        code="checkpoint_forged",
    ),
    Attack(
        name="checkpoint at no time",
        does="says that a checkpoint was written at no time of the calendar",
        run=_sql("UPDATE sanctions_checkpoints SET sealed_at = 9000000000000000000"),
        code="checkpoint_forged",
    ),
    Attack(
        name="checkpoint removed",
        does="deletes a checkpoint that somebody keeps",
        run=_sql("DELETE FROM sanctions_checkpoints WHERE size = 294"),
        code="checkpoint_removed",
    ),
    Attack(
        name="all checkpoints removed",
        does="deletes every checkpoint and what is kept of the tree",
        run=_sql(*(f"DELETE FROM sanctions_{table}" for table in ("checkpoints", "nodes", "places"))),  # noqa: S608
        code="checkpoint_removed",
    ),
    Attack(
        name="all checkpoints removed, no anchor at hand",
        does="deletes every checkpoint and what is kept of the tree, and the auditor has no anchor",
        run=_sql(*(f"DELETE FROM sanctions_{table}" for table in ("checkpoints", "nodes", "places"))),  # noqa: S608
        auditor=lambda _: {"anchors": ()},
        code="unsealed_tail",
        verdict="incomplete",
    ),
    Attack(
        name="sealed anew with another key",
        does="seals the untouched log anew with a key of his own",
        run=_reseal,
        code="checkpoint_forged",
    ),
    Attack(
        name="keys rotated by an attacker",
        does="records a rotation to a key of his own, signed by that key, and seals with it",
        run=_forge_rotation,
        code="key_event_forged",
    ),
    Attack(
        name="node changed",
        does="changes a node of the tree",
        run=lambda attacker: attacker.sql("UPDATE sanctions_nodes SET hash = ?", b"\1" * 32),
        code="tree_diverging",
    ),
    Attack(
        name="node removed",
        does="removes a node of the tree",
        run=_sql("DELETE FROM sanctions_nodes"),
        code="tree_diverging",
    ),
    Attack(
        name="node added",
        does="adds a node where the log does not reach yet",
        run=lambda attacker: attacker.sql("INSERT INTO sanctions_nodes VALUES (0, 8, 1, ?)", b"\1" * 32),
        code="tree_diverging",
    ),
    Attack(
        name="place changed",
        does="says that an event has another place in the log",
        run=_sql("UPDATE sanctions_places SET position = 7 WHERE account = 'gh_1' AND version = 2"),
        code="tree_diverging",
    ),
    Attack(
        name="place removed",
        does="forgets where an event stands",
        run=_sql("DELETE FROM sanctions_places WHERE account = 'gh_1' AND version = 2"),
        code="tree_diverging",
    ),
    Attack(
        name="place added",
        does="gives a place to an event that does not exist",
        run=_sql("INSERT INTO sanctions_places VALUES ('gh_1', 77, 400)"),
        code="tree_diverging",
    ),
    Attack(
        name="store renamed",
        does="changes the store's name, which every hash holds",
        run=_sql("UPDATE sanctions_meta SET value = 'another' WHERE key = 'store_id'"),
        code="store_changed",
    ),
    Attack(
        name="partitions changed",
        does="says that the log has three partitions",
        run=_sql("UPDATE sanctions_meta SET value = '3' WHERE key = 'partitions'"),
        code="wrong_partition",
    ),
    Attack(
        name="another store with the same keys",
        does="puts another store of the same owner in place",
        run=lambda attacker: _another_store(attacker, same_keys=True),
        code="other_store",
    ),
    Attack(
        name="another store with other keys",
        does="puts a store of his own in place",
        run=lambda attacker: _another_store(attacker, same_keys=False),
        code="checkpoint_forged",
    ),
    Attack(
        name="pending row removed",
        does="removes what waits for its place in the log, so that no follower sees it",
        run=_pending("DELETE FROM sanctions_pending"),
        code="not_in_log",
        account="gh_9",
        version=1,
        only="postgres",
    ),
    Attack(
        name="pending row of nothing",
        does="lets something wait for a place that does not exist",
        run=_pending(f"INSERT INTO sanctions_pending {_ROW} (0, 'gh_9', 5)"),
        code="pending_wrong",
        account="gh_9",
        version=5,
        only="postgres",
    ),
    Attack(
        name="pending row of what has a place",
        does="lets an event wait for a second place",
        run=_pending(f"INSERT INTO sanctions_pending {_ROW} (0, 'gh_1', 1)"),
        code="pending_wrong",
        account="gh_1",
        version=1,
        only="postgres",
    ),
)
