"""Who sends a drawn command: mostly somebody who may, and at times somebody who has already had a part in it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from hypothesis import strategies as st

from .drawing import pick, sometimes
from .drawn_terms import Json

__all__ = ["MODERATORS", "actor"]

MODERATORS: Final = tuple({"kind": "moderator", "id": name} for name in ("m1", "m2"))
_REVIEWERS: Final = tuple({"kind": "reviewer", "id": name} for name in ("r1", "m1", "r2"))
_SYSTEM: Final = {"kind": "system", "id": "rules"}
_HOLDER: Final = {"kind": "holder", "id": "h"}
_ANYBODY: Final = (*MODERATORS, *_REVIEWERS, _SYSTEM, _HOLDER, {"kind": "auditor", "id": "a"})
_STAFF: Final = (*MODERATORS, *_REVIEWERS)


def actor(draw: st.DrawFn, kind: str, barred: Collection[str] = ()) -> Json:
    """Somebody for a command of this kind ("choose": a report in which a person chooses). `barred`: who may not, by id."""
    if sometimes(draw, 12):
        return pick(draw, _ANYBODY)
    people = _people(kind)
    if barred:
        tried = sometimes(draw, 5)
        people = tuple(one for one in people if (one["id"] in barred) == tried) or people
    return pick(draw, people)


def _people(kind: str) -> tuple[Json, ...]:
    match kind:
        case "submit_rectification" | "appeal" | "withdraw_appeal":
            return (_HOLDER,)
        case (
            "exempt" | "end_exemption" | "decide_appeal" | "hold" | "release_hold" | "erase_personal_data" | "lift_all"
        ):
            return (*_REVIEWERS, _REVIEWERS[-1])
        case "lift" | "overturn" | "change_sanction" | "approve" | "choose":
            return _STAFF
        case _:
            return (*_STAFF, _SYSTEM)
