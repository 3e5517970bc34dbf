"""What is believed before the database is looked at: keys from a trust file, checkpoints that somebody else kept.

Of the database itself only its name is needed, and that is held against what was signed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select, text

from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.checkpoints import Checkpoint, origin_of
from ...infrastructure.evidence.errors import BadNote
from ...infrastructure.evidence.keys import Trust
from ...infrastructure.evidence.notes import NoteVerifier, notes_in, open_note, split_note
from ...infrastructure.evidence.rotating import followed
from ...infrastructure.evidence.tables import checkpoints, key_events
from ...infrastructure.schema import Identity
from .collecting import Findings

__all__ = ["Anchor", "opened", "own", "signed_name", "trusted"]

_FIRST: Final = "account-sanctions"
_SAMPLE: Final = text("LIMIT 50")


class Anchor(NamedTuple):
    """A checkpoint that somebody else kept, and where it came from. Its signature has been verified."""

    source: str
    checkpoint: Checkpoint


def trusted(database: Database, cursor: Cursor, given: Trust, store_id: str, findings: Findings) -> Trust:
    """The keys that may be believed: those given, and those that one of them has signed over to."""
    cursor.execute(database.prepare(select(key_events.c.number, key_events.c.note).order_by(key_events.c.number)))
    rotations = [(number, note) for number, note in cursor.fetchall()]
    # Those before a forged one hold.
    for count in range(len(rotations), -1, -1):
        try:
            return followed(given, store_id, rotations[:count])
        except BadNote as error:
            findings.add("key_event_forged", error.message)
    return given


def opened(given: Iterable[tuple[str, str]], logs: Sequence[NoteVerifier] | None, findings: Findings) -> list[Anchor]:
    """The checkpoints in these files, as (source, content). Without trusted keys nothing says whether any is genuine."""
    found: list[Anchor] = []
    for source, content in given if logs is not None else ():
        notes = list(notes_in(content))
        if not notes:
            findings.add("anchor_forged", f"{source}: there is no checkpoint in it")
        for note in notes:
            try:
                found.append(Anchor(source, Checkpoint.parse(open_note(note, logs or ())[0])))
            except BadNote as error:
                findings.add("anchor_forged", f"{source}: {error.message}")
    return found


def own(anchors: Iterable[Anchor], store_id: str, partitions: int, findings: Findings) -> dict[int, list[Anchor]]:
    """The anchors of this store by partition; one of another store, or of a partition that it denies, is a finding."""
    of = {origin_of(store_id, partition): partition for partition in range(partitions)}
    found: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        origin = anchor.checkpoint.origin
        partition = of.get(origin)
        if partition is not None:
            found.setdefault(partition, []).append(anchor)
        elif _named(origin) == store_id:
            said = f"{anchor.source} is of {origin}, and the store says that it has {partitions} partitions"
            findings.add("store_changed", said)
        else:
            findings.add("other_store", f"{anchor.source} is of {origin}, and this is the store {store_id}")
    return found


def signed_name(
    database: Database, cursor: Cursor, identity: Identity, logs: Sequence[NoteVerifier] | None, findings: Findings
) -> str:
    """The name of the store by its checkpoints, where it says another one of itself: its hashes hold the signed one."""
    newest = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).suffix_with(_SAMPLE)
    cursor.execute(database.prepare(newest))
    names: Counter[str] = Counter()
    for (note,) in cursor.fetchall():
        try:
            said = split_note(note).text if logs is None else open_note(note, logs)[0]
            name = _named(Checkpoint.parse(said).origin)
        except BadNote:
            continue
        if name is not None:
            names[name] += 1
    if not names or identity.store_id in names:
        return identity.store_id
    ((signed, _),) = names.most_common(1)
    said = f"it says that it is {identity.store_id}, and its checkpoints are those of {signed}"
    findings.add("store_changed", said)
    return signed


def _named(origin: str) -> str | None:
    parts = origin.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == _FIRST else None
