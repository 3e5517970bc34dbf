"""The codes of findings: stable names, each with its layer, the verdict that it makes at least, and what it means.

A layer is a way of looking: bytes and chains, the log and its signatures, marks of the writers, checkpoints kept outside,
deciding again, and exports that were given beside the store. Each catches something that no other one does.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

__all__ = ["CODES", "Code", "Layer", "Verdict", "gravity"]

Layer = Literal["content", "log", "writers", "anchors", "replay", "exports"]
Verdict = Literal["verified", "unsealed", "incomplete", "inconsistent", "tampered"]

_GRAVITY: Final[tuple[Verdict, ...]] = ("verified", "unsealed", "incomplete", "inconsistent", "tampered")


class Code(Struct, frozen=True):
    """What a code stands for. `remedy`: what whoever meets it does. `everywhere`: it befalls a partition, not one account."""

    layer: Layer
    verdict: Verdict
    meaning: str
    remedy: str
    everywhere: bool = False


_COMPARE: Final = "compare the account with a backup from before `between`, and ask who could write to the table"
_LOG: Final = "keep the database as it is; compare its log with a backup and with the checkpoints that others keep"
_REBUILD: Final = "run `rebuild`: it is made anew from the events. Then ask who could write to the table"
_DECISION: Final = "look at the decision and at who made it: the record says what was done, not that it was right"

CODES: Final[dict[str, Code]] = {
    "event_changed": Code("content", "tampered", "the stored bytes of an event are not those that its hash covers", _COMPARE),
    "chain_broken": Code("content", "tampered", "the hash of an event does not go on from the event before it", _COMPARE),
    "version_gap": Code("content", "tampered", "an event is missing between two others of its account", _COMPARE),
    "event_unreadable": Code(
        "content", "tampered", "an event's bytes are as they were hashed, and cannot be read",
        "verify with the newest version of the library; if that cannot read it either, restore the event from a backup",
    ),
    "narrative_changed": Code("content", "tampered", "free text is not the one that its event commits to", _COMPARE),
    "narrative_missing": Code("content", "tampered", "free text is gone, and no erasure was recorded", _COMPARE),
    "narrative_orphan": Code(
        "content", "tampered", "free text stands beside no event, or beside one that has none", _COMPARE
    ),
    "text_key_missing": Code(
        "content", "tampered", "the key of an account's free text is gone, and no erasure was recorded",
        "put the account's row of the keys back from a backup: the text is still there, encrypted",
    ),
    "erasure_forged": Code("content", "tampered", "an erasure is noted for which there is no event", _COMPARE),
    "database_damaged": Code(
        "content", "tampered", "the database cannot be read here: it is damaged",
        "restore a backup beside it and verify that one; keep the damaged file for whoever looks into it",
    ),
    "event_missing": Code("log", "tampered", "the log names an event that is not there", _COMPARE),
    "not_in_log": Code(
        "log", "tampered", "an event stands in no place of the log, and does not wait for one", _COMPARE
    ),
    "pending_wrong": Code(
        "log", "tampered", "what waits for its place in the log is no event, or has a place already", _LOG
    ),
    "log_gap": Code("log", "tampered", "positions of the log are missing", _LOG, everywhere=True),
    "log_order": Code("log", "tampered", "the log has the events of an account twice, or in another order", _LOG),
    "wrong_partition": Code(
        "log", "tampered", "an event stands in a partition that is not its account's", _LOG, everywhere=True
    ),
    "log_shortened": Code("log", "tampered", "a checkpoint covers more entries than the log has", _LOG),
    "root_changed": Code("log", "tampered", "the log up to a checkpoint has not the root that was signed", _LOG),
    "not_included": Code("log", "tampered", "an event is not in the log that the newest checkpoint signs", _LOG),
    "checkpoint_forged": Code(
        "log", "tampered", "a checkpoint is damaged, of another log, or signed by no trusted key",
        "give every log key that ever signed in the trust file; if they were given, somebody else has sealed",
    ),
    "key_event_forged": Code(
        "log", "tampered", "a rotation of keys is not signed by the key before it",
        "get the trust file anew from whoever holds the keys, and believe no checkpoint of the new key until then",
    ),
    "store_changed": Code(
        "log", "tampered", "the store says another name or number of partitions of itself than its checkpoints and log", _LOG
    ),
    "mark_wrong": Code("writers", "tampered", "the writer's mark on an event does not fit", _COMPARE),
    "mark_missing": Code(
        "writers", "tampered", "an event has no writer's mark although earlier ones have",
        "find out whether a writer ran without keys; if none did, the event was written past the library",
    ),
    "anchor_contradicted": Code("anchors", "tampered", "the log is not the one that was anchored outside", _LOG),
    "anchor_beyond": Code(
        "anchors", "tampered", "more was anchored outside than the log has: its end was cut off, or an old backup stands here",
        _LOG,
    ),
    "anchor_forged": Code(
        "anchors", "tampered", "an anchor is damaged, or signed by no trusted key",
        "get the anchor again from whoever keeps it; if it is the same, he was given a false one",
    ),
    "other_store": Code(
        "anchors", "tampered", "an anchor is genuine and of another store than the one that stands here",
        "check that this is the right database and the right anchor; if both are, the database was replaced",
    ),
    "checkpoint_removed": Code(
        "anchors", "tampered", "a checkpoint that was anchored outside is not kept any more", _LOG
    ),
    "illegal": Code("replay", "inconsistent", "a decision is not what the rules give on the state before it", _DECISION),
    "at_backwards": Code("replay", "inconsistent", "an event lies before the one before it", _DECISION),
    "recorded_backwards": Code("replay", "inconsistent", "an event became known before the one before it", _DECISION),
    "recorded_in_future": Code(
        "replay", "inconsistent", "an event became known at a time that is still to come",
        "check the clocks of the writers and of this machine",
    ),
    "due_skipped": Code(
        "replay", "inconsistent", "something fell due and was not recorded before the next decision", _DECISION
    ),
    "due_wrong": Code(
        "replay", "inconsistent", "something is recorded as fallen due that did not, or otherwise", _DECISION
    ),
    "policy_missing": Code(
        "replay", "inconsistent", "the text of a policy by which something was decided is not kept",
        "open the store once with that policy: its text is kept again, under the same digest", everywhere=True,
    ),
    "policy_changed": Code(
        "replay", "inconsistent", "the text of a policy is not the one of its digest, or its row says otherwise than its text",
        "put the row back from a backup",
    ),
    "view_missing": Code("replay", "inconsistent", "the view lacks something that follows from the events", _REBUILD),
    "view_too_much": Code("replay", "inconsistent", "the view has something that no event gives", _REBUILD),
    "view_diverging": Code("replay", "inconsistent", "the view says otherwise than the events", _REBUILD),
    "view_orphan": Code(
        "replay", "inconsistent", "there are rows of an account of which nothing is recorded", _REBUILD
    ),
    "snapshot_diverging": Code(
        "replay", "inconsistent", "the snapshot of an account is not what its events give",
        "run `rebuild`, which forgets it: the account is replayed then",
    ),
    "follower_ahead": Code(
        "replay", "inconsistent", "a follower says that it has read more than the log has",
        "it will miss what comes next: `follow` it anew from a position that it has really dealt with",
    ),
    "parked_wrong": Code(
        "replay", "inconsistent", "a follower has parked an event that is not there", "drop the parked row"
    ),
    "command_missing": Code(
        "replay", "inconsistent", "a command that acted is not remembered: sent again, it would act again",
        "put the row back from a backup before the command can come again",
    ),
    "command_changed": Code(
        "replay", "inconsistent", "what is remembered of a command is not what came of it", "put the row back from a backup"
    ),
    "erasure_unfinished": Code(
        "replay", "inconsistent", "an erasure is recorded and the text or its key is still there", "run `sweep`: it finishes it"
    ),
    "erasure_unnoted": Code(
        "replay", "inconsistent", "an erasure is recorded and is not noted as one to carry out",
        "put the row back from a backup: without it the text is never destroyed",
    ),
    "tree_diverging": Code(
        "replay", "inconsistent", "what is kept to make proofs quickly does not follow from the log",
        "proofs of this store may fail; restore nodes and places from a backup",
    ),
    "guard_missing": Code(
        "replay", "inconsistent", "the database does not refuse what it should refuse",
        "run `migrate`: it puts the guards back. Then verify everything, since anything could have been written meanwhile",
    ),
    "no_trust": Code(
        "writers", "incomplete", "no trust file was given: neither marks nor signatures were checked",
        "give the trust file, from whoever made the keys and never from the database's host",
    ),
    "key_unknown": Code(
        "writers", "incomplete", "marks are of a key that the trust file does not hold",
        "ask for a trust file with every writer's key; a key that nobody knows is an attacker's",
    ),
    "no_marks": Code(
        "writers", "incomplete", "events were written without a writer's key", "nothing, where writers had no keys at that time"
    ),
    "no_anchor": Code(
        "anchors", "incomplete", "no checkpoint that somebody else keeps was given",
        "give one; whoever holds the log's key could have written everything anew",
    ),
    "export_changed": Code(
        "exports", "tampered", "an export that was given is not as it was signed; the message has the code of `export check`",
        "make the export anew, and ask who could write to its files",
    ),
    "export_incomplete": Code(
        "exports", "incomplete", "something is missing to judge an export that was given; the message has its code",
        "export with keys, give the trust file, and have pyarrow installed for Parquet",
    ),
    "unsealed_tail": Code("log", "unsealed", "entries of the log are under no checkpoint yet", "run `seal`, and verify again"),
}  # fmt: skip
"""Every code."""


def gravity(code: str) -> int:
    """How grave a code is: the larger, the graver."""
    return _GRAVITY.index(CODES[code].verdict)
