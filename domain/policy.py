"""A policy: what the platform has laid down, as data. Its digest names exactly this text for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import msgspec
from msgspec import Struct

from .events import AppealTerms, PolicyRef
from .period import Period, period_from_text, period_to_text
from .vocabulary import ActorKind, Clock

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
    "submit",
    "appeal",
]
"""What a kind of actor may be allowed to do."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What is needed to decide.

    `functions`: the catalogue; a name that ends in `*` is a pattern that stands for all names with that beginning. `clauses`:
    the clauses that may be cited, None for any text. `appeal`: the right of appeal that decisions carry, None for none.
    `second_person`: what one person may not decide alone. `withheld_rights`: what this policy takes from a kind of actor.
    """

    id: str
    version: str
    description: str = ""
    functions: tuple[str, ...]
    clauses: tuple[str, ...] | None = None
    appeal: AppealTerms | None = AppealTerms(window="P6M", limit=1)
    separate_reviewer: bool = True
    second_person: tuple[SecondPersonRule, ...] = ("permanent_ban",)
    proposal_ttl: Period = Period("P30D")
    clock: Clock = "acceptance_by_deadline"
    withheld_rights: Mapping[ActorKind, tuple[Right, ...]] = {}

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

    def knows_function(self, function: str) -> bool:
        """Whether the catalogue has this function. A pattern stands for names; it is not one itself."""
        if function in self._names:
            return True
        return "*" not in function and any(
            function.startswith(beginning) and len(function) > len(beginning) for beginning in self._beginnings
        )

    def knows_clause(self, clause: str) -> bool:
        """Whether this clause may be cited."""
        return self.clauses is None or clause in self.clauses


def policy_bytes(policy: Policy) -> bytes:
    """The canonical text of a policy: what its digest covers and what the store keeps."""
    return msgspec.json.encode(policy, enc_hook=period_to_text, order="deterministic")


def policy_from_bytes(body: bytes) -> Policy:
    """The policy that `policy_bytes` wrote."""
    return msgspec.json.decode(body, type=Policy, dec_hook=period_from_text)
