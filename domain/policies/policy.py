"""A policy: what the platform has laid down, as data. Its digest names exactly this text for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr

from ..acts import ReportViolation
from ..errors import UnknownClause
from ..events import AppealTerms, PolicyRef
from ..instants import Instant
from ..period import Period, period_from_text, period_to_text
from ..vocabulary import Actor, ActorKind, Clock, Code
from .clauses import Clause, Counting, Escalation, GoodStanding, check_dates
from .evaluation import Evaluation, evaluate
from .ladders import Ladder
from .rungs import Rungs

if TYPE_CHECKING:
    from ..events import Event
    from ..state import State

__all__ = ["Policy", "Right", "SecondPersonRule", "policy_bytes", "policy_from_bytes"]

SecondPersonRule = Literal["permanent_ban"]

Right = Literal[
    "record",
    "warn",
    "order",
    "restrict",
    "ban",
    "ban_permanently",
    "propose",
    "serve_notice",
    "note",
    "review",
    "extend",
    "change",
    "lift",
    "overturn",
    "change_permanent_ban",
    "lift_permanent_ban",
    "overturn_permanent_ban",
    "resolve_proposal",
    "decide_appeal",
    "exempt",
    "hold",
    "erase",
    "submit",
    "appeal",
]
"""What a kind of actor may be allowed to do."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """What is needed to decide.

    `functions`: the catalogue; a name that ends in `*` is a pattern that stands for all names with that beginning. `clauses`:
    the clauses that may be cited, None for any text. `severities`: from mild to grave; `account_classes`: the first is that of
    a report which names none. `appeal`: the right of appeal that decisions carry, None for none. `second_person`: what one
    person may not decide alone. `withheld_rights`: what this policy takes from a kind of actor. In force while
    `effective_from` <= at < `effective_until`; `replaces`: the version that ends where this one begins.
    """

    id: Code
    version: Code
    description: str = ""
    source: str = ""
    confidence: str = ""
    effective_from: Instant | UnsetType = UNSET
    effective_until: Instant | UnsetType = UNSET
    replaces: Code | UnsetType = UNSET
    functions: tuple[Code, ...]
    severities: tuple[Code, ...] = ()
    account_classes: tuple[Code, ...] = ()
    clauses: Mapping[Code, Clause] | None = None
    counting: Counting = Counting()
    good_standing: GoodStanding | UnsetType = UNSET
    escalations: tuple[Escalation, ...] = ()
    ladders: Mapping[Code, Ladder] = {}
    appeal: AppealTerms | None = AppealTerms(window="P6M", limit=1)
    separate_reviewer: bool = True
    second_person: tuple[SecondPersonRule, ...] = ("permanent_ban",)
    proposal_ttl: Period = period_from_text(Period, "P30D")
    clock: Clock = "acceptance_by_deadline"
    withheld_rights: Mapping[ActorKind, tuple[Right, ...]] = {}

    def __post_init__(self) -> None:
        check_dates(self.effective_from, self.effective_until)
        for name in self.functions:
            if "*" in name[:-1]:
                raise ValueError(f"`functions`: {name!r}: a `*` may stand at the end of a name only")

    @cached_property
    def ref(self) -> PolicyRef:
        """Name, version and digest, as decisions record them."""
        return PolicyRef(self.id, self.version, hashlib.sha256(policy_bytes(self)).hexdigest())

    @property
    def name(self) -> str:
        """`id@version`."""
        return f"{self.id}@{self.version}"

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(name for name in self.functions if not name.endswith("*"))

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(name[:-1] for name in self.functions if name.endswith("*"))

    @cached_property
    def _climbing(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, clause in (self.clauses or {}).items():
            if clause.ladder is not UNSET:
                found.setdefault(clause.ladder, set()).add(name)
        return {ladder: frozenset(names) for ladder, names in found.items()}

    def clauses_of(self, ladder: str | None) -> frozenset[str]:
        """The clauses that climb a ladder."""
        return frozenset() if ladder is None else self._climbing.get(ladder, frozenset())

    @cached_property
    def by_severity(self) -> frozenset[str]:
        """The ladders of which some steps are for one severity alone."""
        ladders = self.ladders.items()
        return frozenset([name for name, one in ladders if any(step.severity is not UNSET for step in one.steps)])

    @cached_property
    def _rungs(self) -> dict[tuple[str, str | None, str | None], Rungs]:
        return {}

    def rungs(self, ladder: str, severity: str | None, account_class: str | None) -> Rungs:
        """What `Ladder.levels` says of the ladder of this name, in the order of the levels; worked out once."""
        key = ladder, severity, account_class
        found = self._rungs.get(key)
        if found is None:
            if len(self._rungs) >= _REMEMBERED:
                self._rungs.clear()
            found = self._rungs[key] = Rungs(self.ladders[ladder].levels(severity, account_class))
        return found

    def knows_function(self, function: str) -> bool:
        """Whether the catalogue has this function. A pattern stands for names; it is not one itself."""
        if function in self._names:
            return True
        return "*" not in function and any(
            function.startswith(beginning) and len(function) > len(beginning) for beginning in self._beginnings
        )

    def clause(self, name: str, at: datetime) -> Clause:
        """The clause of this name. Raises UnknownClause for one that is not, not yet or no longer in force at `at`."""
        if self.clauses is None:
            return _ANY_CLAUSE
        found = self.clauses.get(name)
        if found is None:
            raise UnknownClause(f"the policy {self.name} has no clause {name!r}", clause=name, policy=self.name)
        start, end = found.effective_from, found.effective_until
        if (start is not UNSET and at < start) or (end is not UNSET and at >= end):
            raise UnknownClause(
                f"the clause {name!r} of {self.name} is not in force at {at.isoformat()}",
                clause=name,
                policy=self.name,
                effective_from=None if start is UNSET else start.isoformat(),
                effective_until=None if end is UNSET else end.isoformat(),
            )
        return found

    def evaluate(
        self,
        history: State | Iterable[Event],
        violation: ReportViolation,
        at: datetime,
        *,
        reporter: Actor | None = None,
    ) -> Evaluation:
        """What follows from a violation at `at` for an account with this history. Pure: nothing is changed or recorded.

        `history`: the account's state or its events so far. `reporter`: whose report it is, where the account is exempt for
        some kinds of actor only. Raises UnknownClause, UnknownSeverity, UnknownAccountClass, and InvalidPeriod for a time without
        an offset or outside the calendar in UTC.
        """
        return evaluate(self, history, violation, at, reporter=reporter)


_ANY_CLAUSE: Final = Clause()
# Severities can be any text where a policy names none.
_REMEMBERED: Final = 1000


def policy_bytes(policy: Policy) -> bytes:
    """The canonical text of a policy: what its digest covers and what the store keeps."""
    return msgspec.json.encode(policy, enc_hook=period_to_text, order="deterministic")


def policy_from_bytes(body: bytes) -> Policy:
    """The policy that `policy_bytes` wrote; its digest is that of this text.

    An older version of the library may have written the same policy otherwise, and decisions go on naming what it wrote.
    """
    policy = msgspec.json.decode(body, type=Policy, dec_hook=period_from_text)
    force_setattr(policy, "ref", PolicyRef(policy.id, policy.version, hashlib.sha256(body).hexdigest()))
    return policy
