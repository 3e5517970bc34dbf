"""A statement of reasons as the EU's transparency database takes it (the schema in force since July 2025), field by field.

The rules are those by which the database itself validates: words, lengths, formats, and which field asks for which other one.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

__all__ = [
    "EARLIEST_APPLICATION",
    "EARLIEST_CONTENT",
    "EEA",
    "EU",
    "LATEST",
    "AccountDecision",
    "AccountType",
    "Automation",
    "Category",
    "ContentType",
    "Country",
    "Monetary",
    "Provision",
    "Source",
    "Statement",
    "Visibility",
    "cut",
]

Visibility = Literal[
    "DECISION_VISIBILITY_CONTENT_REMOVED",
    "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED",
]
"""What is done to items of content. The database's `OTHER`, which wants words of its own, is not used here."""
Monetary = Literal["DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION"]
Provision = Literal[
    "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION",
    "DECISION_PROVISION_TOTAL_TERMINATION",
]
AccountDecision = Literal["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"]
AccountType = Literal["ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"]
Ground = Literal["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"]
ContentType = Literal[
    "CONTENT_TYPE_APP",
    "CONTENT_TYPE_AUDIO",
    "CONTENT_TYPE_IMAGE",
    "CONTENT_TYPE_PRODUCT",
    "CONTENT_TYPE_SYNTHETIC_MEDIA",
    "CONTENT_TYPE_TEXT",
    "CONTENT_TYPE_VIDEO",
    "CONTENT_TYPE_OTHER",
]
Category = Literal[
    "STATEMENT_CATEGORY_ANIMAL_WELFARE",
    "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
    "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
    "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "STATEMENT_CATEGORY_SELF_HARM",
    "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
    "STATEMENT_CATEGORY_VIOLENCE",
]
Source = Literal["SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"]
Automation = Literal["AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"]
Country = Literal[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
]  # fmt: skip

EEA: Final[tuple[Country, ...]] = get_args(Country)
EU: Final[tuple[Country, ...]] = tuple(code for code in EEA if code not in ("IS", "LI", "NO"))
EARLIEST_CONTENT: Final = date(2000, 1, 1)
EARLIEST_APPLICATION: Final = date(2020, 1, 1)
LATEST: Final = date(2038, 1, 1)
"""The database takes no day after this one."""
_MARK: Final = " [...]"

Words500 = Annotated[str, Meta(min_length=1, max_length=500)]
Words2000 = Annotated[str, Meta(min_length=1, max_length=2000)]
Words5000 = Annotated[str, Meta(min_length=1, max_length=5000)]
Url = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\Ahttps?://[^\s]+\Z")]
Language = Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z")]
Puid = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[a-zA-Z0-9_-]+\Z")]


class Statement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One statement: the body of a request to the database, or one of the up to 100 of a batch.

    An end date of null is open-ended where there is a decision of that kind. Fields that are absent are optional there.
    """

    puid: Puid
    decision_visibility: tuple[Visibility, ...] | None
    decision_monetary: Monetary | None
    decision_provision: Provision | None
    decision_account: AccountDecision | None
    end_date_visibility_restriction: date | None
    end_date_monetary_restriction: date | None
    end_date_service_restriction: date | None
    end_date_account_restriction: date | None
    account_type: AccountType | None
    decision_ground: Ground
    decision_ground_reference_url: Url | UnsetType = UNSET
    illegal_content_legal_ground: Words500 | UnsetType = UNSET
    illegal_content_explanation: Words2000 | UnsetType = UNSET
    incompatible_content_ground: Words500 | UnsetType = UNSET
    incompatible_content_explanation: Words2000 | UnsetType = UNSET
    category: Category
    content_type: Annotated[tuple[ContentType, ...], Meta(min_length=1)]
    content_type_other: Words500 | UnsetType = UNSET
    content_language: Language | UnsetType = UNSET
    content_date: date
    application_date: date
    territorial_scope: Annotated[tuple[Country, ...], Meta(min_length=1, max_length=30)]
    decision_facts: Words5000
    source_type: Source
    automated_detection: Literal["Yes", "No"]
    automated_decision: Automation

    def __post_init__(self) -> None:
        kinds = (
            (self.decision_visibility or None, self.end_date_visibility_restriction, "visibility"),
            (self.decision_monetary, self.end_date_monetary_restriction, "monetary"),
            (self.decision_provision, self.end_date_service_restriction, "service"),
            (self.decision_account, self.end_date_account_restriction, "account"),
        )
        if all(decision is None for decision, _, _ in kinds):
            raise ValueError("`decision_visibility`: at least one of the four decisions is needed")
        for decision, end, name in kinds:
            if end is not None and (decision is None or not self.application_date <= end <= LATEST):
                raise ValueError(
                    f"`end_date_{name}_restriction`: it ends a decision of its kind, from its start until 2038"
                )
        illegal = self.decision_ground == "DECISION_GROUND_ILLEGAL_CONTENT"
        for needed, fields in ((illegal, ("illegal_content_legal_ground", "illegal_content_explanation")),
                               (not illegal, ("incompatible_content_ground", "incompatible_content_explanation"))):  # fmt: skip
            for field in fields:
                if (getattr(self, field) is UNSET) == needed:
                    raise ValueError(f"`{field}`: it goes with its ground, and only with it")
        if ("CONTENT_TYPE_OTHER" in self.content_type) == (self.content_type_other is UNSET):
            raise ValueError("`content_type_other`: it goes with CONTENT_TYPE_OTHER, and only with it")
        for field, day, earliest in (
            ("content_date", self.content_date, EARLIEST_CONTENT),
            ("application_date", self.application_date, EARLIEST_APPLICATION),
        ):
            if not earliest <= day <= LATEST:
                raise ValueError(f"`{field}`: the database takes days from {earliest} until {LATEST}")


def cut(text: str, longest: int, ending: str = "") -> str:
    """The text within a length, with a mark where something was left out; `ending` is always kept."""
    room = longest - len(ending)
    return (text if len(text) <= room else text[: room - len(_MARK)].rstrip() + _MARK) + ending
