"""The verdict of a verification as a report says it: what was found, and what was not looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from ..verifying import Finding, Verification

__all__ = ["VerdictView", "verdict_view"]

_WORDS: Final = {
    "verified": "Everything that was looked at is as it was written.",
    "unsealed": "What is sealed is as it was written; the last events are under no checkpoint yet.",
    "incomplete": "Nothing wrong was found, but not everything could be looked at. This is not a proof.",
    "inconsistent": "The record cannot have come about in this way by the rules, or something that follows from it is wrong.",
    "tampered": "Somebody has touched the record.",
}
_TONES: Final = {
    "verified": "clear",
    "unsealed": "warned",
    "incomplete": "warned",
    "inconsistent": "restricted",
    "tampered": "banned",
}
_NOTHING: Final = "Nothing was verified for this report: neither a trust file nor a checkpoint from outside was given."
_ALONE: Final = (
    "Only this account was looked at: its events, their chain, marks and decisions. Its places in the log, the checkpoints and "
    "the anchors are looked at by a verification of the whole store."
)


class VerdictView(Struct, frozen=True, kw_only=True):
    """The verdict, its colour, a sentence, what was found, and what was not looked at."""

    verdict: str
    tone: str
    words: str
    events: int | None
    accounts: int | None
    sealed: int | None
    findings: tuple[Finding, ...]
    more: int
    unchecked: tuple[str, ...]


def verdict_view(found: Verification | None, *, of_one_account: bool = False) -> VerdictView:
    """The view; None: nothing was verified, which is incomplete and never verified."""
    if found is None:
        return VerdictView(
            verdict="incomplete",
            tone="warned",
            words=_NOTHING,
            events=None,
            accounts=None,
            sealed=None,
            findings=(),
            more=0,
            unchecked=(
                "The events, the log, the checkpoints and the decisions: run `verify` with --trust and --anchor.",
            ),
        )
    # What verifies signatures is an extra; a page that was not verified needs none of it.
    from ..verifying import CODES

    missing = [one.message for one in found.findings if CODES[one.code].verdict == "incomplete"]
    return VerdictView(
        verdict=found.verdict,
        tone=_TONES[found.verdict],
        words=_WORDS[found.verdict],
        events=found.events,
        accounts=found.accounts,
        sealed=None if of_one_account else found.sealed,
        findings=tuple(one for one in found.findings if CODES[one.code].verdict != "incomplete"),
        more=found.more,
        unchecked=(*dict.fromkeys(missing), *((_ALONE,) if of_one_account else ())),
    )
