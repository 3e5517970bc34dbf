"""Sanctions as statements of reasons: one for each restriction and ban, and for each change that made one harsher.

A warning and an order to rectify restrict nothing, so they make no statement (a warning is the prior warning of Article 23).
What was overturned, and what never came into force, makes none either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, get_args

import msgspec
from msgspec import UNSET, Struct

from ...domain.state import Sanction, State, Terms
from ...domain.terms import latest
from .dsa_mapping import ClauseMapping, DsaMapping, countries
from .dsa_statement import EARLIEST_APPLICATION, LATEST, Category, Country, Statement, cut
from .dsa_told import Told
from .source import Selection, StoredAccount

__all__ = ["Lacking", "Left", "Made", "statements"]

_NO_CLAUSE: Final = ClauseMapping()
_CATEGORIES: Final = frozenset(get_args(Category))
_MANDATORY: Final = ("category", "content_type", "content_date", "territorial_scope", "decision_facts", "source_type",
                     "automated_detection")  # fmt: skip
_DECISIONS: Final = {"fully": "FULLY", "partially": "PARTIALLY", "not": "NOT_AUTOMATED"}


class Made(NamedTuple):
    """A statement, and what had to be shortened or left out to fit the database."""

    statement: Statement
    remarks: tuple[str, ...]


class Left(NamedTuple):
    """A decision without a statement, and why: `overturned`, `never_in_force`, `before_2020`, `warning`, `rectification`."""

    reason: str
    puid: str


class Lacking(Struct, frozen=True):
    """A statement that cannot be made, and the field that is missing or wrong."""

    account: str
    sanction: str
    field: str
    message: str


class _Decision(NamedTuple):
    """What a statement is about: a sanction as it was imposed, or as a change made it."""

    sanction: Sanction
    terms: Terms
    change: int
    reason: str | None


def statements(
    account: StoredAccount, selection: Selection, mapping: DsaMapping, territory: tuple[Country, ...]
) -> Iterator[Made | Left | Lacking]:
    """The statements of one account, of the decisions that the selection holds, oldest first.

    `territory`: where they apply; empty: what the mapping says.
    """
    maker = _Maker(account, mapping, territory or countries(mapping.territorial_scope or ()))
    for sanction in account.state.sanctions():
        for decision in maker.decisions(sanction):
            if selection.holds(decision.terms.at):
                yield maker.one(decision)


class _Maker:
    def __init__(self, account: StoredAccount, mapping: DsaMapping, territory: tuple[Country, ...]) -> None:
        self._account = account
        self._mapping = mapping
        self._territory = territory
        self._state: State = account.state
        self._told = Told(account.narrated)

    def decisions(self, sanction: Sanction) -> Iterator[_Decision]:
        """The imposition, and the changes to harsher terms."""
        yield _Decision(sanction, sanction.terms[0], 0, None)
        for number, change in enumerate(self._told.changes.get(sanction.id, ()), 1):
            # What is dated after the snapshot is not in its state yet.
            if change.harsher and number < len(sanction.terms):
                reason = None if change.narrative is None else change.narrative.reason
                yield _Decision(sanction, sanction.terms[number], number, reason)

    def one(self, decision: _Decision) -> Made | Left | Lacking:
        """The statement, or why there is none."""
        sanction, puid = decision.sanction, self._puid(decision)
        reason = _without_statement(sanction, decision)
        if reason is not None:
            return Left(reason, puid)
        fields, remarks = self._fields(decision, puid)
        missing = [name for name in _MANDATORY if fields[name] is None]
        if missing:
            said = f"the record does not hold {', '.join(missing)}: state it in the mapping"
            return Lacking(self._account.name, sanction.id, missing[0], said)
        try:
            # The model has the last word on every field.
            return Made(msgspec.convert(fields, Statement), remarks)
        except msgspec.ValidationError as error:
            field = re.search(r"at `\$\.(\w+)", str(error)) or re.match(r"`(\w+)`", str(error))
            return Lacking(self._account.name, sanction.id, field[1] if field else "", str(error))

    def _puid(self, decision: _Decision) -> str:
        """The same for the same decision, whenever and wherever it is exported."""
        store = self._account.snapshot.store.identity.store_id
        parts = (self._mapping.puid_salt or "", store, self._account.name, decision.sanction.id, str(decision.change))
        hashed = sha256(b"account-sanctions/dsa-puid/1\0")
        for part in parts:
            raw = part.encode()
            hashed.update(len(raw).to_bytes(8) + raw)
        return hashed.hexdigest()

    def _fields(self, decision: _Decision, puid: str) -> tuple[dict[str, Any], tuple[str, ...]]:
        sanction, mapping = decision.sanction, self._mapping
        basis = sanction.basis
        clause = mapping.clauses.get(basis.clause, _NO_CLAUSE)
        starts = max(decision.terms.at, sanction.from_)
        remarks: list[str] = []
        restrictions, endless = _restrictions(decision, mapping, remarks)
        recorded = (decision.reason or self._told.facts(sanction)) if mapping.recorded_facts else None
        facts = clause.facts or recorded or mapping.facts
        ground = self._ground(sanction, clause, facts or "", remarks)
        content_types = clause.content_type or mapping.content_type
        url = clause.reference_url or mapping.reference_url
        optional = {
            "decision_ground_reference_url": url,
            "content_language": mapping.content_language,
            "content_type_other": mapping.content_type_other if "CONTENT_TYPE_OTHER" in (content_types or ()) else None,
        }
        return {
            "puid": puid,
            **restrictions,
            "account_type": mapping.account_type,
            **ground,
            "category": self._category(basis.category, clause),
            "content_type": content_types,
            "content_date": self._content_date(sanction),
            "application_date": starts.date(),
            "territorial_scope": self._territory or None,
            "decision_facts": None if facts is None else _cut("decision_facts", facts, 5000, remarks, endless),
            "source_type": self._source(sanction),
            "automated_detection": self._detection(sanction),
            "automated_decision": self._automation(sanction),
            **{name: value for name, value in optional.items() if value is not None},
        }, tuple(remarks)

    def _ground(self, sanction: Sanction, clause: ClauseMapping, facts: str, remarks: list[str]) -> dict[str, str]:
        legal = sanction.basis.legal_ground
        kind, noun = ("incompatible", "ground") if legal is UNSET else ("illegal", "legal_ground")
        ground = legal if legal is not UNSET else clause.ground or f"{sanction.basis.clause} ({sanction.policy.name})"
        return {
            "decision_ground": f"DECISION_GROUND_{kind.upper()}_CONTENT",
            f"{kind}_content_{noun}": _cut(f"{kind}_content_{noun}", ground, 500, remarks),
            f"{kind}_content_explanation": _cut(
                f"{kind}_content_explanation", clause.explanation or facts, 2000, remarks
            ),
        }

    def _category(self, own: Any, clause: ClauseMapping) -> str | None:
        if clause.category is not None:
            return clause.category
        if own is not UNSET:
            if own in self._mapping.categories:
                return self._mapping.categories[own]
            if own in _CATEGORIES:
                return str(own)
        return self._mapping.category

    def _content_date(self, sanction: Sanction) -> date | None:
        violations = [
            self._state.violations[name] for name in sanction.basis.violations if name in self._state.violations
        ]
        known = [one.content_at for one in violations if one.content_at is not None]
        if known:
            return min(known).date()
        match self._mapping.content_date:
            case None:
                return None
            case "decision":
                return sanction.at.date()
            case "violation":
                return min([one.at for one in violations], default=sanction.at).date()
            case day:
                return date.fromisoformat(day)

    def _source(self, sanction: Sanction) -> str | None:
        match self._told.detected(sanction):
            case "notice":
                return self._mapping.notice_source
            case "automated" | "own_initiative":
                return "SOURCE_VOLUNTARY"
            case _:
                return self._mapping.source_type

    def _detection(self, sanction: Sanction) -> str | None:
        said: bool | None = None
        if sanction.basis.automated_detection is not UNSET:
            said = sanction.basis.automated_detection
        elif (detected := self._told.detected(sanction)) is not None:
            said = detected == "automated"
        else:
            said = self._mapping.automated_detection
        return None if said is None else "Yes" if said else "No"

    def _automation(self, sanction: Sanction) -> str:
        said = sanction.basis.automated_decision
        if said is not UNSET:
            word = _DECISIONS[said] if isinstance(said, str) else "FULLY" if said else "NOT_AUTOMATED"
            return f"AUTOMATED_DECISION_{word}"
        # A consequence was decided by whoever gave the order.
        origin = self._state.sanction(sanction.caused_by or sanction.id) or sanction
        if origin.by.kind != "system":
            return "AUTOMATED_DECISION_NOT_AUTOMATED"
        reporter = None if origin.grounds is None else origin.grounds.reporter
        helped = origin.approved_by is not None or (reporter is not None and reporter.kind != "system")
        return f"AUTOMATED_DECISION_{'PARTIALLY' if helped else 'FULLY'}"


def _without_statement(sanction: Sanction, decision: _Decision) -> str | None:
    if sanction.kind in ("warning", "rectification"):
        return sanction.kind
    if sanction.status == "overturned":
        return "overturned"
    if sanction.ended_at is not None and sanction.ended_at <= sanction.from_:
        return "never_in_force"
    if max(decision.terms.at, sanction.from_).date() < EARLIEST_APPLICATION:
        return "before_2020"
    return None


def _restrictions(decision: _Decision, mapping: DsaMapping, remarks: list[str]) -> tuple[dict[str, Any], str]:
    """The four decisions with their ends, and what the facts have to say of an end that the database does not take."""
    sanction, terms = decision.sanction, decision.terms
    decided: dict[str, tuple[Any, datetime | None]] = {}
    if sanction.kind == "ban":
        word = "TERMINATED" if terms.until is None else "SUSPENDED"
        decided["account"] = (f"DECISION_ACCOUNT_{word}", terms.until)
    else:
        money = {name: end for name, end in terms.functions.items() if name in mapping.monetary}
        seen = {name: end for name, end in terms.functions.items() if name in mapping.visibility and name not in money}
        rest = {name: end for name, end in terms.functions.items() if name not in money and name not in seen}
        if money:
            decided["monetary"] = ("DECISION_MONETARY_SUSPENSION", latest(money))
        if seen:
            decided["visibility"] = (sorted({mapping.visibility[name] for name in seen}), latest(seen))
        if rest:
            decided["service"] = ("DECISION_PROVISION_PARTIAL_SUSPENSION", latest(rest))
    fields: dict[str, Any] = {}
    endless = ""
    for kind, field in (
        ("visibility", "visibility"),
        ("monetary", "monetary"),
        ("service", "provision"),
        ("account", "account"),
    ):
        what, end = decided.get(kind, (None, None))
        day = None if end is None else end.date()
        if day is not None and day > LATEST:
            endless += f" [This {kind} restriction ends on {day}.]"
            remarks.append("end_after_2038")
            day = None
        fields[f"decision_{field}"] = what
        fields[f"end_date_{kind}_restriction"] = day
    return fields, endless


def _cut(field: str, text: str, longest: int, remarks: list[str], ending: str = "") -> str:
    if len(text) + len(ending) > longest:
        remarks.append(f"{field}_shortened")
    return cut(text, longest, ending)
