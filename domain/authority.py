"""Who may do what: one table, which a policy can tighten and nothing can widen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .errors import NotPermitted
from .policies.policy import Policy, Right
from .vocabulary import Actor, ActorKind

__all__ = ["RIGHTS", "may_act", "require"]

_SYSTEM: Final = frozenset[Right](("record", "warn", "order", "restrict", "ban", "propose", "serve_notice", "note"))
_MODERATOR: Final = _SYSTEM | frozenset[Right](
    ("ban_permanently", "review", "extend", "change", "lift", "overturn", "resolve_proposal")
)
_REVIEWER: Final = _MODERATOR | frozenset[Right](
    ("decide_appeal", "change_permanent_ban", "lift_permanent_ban", "overturn_permanent_ban", "exempt", "hold", "erase")
)

RIGHTS: Final[Mapping[ActorKind, frozenset[Right]]] = {
    "system": _SYSTEM,
    "moderator": _MODERATOR,
    "reviewer": _REVIEWER,
    "holder": frozenset[Right](("submit", "appeal")),
    "auditor": frozenset[Right](),
}
"""The rights of each kind of actor. The host authenticates; this table decides."""


def may_act(policy: Policy, actor: Actor, right: Right) -> bool:
    """Whether the table, as tightened by the policy, gives this actor the right."""
    return right in RIGHTS[actor.kind] and right not in policy.withheld_rights.get(actor.kind, ())


def require(policy: Policy, actor: Actor, *rights: Right) -> None:
    """Raises NotPermitted unless the actor has all these rights."""
    for right in rights:
        if not may_act(policy, actor, right):
            raise NotPermitted(
                f"a {actor.kind} may not do this: it needs the right {right!r}", actor=actor.kind, right=right
            )
