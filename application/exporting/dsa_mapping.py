"""The mapping file for statements of reasons: what only the host knows, in TOML, checked with line and sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from ...domain.vocabulary import Code
from ..policies.positions import Positions, TooDeep
from ..policies.reading import dotted
from ..policies.shapes import shape_mistakes
from ..policies.syntax import syntax_mistake
from .dsa_statement import (
    EEA,
    EU,
    AccountType,
    Category,
    ContentType,
    Country,
    Language,
    Source,
    Url,
    Visibility,
    Words500,
    Words2000,
    Words5000,
)
from .errors import DsaMappingError

__all__ = ["ClauseMapping", "DsaMapping", "countries", "read_mapping"]

_LARGEST: Final = 1024 * 1024
Territory = Country | Literal["EU", "EEA"]
_TERRITORIES: Final[Mapping[str, tuple[Country, ...]]] = {"EU": EU, "EEA": EEA}


class ClauseMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What statements about one clause say.

    `facts`: the facts in standard words, in place of those on record (which may hold personal data). `ground`: the reference to
    the terms. `explanation`: why the content is against them, or against the law.
    """

    category: Category | None = None
    content_type: tuple[ContentType, ...] | None = None
    facts: Words5000 | None = None
    ground: Words500 | None = None
    explanation: Words2000 | None = None
    reference_url: Url | None = None


class DsaMapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the record does not hold, and how its words are those of the database.

    `territorial_scope`: codes of countries of the EEA, or `EU`, `EEA`. `content_date`: the day of the content where the record
    has none: `violation`, `decision`, or a day. `category`, `content_type`, `source_type`, `automated_detection`: where neither
    the record nor the clause says. `facts`: where there are none on record, or where `recorded_facts` is false: then no free text
    of the record is given away. `notice_source`: what a violation that came by a notice came by. `monetary`: the functions
    whose loss is a monetary restriction; `visibility`: those whose loss makes content less visible, and how. `categories`: the
    host's categories in the database's words. `puid_salt`: text that only the host knows and never changes.
    """

    territorial_scope: tuple[Literal["EU", "EEA", Country], ...] | None = None
    content_type: tuple[ContentType, ...] | None = None
    content_type_other: Words500 | None = None
    content_date: str | None = None
    content_language: Language | None = None
    category: Category | None = None
    source_type: Source | None = None
    notice_source: Source = "SOURCE_ARTICLE_16"
    automated_detection: bool | None = None
    account_type: AccountType | None = None
    reference_url: Url | None = None
    facts: Words5000 | None = None
    recorded_facts: bool = True
    monetary: tuple[Code, ...] = ("monetize", "ad_revenue", "tipping", "payment")
    visibility: dict[Code, Visibility] = {}
    categories: dict[Code, Category] = {}
    clauses: dict[Code, ClauseMapping] = {}
    puid_salt: str | None = None

    def __post_init__(self) -> None:
        if self.content_date is not None and self.content_date not in ("violation", "decision"):
            try:
                date.fromisoformat(self.content_date)
            except ValueError:
                raise ValueError(
                    '`content_date`: write "violation", "decision", or a day such as "2026-01-31"'
                ) from None


def countries(named: tuple[str, ...]) -> tuple[Country, ...]:
    """The codes of countries, in the order of the alphabet, for codes and `EU`, `EEA`."""
    found = {code for name in named for code in _TERRITORIES.get(name, (name,))}
    return tuple(code for code in EEA if code in found)


def read_mapping(path: str | Path) -> DsaMapping:
    """The mapping in a file. Raises DsaMappingError, naming file, line and field, for the first thing that is wrong."""
    name = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        with Path(path).open("rb") as file:
            body = file.read(_LARGEST + 1)
        text = body.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8"
        raise _mistake(name, None, "", f"it cannot be read: {reason}") from None
    if len(body) > _LARGEST:
        raise _mistake(name, None, "", f"a mapping has at most {_LARGEST} bytes")
    try:
        positions = Positions(text)
        table = tomllib.loads(text)
    except TooDeep as error:
        raise _mistake(
            name, error.line, "", "tables stand inside one another more deeply than any mapping needs"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _mistake(name, *_syntax(text, error)) from None
    except ValueError:
        raise _mistake(name, None, "", "a number in it is too large") from None
    for place, sentence in shape_mistakes(table, DsaMapping):
        raise _mistake(name, positions.line(place), dotted(place), sentence)
    return msgspec.convert(table, DsaMapping)


def _syntax(text: str, error: tomllib.TOMLDecodeError) -> tuple[int, str, str]:
    line, sentence = syntax_mistake(text, error)
    return line, "", sentence


def _mistake(file: str, line: int | None, field: str, sentence: str) -> DsaMappingError:
    where = file if line is None else f"{file}, line {line}"
    details: dict[str, Any] = {"file": file, "line": line, "field": field or None}
    return DsaMappingError(f"{where}: {field}: {sentence}" if field else f"{where}: {sentence}", **details)
