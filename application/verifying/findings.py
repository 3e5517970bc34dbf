"""What a verification found: each thing with its place, its layer, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

__all__ = ["CODES", "EXIT_STATUS", "Finding", "Layer", "Verdict", "Verification", "verdict_of"]

Layer = Literal["content", "log", "writers", "anchors", "replay"]
Verdict = Literal["verified", "unsealed", "incomplete", "inconsistent", "tampered"]

EXIT_STATUS: Final[dict[Verdict, int]] = {
    "verified": 0,
    "tampered": 1,
    "inconsistent": 3,
    "incomplete": 4,
    "unsealed": 5,
}
_GRAVITY: Final[tuple[Verdict, ...]] = ("verified", "unsealed", "incomplete", "inconsistent", "tampered")

CODES: Final[dict[str, tuple[Layer, Verdict, str]]] = {
    "event_changed": ("content", "tampered", "the stored bytes of an event are not those that its hash covers"),
    "chain_broken": ("content", "tampered", "the hash of an event does not go on from the event before it"),
    "version_gap": ("content", "tampered", "an event is missing between two others of its account"),
    "narrative_changed": ("content", "tampered", "free text is not the one that its event commits to"),
    "narrative_missing": ("content", "tampered", "free text is gone, and no erasure was recorded"),
    "narrative_orphan": ("content", "tampered", "free text stands beside no event, or beside one that has none"),
    "erasure_forged": ("content", "tampered", "an erasure is noted for which there is no event"),
    "database_damaged": ("content", "tampered", "the database cannot be read here: it is damaged"),
    "event_unreadable": ("content", "tampered", "an event's bytes are as they were hashed, and cannot be read"),
    "event_missing": ("log", "tampered", "the log names an event that is not there"),
    "not_in_log": ("log", "tampered", "an event stands in no place of the log, and does not wait for one"),
    "log_gap": ("log", "tampered", "positions of the log are missing"),
    "log_order": ("log", "tampered", "the log has the events of an account twice, or in another order"),
    "wrong_partition": ("log", "tampered", "an event stands in a partition that is not its account's"),
    "log_shortened": ("log", "tampered", "a checkpoint covers more entries than the log has"),
    "root_changed": ("log", "tampered", "the log up to a checkpoint has not the root that was signed"),
    "checkpoint_forged": ("log", "tampered", "a checkpoint is damaged, of another log, or signed by no trusted key"),
    "key_event_forged": ("log", "tampered", "a rotation of keys is not signed by the key before it"),
    "mark_wrong": ("writers", "tampered", "the writer's mark on an event does not fit"),
    "mark_missing": ("writers", "tampered", "an event has no writer's mark although earlier ones have"),
    "anchor_contradicted": ("anchors", "tampered", "the log is not the one that was anchored outside"),
    "anchor_beyond": ("anchors", "tampered", "more was anchored outside than the log has: its end was cut off"),
    "anchor_forged": ("anchors", "tampered", "an anchor is damaged, of another store, or signed by no trusted key"),
    "checkpoint_removed": ("anchors", "tampered", "a checkpoint that was anchored outside is not kept any more"),
    "illegal": ("replay", "inconsistent", "a decision is not what the rules give on the state before it"),
    "at_backwards": ("replay", "inconsistent", "an event lies before the one before it"),
    "recorded_backwards": ("replay", "inconsistent", "an event became known before the one before it"),
    "recorded_in_future": ("replay", "inconsistent", "an event became known at a time that is still to come"),
    "due_skipped": ("replay", "inconsistent", "something fell due and was not recorded before the next decision"),
    "due_wrong": ("replay", "inconsistent", "something is recorded as fallen due that did not, or otherwise"),
    "policy_missing": ("replay", "inconsistent", "the text of a policy by which something was decided is not kept"),
    "policy_changed": ("replay", "inconsistent", "the text of a policy is not the one of its digest"),
    "view_diverging": ("replay", "inconsistent", "the view of an account is not what follows from its events"),
    "view_orphan": ("replay", "inconsistent", "the view has rows of an account of which nothing is recorded"),
    "snapshot_diverging": ("replay", "inconsistent", "the snapshot of an account is not what its events give"),
    "command_missing": (
        "replay",
        "inconsistent",
        "a command that acted is not remembered: sent again, it would act again",
    ),
    "erasure_unfinished": ("replay", "inconsistent", "an erasure is recorded and the text is still there"),
    "tree_diverging": ("replay", "inconsistent", "what is kept to make proofs quickly does not follow from the log"),
    "guard_missing": ("replay", "inconsistent", "the database does not refuse what it should refuse"),
    "no_trust": ("writers", "incomplete", "no trust file was given: neither marks nor signatures were checked"),
    "key_unknown": ("writers", "incomplete", "marks are of a key that the trust file does not hold"),
    "no_marks": ("writers", "incomplete", "events were written without a writer's key"),
    "no_anchor": ("anchors", "incomplete", "no checkpoint that somebody else keeps was given"),
    "unsealed_tail": ("log", "unsealed", "entries of the log are under no checkpoint yet"),
}
"""Every code: its layer, what it makes the verdict at least, and what it means."""


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong. `between`: after which instant and before which it was done, as far as can be said.

    `position` counts from 1 within `partition`.
    """

    code: str
    layer: Layer
    account: str | None = None
    version: int | None = None
    partition: int | None = None
    position: int | None = None
    between: tuple[str | None, str | None] | None = None
    message: str


class Verification(Struct, frozen=True, kw_only=True):
    """What was verified and what was found. `sealed`: entries under a checkpoint; `more`: findings that are not listed."""

    verdict: Verdict
    events: int
    accounts: int
    sealed: int
    findings: tuple[Finding, ...]
    more: int = 0

    @property
    def exit_status(self) -> int:
        """The exit status of `verify`."""
        return EXIT_STATUS[self.verdict]


def verdict_of(codes: Iterable[str]) -> Verdict:
    """The gravest that these codes make."""
    return max((CODES[code][1] for code in codes), key=_GRAVITY.index, default="verified")
