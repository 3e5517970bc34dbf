"""Attacks on what the auditor is given: the trust file and the anchors."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.infrastructure.evidence.checkpoints import Checkpoint
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.notes import split_note

from .attacker import Attacker
from .table import Attack

__all__ = ["FILES"]


def _nothing(_: Attacker) -> None:
    """The database is left as it is."""


def _other_trust(attacker: Attacker) -> dict[str, Any]:
    return {"trust": make_keys(attacker.stage.folder.with_name("foreign")).trust}


def _anchor(content: str) -> dict[str, Any]:
    return {"anchors": (("anchor", content),)}


def _newest(attacker: Attacker) -> str:
    return attacker.stage.anchors[-1][1]


def _other_root(attacker: Attacker) -> dict[str, Any]:
    note = _newest(attacker)
    ours = Checkpoint.parse(split_note(note).text)
    false = Checkpoint(ours.origin, ours.size, b"\1" * 32)
    return _anchor(note.replace(ours.text, false.text))


def _signed(attacker: Attacker, *, origin: str | None = None, size: int = 311, root: bytes | None = None) -> str:
    ours = Checkpoint.parse(split_note(_newest(attacker)).text)
    return attacker.stage.keys.log.sign(Checkpoint(origin or ours.origin, size, root or ours.root).text)


def _foreign(attacker: Attacker) -> dict[str, Any]:
    text = split_note(_newest(attacker)).text
    return _anchor(make_keys(attacker.stage.folder.with_name("foreign")).log.sign(text))


FILES: Final = (
    Attack(
        name="trust file of another store",
        does="hands the auditor the trust file of other keys",
        run=_nothing,
        auditor=_other_trust,
        code="checkpoint_forged",
        hands="outside",
    ),
    Attack(
        name="anchor with another root",
        does="changes the root in an anchor",
        run=_nothing,
        auditor=_other_root,
        code="anchor_forged",
        hands="outside",
    ),
    Attack(
        name="anchor signed by another key",
        does="signs an anchor with a key of his own",
        run=_nothing,
        auditor=_foreign,
        code="anchor_forged",
        hands="outside",
    ),
    Attack(
        name="anchor emptied",
        does="empties the file of an anchor",
        run=_nothing,
        auditor=lambda _: _anchor(""),
        code="anchor_forged",
        hands="outside",
    ),
    Attack(
        name="anchor of another store",
        does="hands over the anchor of another store of the same keys",
        run=_nothing,
        auditor=lambda attacker: _anchor(_signed(attacker, origin="account-sanctions/another/0")),
        code="other_store",
        hands="outside",
    ),
    Attack(
        name="anchor of a partition that is not there",
        does="denies that the anchored partition exists",
        run=_nothing,
        auditor=lambda attacker: _anchor(_signed(attacker, origin=f"account-sanctions/{attacker.store_id}/5")),
        code="store_changed",
        hands="outside",
    ),
    Attack(
        name="anchor of another history",
        does="shows the auditor another history than the one that was anchored with the same key",
        run=_nothing,
        auditor=lambda attacker: _anchor(_signed(attacker, root=b"\1" * 32)),
        code="anchor_contradicted",
        hands="outside",
    ),
    Attack(
        name="anchor beyond the end",
        does="shows the auditor less than was anchored",
        run=_nothing,
        auditor=lambda attacker: _anchor(_signed(attacker, size=400)),
        code="anchor_beyond",
        hands="outside",
    ),
    Attack(
        name="anchor withheld",
        does="gives the auditor no anchor",
        run=_nothing,
        auditor=lambda _: {"anchors": ()},
        code="no_anchor",
        hands="outside",
    ),
    Attack(
        name="trust withheld",
        does="gives the auditor no trust file",
        run=_nothing,
        auditor=lambda _: {"trust": None},
        code="no_trust",
        hands="outside",
    ),
)
