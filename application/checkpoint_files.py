"""Reading files of checkpoints, as `anchor` writes them: one signed note, or several with an empty line between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..infrastructure.evidence.checkpoints import Checkpoint
from ..infrastructure.evidence.keys import read_trust
from ..infrastructure.evidence.notes import NoteVerifier, notes_in, open_note, split_note
from ..infrastructure.store import Store

__all__ = ["read_checkpoints", "trusted_keys"]


def read_checkpoints(content: str, keys: Sequence[NoteVerifier] | None = None) -> tuple[Checkpoint, ...]:
    """The checkpoints of a file. With `keys`, each must be signed by one of them. Raises BadNote."""
    notes = list(notes_in(content))
    texts = [split_note(note).text if keys is None else open_note(note, keys)[0] for note in notes]
    return tuple(map(Checkpoint.parse, texts))


def trusted_keys(store: Store, trust: Path) -> tuple[NoteVerifier, ...]:
    """The keys of a trust file, and those that they have handed over to in this store. Raises BadKey."""
    from .verifying.collecting import Findings
    from .verifying.trusting import trusted

    given = read_trust(trust)
    with store.database.reading() as cursor:
        # A rotation that is forged adds no key; naming it is for `verify`.
        return trusted(store.database, cursor, given, store.identity.store_id, Findings(0)).log_verifiers()
