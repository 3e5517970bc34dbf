"""The rules by which the EU's transparency database validates a statement, written down apart from the code under test.

After its documentation of the API (version 2) and its published source: lists of words, lengths, formats, and which field asks
for which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["complaints"]

_LISTS: Final = {
    "decision_visibility": "REMOVED DISABLED DEMOTED AGE_RESTRICTED INTERACTION_RESTRICTED LABELLED",
    "decision_monetary": "SUSPENSION TERMINATION OTHER",
    "decision_provision": "PARTIAL_SUSPENSION TOTAL_SUSPENSION PARTIAL_TERMINATION TOTAL_TERMINATION",
    "decision_account": "SUSPENDED TERMINATED",
    "account_type": "BUSINESS PRIVATE",
    "decision_ground": "ILLEGAL_CONTENT INCOMPATIBLE_CONTENT",
    "content_type": "APP AUDIO IMAGE PRODUCT SYNTHETIC_MEDIA TEXT VIDEO OTHER",
    "category": "ANIMAL_WELFARE CONSUMER_INFORMATION CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN "
    "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS ILLEGAL_OR_HARMFUL_SPEECH INTELLECTUAL_PROPERTY_INFRINGEMENTS "
    "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS NOT_SPECIFIED_NOTICE OTHER_VIOLATION_TC PROTECTION_OF_MINORS "
    "RISK_FOR_PUBLIC_SECURITY SCAMS_AND_FRAUD SELF_HARM UNSAFE_AND_PROHIBITED_PRODUCTS VIOLENCE",
    "automated_decision": "FULLY PARTIALLY NOT_AUTOMATED",
}
_PREFIXES: Final = {
    "decision_visibility": "DECISION_VISIBILITY_CONTENT_",
    "category": "STATEMENT_CATEGORY_",
}
_PLAIN: Final = {
    "source_type": {
        "SOURCE_ARTICLE_16",
        "SOURCE_TRUSTED_FLAGGER",
        "SOURCE_TYPE_OTHER_NOTIFICATION",
        "SOURCE_VOLUNTARY",
    },
    "automated_detection": {"Yes", "No"},
}
_EEA: Final = set(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEISITLILTLULVMTNLNOPLPTROSESISK"))
_ARRAYS: Final = {"decision_visibility", "content_type", "territorial_scope"}
_REQUIRED: Final = {
    *("decision_ground", "content_type", "category", "content_date", "application_date", "decision_facts"),
    *("source_type", "automated_detection", "automated_decision", "puid", "territorial_scope"),
}
_DECISIONS: Final = {
    "decision_visibility": "end_date_visibility_restriction",
    "decision_monetary": "end_date_monetary_restriction",
    "decision_provision": "end_date_service_restriction",
    "decision_account": "end_date_account_restriction",
}
_LONGEST: Final = {
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "decision_ground_reference_url": 500,
    "content_type_other": 500,
    "decision_facts": 5000,
    "puid": 500,
}
_DATES: Final = {
    "content_date": "2000-01-01",
    "application_date": "2020-01-01",
    **dict.fromkeys(_DECISIONS.values(), ""),
}
_KNOWN: Final = {*_LISTS, *_PLAIN, *_LONGEST, *_DATES, "territorial_scope", "content_language"}


def _words(field: str) -> set[str]:
    if field in _PLAIN:
        return _PLAIN[field]
    if field == "territorial_scope":
        return _EEA
    prefix = _PREFIXES.get(field, f"{field.upper()}_")
    return {prefix + word for word in _LISTS[field].split()}


def complaints(statement: dict[str, Any]) -> list[str]:
    """What the database would say; nothing: it takes the statement."""
    said = [f"{field} is unknown" for field in statement if field not in _KNOWN]
    said += [f"{field} is required" for field in _REQUIRED if not statement.get(field)]
    if not any(statement.get(field) for field in _DECISIONS):
        said.append("a decision is required")
    return [*said, *_of_each(statement), *_of_several(statement)]


def _of_each(statement: dict[str, Any]) -> Iterator[str]:
    for field in (*_LISTS, *_PLAIN, "territorial_scope"):
        value = statement.get(field)
        if value is None:
            continue
        if (field in _ARRAYS) != isinstance(value, list):
            yield f"{field} has the wrong shape"
        elif not set(value if isinstance(value, list) else [value]) <= _words(field):
            yield f"{field} is not of the list: {value}"
    for field, longest in _LONGEST.items():
        value = statement.get(field)
        if value is not None and (not isinstance(value, str) or not 0 < len(value) <= longest):
            yield f"{field} is not text of at most {longest}"
    for field, earliest in _DATES.items():
        value = statement.get(field)
        if value is not None and not (re.fullmatch(r"\d{4}-\d\d-\d\d", value) and earliest <= value <= "2038-01-01"):
            yield f"{field} is no day of the range: {value}"
    if not re.fullmatch(r"[a-zA-Z0-9\-_]+", statement.get("puid", "")):
        yield "puid has other characters"
    if not re.fullmatch("[A-Z]{2}", statement.get("content_language", "EN")):
        yield "content_language is no code"


def _of_several(statement: dict[str, Any]) -> Iterator[str]:
    for decision, end in _DECISIONS.items():
        value = statement.get(end)
        if value is not None and (not statement.get(decision) or value < statement["application_date"]):
            yield f"{end} ends nothing"
    illegal = statement.get("decision_ground") == "DECISION_GROUND_ILLEGAL_CONTENT"
    for kind, noun, needed in (("illegal", "legal_ground", illegal), ("incompatible", "ground", not illegal)):
        for field in (f"{kind}_content_{noun}", f"{kind}_content_explanation"):
            if (field in statement) != needed:
                yield f"{field} goes with its ground"
    if ("CONTENT_TYPE_OTHER" in (statement.get("content_type") or ())) != ("content_type_other" in statement):
        yield "content_type_other goes with its type"
