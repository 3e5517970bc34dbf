"""The words of a simulation for people: what a policy said, and how two of them differ."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from ...domain.instants import text
from ...domain.period import period_to_text
from ..simulating.comparing import Difference, Ending, Outcome
from ..simulating.words import Terms, Word
from .wording import consequence_words

__all__ = ["DIFFERENCE_WORDS", "ENDING_WORDS", "OUTCOME_WORDS", "WITHHELD_WORDS", "reason_words", "said_words"]

DIFFERENCE_WORDS: Final[Mapping[Difference, str]] = {
    "other_step": "the same outcome by another step or for another reason",
    "other_terms": "the same kinds of sanction, other ends or functions",
    "imposed_instead": "imposed at once instead of proposed",
    "proposed_instead": "proposed instead of imposed at once",
    "other_kinds": "other kinds of sanction",
    "nothing_instead": "nothing instead of a sanction",
    "something_instead": "a sanction instead of nothing",
    "banned_before": "nothing, because the account would have been banned for good before",
    "not_banned_before": "a sanction, because the account would not have been banned for good before",
    "unknown_clause": "the policy has no such clause",
    "refused": "the policy does not accept the report",
}
OUTCOME_WORDS: Final[Mapping[Outcome, str]] = {
    "nothing": "nothing",
    "warning": "warning",
    "rectification": "order to rectify",
    "restriction": "restriction",
    "suspension": "suspension",
    "permanent_ban": "permanent ban",
    "unknown_clause": "no such clause",
    "refused": "report not accepted",
}
ENDING_WORDS: Final[Mapping[Ending, str]] = {
    "clear": "clear",
    "warned": "warned",
    "rectifying": "rectifying",
    "restricted": "restricted",
    "suspended": "suspended",
    "banned_for_good": "banned for good",
}
WITHHELD_WORDS: Final[Mapping[str, str]] = {
    "no_ladder": "the clause has no ladder",
    "no_weight": "weighs nothing",
    "below_first_step": "below the first step",
    "no_crossing": "no threshold crossed",
    "fired_before": "the step has fired before",
    "nothing_to_impose": "the step imposes nothing",
    "content_age": "the content is too old",
    "batch": "a further one of its batch",
    "exempt": "the account is exempt",
    "terminal": "the account is banned for good",
    "only_recorded": "only recorded",
}


def said_words(word: Word) -> str:
    """What a policy said of a violation, in one line."""
    if word.refused is not None:
        return "no such clause" if word.refused == "unknown_clause" else f"report not accepted: {word.refused}"
    said = [_terms_words(one) for one in word.imposed]
    said += [f"{_terms_words(one)} (proposed)" for one in word.proposed]
    if said:
        return "; ".join(said)
    reason = reason_words(word)
    return f"nothing: {reason}" if reason else "nothing"


def reason_words(word: Word) -> str:
    """Why nothing followed; empty where something did."""
    reason = word.refused or word.withheld
    return "" if reason is None else WITHHELD_WORDS.get(reason, reason.replace("_", " "))


def _terms_words(terms: Terms) -> str:
    if terms.kind == "restriction":
        return f"restriction of {_functions_words(terms)}"
    if terms.consequence == "permanent_ban":
        return "permanent ban"
    words = f"{OUTCOME_WORDS[terms.consequence]} {_until(terms.until)}"
    if not terms.on_default:
        return words
    announced = (consequence_words(msgspec.to_builtins(one, enc_hook=period_to_text)) for one in terms.on_default)
    return f"{words}, else {', '.join(announced)}"


def _functions_words(terms: Terms) -> str:
    ends = set(terms.functions.values())
    if len(ends) == 1:
        return f"{', '.join(terms.functions)} {_until(ends.pop())}"
    return ", ".join(f"{name} {_until(end)}" for name, end in terms.functions.items())


def _until(end: datetime | None) -> str:
    return "without end" if end is None else f"until {text(end)}"
