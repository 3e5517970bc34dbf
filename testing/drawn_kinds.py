"""Which kind of command comes next: the more often the more there is that it can act on."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from .drawn_names import Names

__all__ = ["AROUND", "CREATING", "ENDING", "REVIEWING", "SINGLE", "likely", "promising"]

SINGLE: Final = ("warn", "order_rectification", "restrict", "ban")
CREATING: Final = (*SINGLE, "impose", "report_violation")
ENDING: Final = ("lift", "overturn", "change_sanction", "lift_all")
REVIEWING: Final = ("submit_rectification", "accept_rectification", "reject_rectification", "extend_rectification")
AROUND: Final = (
    *("propose", "approve") * 3,
    *("dismiss", "exempt", "end_exemption", "end_exemption", "serve_notice", "appeal", "appeal"),
    *("decide_appeal", "decide_appeal", "withdraw_appeal", "record_violation", "note"),
    *("hold", "release_hold", "erase_personal_data"),
)
_KINDS: Final = (*SINGLE * 3, "impose", "report_violation", *ENDING[:3] * 3, "lift_all", *REVIEWING * 2, *AROUND)


def promising(names: Names) -> tuple[str, ...]:
    """Kinds of command, those the more often that have something to act on."""
    known = (names.sanctions, names.orders, names.submitted, names.proposals, names.appeals, names.holds)
    return _weighed(bool(names.policy.ladders), *map(bool, known))


@lru_cache
def _weighed(*there: bool) -> tuple[str, ...]:
    ladders, sanctions, orders, submitted, proposals, appeals, holds = there
    # Without a ladder a report says nothing but what is chosen in it.
    reporting = ("report_violation",) * 4 if ladders else ()
    return (
        *(() if sanctions else (*SINGLE, *reporting) * 5),
        *_KINDS,
        *(reporting * 2 if sanctions else ()),
        *(REVIEWING * 3 if orders else ()),
        *(("reject_rectification",) * 8 if submitted else ()),
        *(("approve", "approve", "dismiss", "propose") * 3 if proposals else ()),
        *((*("decide_appeal",) * 10, *("withdraw_appeal",) * 2) if appeals else ("appeal",) * 4 if sanctions else ()),
        *(("release_hold",) * 5 if holds else ()),
    )


def likely(names: Names, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The same without those that nothing is there for, and of these kinds; `names` knows what there is."""
    there = {
        "end_exemption": names.exempt,
        "exempt": not names.exempt,
        "lift_all": names.sanctions,
        **dict.fromkeys(("lift", "overturn", "change_sanction", "serve_notice"), names.sanctions),
        **dict.fromkeys(("submit_rectification", "extend_rectification"), names.orders),
        **dict.fromkeys(("accept_rectification", "reject_rectification"), names.submitted),
        **dict.fromkeys(("approve", "dismiss"), names.proposals),
        **dict.fromkeys(("decide_appeal", "withdraw_appeal"), names.appeals),
        "appeal": names.appealable,
        "release_hold": names.holds,
    }
    weighed = (*promising(names), *(kind for known, more in _following(names) if known for kind in more))
    return tuple(kind for kind in weighed if kind in kinds and there.get(kind, True))


def _following(names: Names) -> tuple[tuple[object, tuple[str, ...]], ...]:
    return (
        (names.sanctions, ("change_sanction", "propose") * 4 + ("lift", "serve_notice") * 2),
        (names.orders, ("submit_rectification",) * 8 + ("extend_rectification",) * 4),
        # Soon nobody can act on these any more.
        (names.submitted, ("accept_rectification", "reject_rectification") * 20),
        (names.proposals, ("approve",) * 30 + ("dismiss",) * 15),
        (names.appeals, ("decide_appeal",) * 6 + ("withdraw_appeal",) * 2),
        (names.holds, ("release_hold",) * 6),
        # Nothing new begins for an account that is protected.
        (names.exempt, ("end_exemption",) * 20),
    )
