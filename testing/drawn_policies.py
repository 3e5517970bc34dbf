"""Policies of every shape that a file can have, and what happens to an account under one of them.

Both are drawn as plain data. Periods are a few days long and most things happen on whole days, so that the ends of windows
are met exactly, and often one microsecond before or after them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from ..domain.period import period_from_text
from ..domain.policies.policy import Policy
from .command_histories import FUNCTIONS, Json
from .drawing import pick, sometimes, whole

__all__ = [
    "CLASSES",
    "CLAUSES",
    "DAY",
    "HARSHER",
    "KINDS",
    "PERIODS",
    "SEVERITIES",
    "happenings",
    "policies",
    "policy_of",
    "reports",
]

DAY: Final = 86_400_000_000
SEVERITIES: Final = ("minor", "moderate", "serious")
CLASSES: Final = ("unverified", "verified")
CLAUSES: Final = ("c1", "c2", "c3")
CATEGORIES: Final = ("abuse", "fraud")
SCOPES: Final = ("ladder", "account", "clause", "category")
KINDS: Final = ("warning", "rectification", "restriction", "ban")
PERIODS: Final = ("P1D", "P2D", "P3D", "P5D", "PT36H", "P1M")
WEIGHTS: Final = (1, 0, 2, 3, "1/3", "4/3")
WAITS: Final = (0, 0, 0, 0, 1, DAY // 2, DAY - 1, DAY, DAY, DAY + 1, 2 * DAY, 3 * DAY, 31 * DAY)
AGES: Final = (0, DAY, DAY + 1, 2 * DAY, 31 * DAY)

_RESTRICTED: Final = ["mass_send"]
HARSHER: Final[tuple[list[Json], ...]] = (
    [],
    [{"warn": {"for": "P2D"}}],
    [{"warn": {"permanent": True}}],
    [{"order": {"within": "P1D", "on_default": [{"restrict": _RESTRICTED, "for": "P2D"}]}}],
    [{"order": {"within": "P2D", "on_default": [{"ban": {"permanent": True}}]}}],
    [{"restrict": _RESTRICTED, "for": "P1D"}],
    [{"restrict": _RESTRICTED, "for": "P1D"}, {"warn": {"for": "P2D"}}],
    [{"restrict": [*_RESTRICTED, {"function": "comments", "for": "P3D"}], "for": "P2D"}],
    [{"restrict": [*_RESTRICTED, "comments"], "permanent": True}],
    [{"ban": {"for": "P1D"}}],
    [{"ban": {"for": "P3D"}}, {"warn": {"for": "P2D"}}],
    [{"ban": {"permanent": True}}],
    [{"ban": {"permanent": True}}, {"warn": {"permanent": True}}],
)
"""What a step imposes, from mild to harsh."""


def policy_of(fields: Json) -> Policy:
    """The policy that these fields state."""
    return msgspec.convert(fields, Policy, dec_hook=period_from_text)


def _maybe(draw: st.DrawFn, fields: Json, name: str, *values: Any, one_in: int = 2) -> None:
    """Sometimes a field with one of these values."""
    number = whole(draw, 0, len(values) * one_in - 1) - len(values) * (one_in - 1)
    if number >= 0:
        fields[name] = values[number]


def _counting(draw: st.DrawFn, *, plain: bool) -> Json:
    counting: Json = {}
    lifetime = pick(draw, (None, "expires_after", "fades_over"))
    if lifetime is not None:
        counting[lifetime] = pick(draw, PERIODS)
        _maybe(draw, counting, "frozen_while", ["ban"], ["restriction"], ["warning", "ban"], ["rectification"])
    _maybe(draw, counting, "max_content_age", *PERIODS[:3], one_in=3)
    if not plain:
        _maybe(draw, counting, "batch_once", True)
    return counting


def _clause(
    draw: st.DrawFn, severities: tuple[str, ...], ladders: tuple[str, ...], *, claims: bool, plain: bool
) -> Json:
    clause: Json = {"weight": pick(draw, WEIGHTS)}
    if severities and sometimes(draw, 2):
        weights = [pick(draw, (1, 0, 2, 3)) for _ in severities]
        clause["weights"] = dict(zip(severities, sorted(weights) if claims else weights, strict=True))
    if not plain:
        _maybe(draw, clause, "first_weight", *WEIGHTS, one_in=4)
    _maybe(draw, clause, "category", *CATEGORIES)
    _maybe(draw, clause, "severe", True, one_in=5)
    if ladders and not sometimes(draw, 8):
        clause["ladder"] = pick(draw, ladders)
    if sometimes(draw, 4):
        clause["counting"] = _counting(draw, plain=plain)
    return clause


def _steps(draw: st.DrawFn, severities: tuple[str, ...], classes: tuple[str, ...], *, claims: bool) -> list[Json]:
    """The steps of a ladder; where it claims so, harsher with the level and with the severity."""
    size, first = pick(draw, (1, 2, 3)), pick(draw, (None, 1, 2, "3/2"))
    levels = [None] * size if first is None else [first, *(3, 5)[: size - 1]]
    field, kinds = pick(draw, (("", ("",)), ("severity", severities or ("",)), ("account_class", classes or ("",))))
    steps: list[Json] = []
    mildest = [0] * size
    for kind in kinds:
        lowest = 0
        for place, level in enumerate(levels):
            floor = max(lowest, mildest[place]) if claims else 0
            lowest = floor + pick(draw, (1, 0, 2, 3)) if claims else pick(draw, (1, *range(len(HARSHER))))
            lowest = min(lowest, len(HARSHER) - 1)
            mildest[place] = lowest if field == "severity" else 0
            step: Json = {"impose": HARSHER[lowest]}
            if level is not None:
                step["at"] = level
            if kind:
                step[field] = kind
            steps.append({**step, **_rights(draw)})
    return steps


def _rights(draw: st.DrawFn) -> Json:
    step: Json = {}
    _maybe(draw, step, "propose", True, one_in=4)
    _maybe(draw, step, "bounds", {"at_least": "P1D", "at_most": "P4D"}, {"at_most": "P2D"}, one_in=5)
    if sometimes(draw, 5):
        step |= pick(
            draw, ({"appealable": False}, {"appeal": {"window": "P2D"}}, {"appeal": {"limit": 3}, "text": "-"})
        )
    return step


def _ladder(draw: st.DrawFn, severities: tuple[str, ...], classes: tuple[str, ...], *, claims: bool) -> Json:
    ladder: Json = {
        "count": pick(draw, ("violations", "weight")),
        "scope": pick(draw, SCOPES),
        "fires": pick(draw, ("each", "each", "crossing", "once")),
        "steps": _steps(draw, severities, classes, claims=claims),
    }
    if not claims:
        ladder["may_get_milder"] = True
    _maybe(draw, ladder, "within", *PERIODS, one_in=3)
    if "within" in ladder:
        _maybe(draw, ladder, "running_counts", True)
    if severities:
        _maybe(draw, ladder, "same_severity", True, one_in=4)
    beginning = pick(draw, (None, None, None, "first", "prior_warning"))
    if beginning is not None:
        ladder[beginning] = {"impose": HARSHER[pick(draw, (1, 0, 2, 3))]}
        if beginning == "first":
            _maybe(draw, ladder[beginning], "weight", *WEIGHTS, one_in=3)
        else:
            _maybe(draw, ladder[beginning], "within", *PERIODS)
    return ladder


def _escalation(draw: st.DrawFn) -> Json:
    severity, becomes = pick(draw, (SEVERITIES[:2], SEVERITIES[1:], SEVERITIES[::2]))
    rule: Json = {"severity": severity, "becomes": becomes, "nth": pick(draw, (2, 2, 3)), "scope": pick(draw, SCOPES)}
    _maybe(draw, rule, "within", *PERIODS)
    return rule


@st.composite
def policies(draw: st.DrawFn, /, *, claims: bool | None = None, plain: bool = False, **given: Any) -> Policy:
    """A policy.

    `claims`: its ladders claim to grow harsher. `plain`: no violation weighs less because of another one (no good standing, no
    first weight, no batches). `given`: fields that are not drawn.
    """
    claims = sometimes(draw, 2) if claims is None else claims
    severities: tuple[str, ...] = given.get("severities", pick(draw, (SEVERITIES, SEVERITIES, ())))
    classes: tuple[str, ...] = pick(draw, ((), CLASSES))
    names = pick(draw, (("l",), ("l",), ("l", "m")))
    clauses = {
        name: _clause(draw, severities, names, claims=claims, plain=plain) for name in CLAUSES[: pick(draw, (1, 2, 3))]
    }
    clauses["c1"]["ladder"] = "l"
    fields: Json = {
        "id": "drawn",
        "version": "1",
        "functions": FUNCTIONS,
        "severities": severities,
        "account_classes": classes,
        "clauses": clauses,
        "ladders": {name: _ladder(draw, severities, classes, claims=claims) for name in names},
        "counting": _counting(draw, plain=plain),
        "second_person": pick(draw, (["permanent_ban"], [])),
        "proposal_ttl": pick(draw, ("P3D", "P30D")),
    }
    if severities and sometimes(draw, 2):
        fields["escalations"] = [_escalation(draw) for _ in range(pick(draw, (1, 2)))]
    if not plain and sometimes(draw, 3):
        curve = [pick(draw, (0, 1, "4/3", 2)) for _ in range(pick(draw, (1, 0, 2)))]
        fields["good_standing"] = {"below": pick(draw, (1, 2, 3, "7/2")), "curve": curve}
    return policy_of({**fields, **given})


def _violation(draw: st.DrawFn, policy: Policy, clause: str | None = None) -> Json:
    """Clause, severity and category of a violation that the policy can judge."""
    fields: Json = {"clause": clause or pick(draw, tuple(policy.clauses or ()))}
    if policy.severities:
        fields["severity"] = pick(draw, policy.severities)
    _maybe(draw, fields, "category", *CATEGORIES, one_in=6)
    return fields


def _report(draw: st.DrawFn, policy: Policy, clause: str | None = None, *, batches: bool = True) -> Json:
    fields = _violation(draw, policy, clause)
    _maybe(draw, fields, "content_age", *AGES, one_in=4)
    if batches:
        _maybe(draw, fields, "batch", "b1", "b1", "b2", one_in=2)
    return fields


@st.composite
def reports(draw: st.DrawFn, policy: Policy, *, clause: str | None = None, batches: bool = True) -> Json:
    """The fields of a violation. `content_age`: how old the content is by then, in microseconds."""
    return _report(draw, policy, clause, batches=batches)


_CHOICES: Final[tuple[list[Json], ...]] = (
    [],
    [{"restrict": _RESTRICTED, "for": "P1D"}],
    [{"restrict": _RESTRICTED, "for": "P5D"}, {"warn": {"for": "P1D"}}],
    [{"ban": {"for": "P2D"}}],
    HARSHER[-1],
)
_HAPPENINGS: Final = (
    *("report",) * 10,
    *("record",) * 4,
    *("direct", "direct", "direct", "lift", "overturn", "overturn", "overturn"),
    *("approve", "approve", "dismiss", "exempt", "end_exemption", "note"),
)


@st.composite
def happenings(
    draw: st.DrawFn,
    policy: Policy,
    *,
    min_size: int = 1,
    max_size: int = 10,
    kinds: tuple[str, ...] = _HAPPENINGS,
    named: str = "",
) -> list[Json]:
    """What happens to one account, in the order of time. `wait`: microseconds since the one before.

    Most violations are of one sort, so that they count for each other. `pick` is the number of a sanction or proposal among
    those that exist by then. `named`: what ids begin with.
    """
    usual = _violation(draw, policy)
    found: list[Json] = []
    for number in range(draw(st.integers(min_size, max_size))):
        kind = pick(draw, kinds)
        what: Json = {"what": kind, "wait": pick(draw, WAITS)}
        match kind:
            case "report" | "record":
                what |= {**_report(draw, policy), "violation": f"{named}v{number}"}
                what |= usual if sometimes(draw, 2) else {}
                if kind == "report":
                    what |= _asked(draw, policy)
            case "direct":
                violations = [one["violation"] for one in found if "violation" in one]
                what |= {"sanction": f"{named}d{number}", "clause": pick(draw, tuple(policy.clauses or ()))}
                what["violations"] = [pick(draw, violations) for _ in range(pick(draw, (0, 1, 2))) if violations]
                what["penalty"] = HARSHER[pick(draw, (1, 2, 5, 9))][0]
                what["start"] = pick(draw, (0, 0, 0, DAY, 3 * DAY))
            case "exempt":
                what["unless"] = pick(draw, ([], ["moderator"]))
            case _:
                what["pick"] = pick(draw, range(8))
        found.append(what)
    return found


def _asked(draw: st.DrawFn, policy: Policy) -> Json:
    fields: Json = {}
    if policy.account_classes:
        _maybe(draw, fields, "account_class", *policy.account_classes)
    if sometimes(draw, 5):
        fields["reasons"] = [_violation(draw, policy) for _ in range(pick(draw, (1, 2)))]
    _maybe(draw, fields, "choose", *_CHOICES, one_in=6)
    return fields
