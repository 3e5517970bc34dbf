"""Attacks on events: their bytes, topics, hashes, marks, and their number."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.infrastructure.evidence.keys import make_keys

from .attacker import Attacker, Document
from .table import Attack

__all__ = ["EVENTS"]

_AT: Final = "WHERE account = ? AND version = ?"
_COLUMNS: Final = "topic, state, hash, mark"


def _longer(document: Document) -> None:
    document["event"]["until"] = document["event"]["functions"]["mass_send"] = "2026-06-01T00:00:00Z"


def _another_moderator(document: Document) -> None:
    document["event"]["by"]["id"] = "m-9"


def _set(column: str, value: Any, account: str, version: int) -> Any:
    return lambda attacker: attacker.sql(
        f"UPDATE sanctions_events SET {column} = ? {_AT}",  # noqa: S608
        value,
        account,
        version,
    )


def _blanks(attacker: Attacker) -> None:
    ((state,),) = attacker.ask(f"SELECT state FROM sanctions_events {_AT}", "gh_1", 2)  # noqa: S608
    _set("state", bytes(state).replace(b",", b", "), "gh_1", 2)(attacker)


def _mark_of_another(attacker: Attacker) -> None:
    attacker.sql(
        "UPDATE sanctions_events SET mark = (SELECT mark FROM sanctions_events WHERE account = 'gh_2' AND version = 1) "
        "WHERE account = 'gh_1' AND version = 2"
    )


def _delete(account: str, version: int) -> Any:
    def run(attacker: Attacker) -> None:
        for table in ("narratives", "events"):
            attacker.sql(f"DELETE FROM sanctions_{table} {_AT}", account, version)  # noqa: S608

    return run


def _delete_account(attacker: Attacker) -> None:
    for table in ("events", "narratives", "commands", "account_keys", "intervals", "deadlines"):
        attacker.sql(f"DELETE FROM sanctions_{table} WHERE account = 'gh_6'")  # noqa: S608


def _insert_behind(attacker: Attacker) -> None:
    attacker.sql(f"INSERT INTO sanctions_events SELECT account, 6, {_COLUMNS} FROM sanctions_events {_AT}", "gh_1", 2)  # noqa: S608


def _reorder(attacker: Attacker) -> None:
    first, second = (
        attacker.ask(f"SELECT {_COLUMNS} FROM sanctions_events {_AT}", "gh_7", version)[0]  # noqa: S608
        for version in (2, 3)
    )
    for version, (topic, state, digest, mark) in ((2, second), (3, first)):
        attacker.sql(
            f"UPDATE sanctions_events SET topic = ?, state = ?, hash = ?, mark = ? {_AT}",  # noqa: S608
            *(topic, bytes(state), bytes(digest), bytes(mark), "gh_7", version),
        )


def _copy(attacker: Attacker) -> None:
    attacker.sql(f"INSERT INTO sanctions_events SELECT 'gh_9', 1, {_COLUMNS} FROM sanctions_events {_AT}", "gh_2", 1)  # noqa: S608
    attacker.sql("INSERT INTO sanctions_log VALUES (0, 312, 'gh_9', 1)")


def _rechained(attacker: Attacker) -> None:
    attacker.edit("gh_1", 2, _longer)
    attacker.rechain("gh_1")


def _resealed_by_foreign_key(attacker: Attacker) -> None:
    _rechained(attacker)
    attacker.reseal(make_keys(attacker.stage.folder.with_name("foreign")))


def _marked_by_foreign_key(attacker: Attacker) -> None:
    attacker.edit("gh_7", 11, _another_moderator)
    attacker.rechain("gh_7", make_keys(attacker.stage.folder.with_name("foreign")))


def _rewritten_with_keys(attacker: Attacker) -> None:
    attacker.edit("gh_7", 11, _another_moderator)
    attacker.rechain("gh_7", attacker.stage.keys)
    attacker.reseal(attacker.stage.keys)


def _nonsense_with_keys(attacker: Attacker) -> None:
    _set("state", b'{"event":' * 5000, "gh_7", 11)(attacker)
    attacker.rechain("gh_7", attacker.stage.keys)


def _unmarked_writer(attacker: Attacker) -> None:
    attacker.act("gh_9", ("gh_2", 1), lambda event: event.update(sanction="s-9"), keys=False)


EVENTS: Final = (
    Attack(
        name="bytes changed",
        does="makes a restriction longer in an event's bytes",
        run=lambda attacker: attacker.edit("gh_1", 2, _longer),
        code="event_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="bytes rewritten with the same meaning",
        does="puts blanks into an event's bytes, which say the same then",
        run=_blanks,
        code="event_changed",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="topic changed",
        does="makes a warning a note by its topic",
        run=_set("topic", "account_sanctions.NoteAdded.v1", "gh_2", 2),
        code="event_changed",
        account="gh_2",
        version=2,
    ),
    Attack(
        name="topic unknown",
        does="gives an event a topic that nobody knows",
        run=_set("topic", "account_sanctions.Pardoned.v1", "gh_2", 2),
        code="event_changed",
        account="gh_2",
        version=2,
    ),
    Attack(
        name="hash changed",
        does="writes over an event's hash",
        run=_set("hash", b"\1" * 32, "gh_1", 2),
        code="chain_broken",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="hash emptied",
        does="takes an event's hash away",
        run=_set("hash", None, "gh_1", 5),
        code="event_changed",
        account="gh_1",
        version=5,
    ),
    Attack(
        name="mark changed",
        does="writes over a writer's mark with another one that names no key",
        run=_set("mark", b"\1" * 40, "gh_1", 2),
        code="key_unknown",
    ),
    Attack(
        name="mark of another event",
        does="puts the mark of another event on one",
        run=_mark_of_another,
        code="mark_wrong",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="mark removed",
        does="takes the mark off an event",
        run=_set("mark", None, "gh_1", 2),
        code="mark_missing",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="all marks removed",
        does="takes the marks off all events",
        run=lambda attacker: attacker.sql("UPDATE sanctions_events SET mark = NULL"),
        code="no_marks",
    ),
    Attack(
        name="first event deleted",
        does="deletes the first event of an account",
        run=_delete("gh_2", 1),
        code="version_gap",
        account="gh_2",
        version=1,
    ),
    Attack(
        name="event in the middle deleted",
        does="deletes an event between others",
        run=_delete("gh_1", 2),
        code="version_gap",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="last event deleted",
        does="deletes the last event of an account",
        run=_delete("gh_1", 5),
        code="event_missing",
        account="gh_1",
        version=5,
    ),
    Attack(
        name="account deleted",
        does="deletes everything of an account but its entries in the log",
        run=_delete_account,
        code="event_missing",
        account="gh_6",
        version=1,
    ),
    Attack(
        name="event inserted",
        does="adds an event behind the last one of an account",
        run=_insert_behind,
        code="not_in_log",
        account="gh_1",
        version=6,
    ),
    Attack(
        name="events exchanged",
        does="exchanges two events of an account, hashes and marks with them",
        run=_reorder,
        code="event_changed",
        account="gh_7",
        version=2,
    ),
    Attack(
        name="event copied to another account",
        does="copies a sanction to another account, with a place in the log",
        run=_copy,
        code="event_changed",
        account="gh_9",
        version=1,
    ),
    Attack(
        name="chain made right again",
        does="changes an event and makes the chain of its account right again",
        run=_rechained,
        code="mark_wrong",
        account="gh_1",
        version=2,
    ),
    Attack(
        name="sealed log contradicted",
        does="changes an event, makes its chain right again, and hopes that nobody builds the tree",
        run=_rechained,
        code="root_changed",
    ),
    Attack(
        name="resealed with another key",
        does="changes an event, makes its chain right again, and seals everything with a key of his own",
        run=_resealed_by_foreign_key,
        code="checkpoint_forged",
    ),
    Attack(
        name="marked with another key",
        does="changes an event and marks its account anew with a key of his own",
        run=_marked_by_foreign_key,
        code="root_changed",
    ),
    Attack(
        name="rewritten with stolen keys",
        does="changes who decided, and makes chain, marks, tree and checkpoints anew with the stolen keys",
        run=_rewritten_with_keys,
        hands="keys",
        code="anchor_contradicted",
    ),
    Attack(
        name="nonsense with stolen keys",
        does="writes bytes that nobody can read and marks them",
        run=_nonsense_with_keys,
        hands="keys",
        code="event_unreadable",
        account="gh_7",
        version=11,
    ),
    Attack(
        name="unmarked act in a new account",
        does="sanctions an account by the rules, with a right chain and a place in the log, and has no key",
        run=_unmarked_writer,
        code="mark_missing",
        account="gh_9",
        version=1,
    ),
)
