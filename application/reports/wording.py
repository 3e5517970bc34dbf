"""The words of the domain for people: events, kinds, periods, consequences. Foreign text is made safe to look at here too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from ...domain.instants import as_utc
from ...domain.vocabulary import Actor

__all__ = [
    "SHAPES",
    "SIGNS",
    "TONES",
    "actor_words",
    "consequence_words",
    "end_words",
    "event_words",
    "functions_words",
    "label_words",
    "period_words",
    "visible",
    "when",
]

TONES: Final[Mapping[str, str]] = {
    "warning": "warned",
    "rectification": "rectifying",
    "restriction": "restricted",
    "ban": "banned",
}
"""The standing, and so the colour, that each kind of sanction gives."""

SHAPES: Final[Mapping[str, str]] = {
    "past": "in force",
    "ahead": "decided for the future",
    "waiting": "announced, not yet in force",
    "void": "overturned",
}
"""The bars of the timeline, in the order of the legend."""

SIGNS: Final[Mapping[str, str]] = {
    "violation": "violation recorded",
    "decision": "sanction decided",
    "proposal": "proposed, waits for a second person",
    "notice": "notice served",
    "submission": "rectification submitted",
    "accepted": "rectification accepted",
    "rejected": "submission rejected",
    "deadline": "deadline",
    "changed": "terms changed",
    "started": "announced sanction began",
    "partial": "end of some of the functions",
    "ended": "lifted or superseded",
    "appeal": "appeal filed",
    "appeal-decided": "appeal decided or closed",
    "overturned": "overturned",
    "other": "other event",
    "several": "several events close together",
}
"""The marks of the timeline, in the order of the legend."""

_LABELS: Final[Mapping[str, str]] = {
    "act": "Proposed",
    "appealable": "Right of appeal",
    "batch": "Batch",
    "because": "Why",
    "caused_by": "Consequence of",
    "content_at": "Content of",
    "detected": "Found by",
    "for": "For",
    "from": "In force from",
    "harsher": "Harsher than before",
    "lapses_at": "Lapses at",
    "late": "After the default",
    "on_default": "If the deadline is missed",
    "previous": "Deadline until then",
    "priors": "Priors counted",
    "step": "Step of the policy",
    "superseded_by": "Replaced by",
    "supersedes": "Replaces",
    "unless": "Except by",
    "withheld": "Withheld (exempt)",
}
_CAMEL: Final = re.compile(r"(?<!^)(?=[A-Z])")
_PART: Final = re.compile(r"(\d+)([YMWDHS])")
_UNITS: Final = {"Y": "year", "M": "month", "W": "week", "D": "day", "H": "hour", "S": "second"}

# Overrides and isolates can make text read as what it is not; controls and lone surrogates do not belong into a document.
_TRICKS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """The text with characters that hide, reorder or break other text written out, such as `[U+202E]`."""
    # Nothing of the kind is printable, and most text is.
    return text if text.isprintable() else _TRICKS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def event_words(name: str) -> str:
    """The type of an event in words: `RectificationOrdered` is `Rectification ordered`."""
    first, *rest = _CAMEL.split(name)
    return " ".join((first, *(part.lower() for part in rest)))


def label_words(field: str) -> str:
    """The name of a field in words."""
    return _LABELS.get(field) or field.replace("_", " ").capitalize()


def actor_words(actor: Actor) -> str:
    """Who acted, in one phrase."""
    return f"{actor.kind} {actor.id}"


def when(instant: datetime, *, precise: bool = False) -> str:
    """The day of an instant, and its time where that matters."""
    moment = as_utc(instant).replace(tzinfo=None)
    return moment.isoformat(" ") + " UTC" if precise else moment.date().isoformat()


def period_words(text: str) -> str:
    """An ISO 8601 duration in words: `P1M` is `1 month`; what is not one stays as it is."""
    days, _, clock = text.removeprefix("P").partition("T")
    parts = [(number, _UNITS[unit]) for number, unit in _PART.findall(days) if unit in _UNITS]
    parts += [(number, "minute" if unit == "M" else _UNITS[unit]) for number, unit in _PART.findall(clock)]
    words = ", ".join(f"{number} {unit}{'' if number == '1' else 's'}" for number, unit in parts)
    return words or text


def end_words(terms: Mapping[str, Any]) -> str:
    """The end that these terms state, in words."""
    if terms.get("for"):
        return f"for {period_words(str(terms['for']))}"
    if until := terms.get("until"):
        return f"until {when(until, precise=True) if isinstance(until, datetime) else until}"
    return "without end" if terms.get("permanent") else ""


def functions_words(functions: Iterable[Any]) -> str:
    """Function names with their ends where they have one of their own."""
    return ", ".join(
        name if isinstance(name, str) else f"{name.get('function')} {end_words(name)}".strip() for name in functions
    )


def consequence_words(consequence: Mapping[str, Any]) -> str:
    """An announced consequence as a phrase."""
    if "restrict" in consequence:
        words, terms = f"restriction of {functions_words(consequence['restrict'])}", consequence
    elif "ban" in consequence:
        words, terms = "ban", consequence["ban"]
    else:
        words, terms = "warning", consequence["warn"]
    return f"{words} {end_words(terms)}".strip()
