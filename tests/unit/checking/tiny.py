"""A policy under which hardly anybody may do anything: its whole space is a handful of states, and found in no time."""

from __future__ import annotations

from typing import Final, get_args

from account_sanctions.domain.checking.search import Search
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy, Right
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

__all__ = ["TINY", "search", "tiny"]

_ALL: Final[tuple[Right, ...]] = get_args(Right)


def tiny(*of_reviewers: Right) -> Policy:
    """Reviewers keep these rights, the system may put a remark on file; three days is how long everything lasts."""
    kept: dict[str, tuple[Right, ...]] = {"reviewer": of_reviewers, "system": ("note",), "moderator": (), "holder": ()}
    withheld = {kind: tuple(one for one in _ALL if one not in rights) for kind, rights in kept.items()}
    fields = {"functions": (), "appeal": None, "second_person": (), "withheld_rights": withheld}
    return replace(DEFAULT, **fields, proposal_ttl=Period("P3D"))


TINY: Final = tiny("warn")
"""A reviewer warns, and time passes."""


def search(policy: Policy = TINY, things: int = 1, **bounds: int) -> Search:
    """A search that has not begun."""
    return Search(world_of(policy, things), depth=bounds.get("depth"), states=bounds.get("states"))
