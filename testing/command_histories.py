"""Commands as a host sends them, drawn from a space so small that they meet: few ids, few people, days for instants.

Time runs in whole days (ticks) from `DAWN`; everything that the commands bring about happens on a tick, so an answer can
only change there. Most drawn commands name things that earlier ones created, and most are sent by somebody who may.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hypothesis import strategies as st

from ..domain.events import AppealTerms
from ..domain.period import Period
from ..domain.policies.policy import Policy
from .drawing import pick, some, sometimes, whole
from .drawn_breaches import breach, report
from .drawn_names import Names
from .drawn_terms import DAWN, TEXTS, Json, consequence, end, functions, instant, iso, restriction

__all__ = [
    "ACCOUNT",
    "DAWN",
    "FUNCTIONS",
    "SMALL",
    "Commands",
    "Json",
    "histories",
    "impositions",
    "instant",
    "iso",
]

ACCOUNT: Final = "gh_1"
FUNCTIONS: Final = ("mass_send", "publish", "comments")

SMALL: Final = Policy(
    id="small",
    version="1",
    description="The default policy with windows that a drawn history can outlive.",
    functions=FUNCTIONS,
    appeal=AppealTerms(window="P4D", limit=1),
    proposal_ttl=Period("P3D"),
)

_MODERATORS: Final = tuple({"kind": "moderator", "id": name} for name in ("m1", "m2"))
_REVIEWERS: Final = tuple({"kind": "reviewer", "id": name} for name in ("r1", "m1", "r2"))
_SYSTEM: Final = {"kind": "system", "id": "rules"}
_HOLDER: Final = {"kind": "holder", "id": "h"}
_ANYBODY: Final = (*_MODERATORS, *_REVIEWERS, _SYSTEM, _HOLDER, {"kind": "auditor", "id": "a"})
_STAFF: Final = (*_MODERATORS, *_REVIEWERS)
_SINGLE: Final = ("warn", "order_rectification", "restrict", "ban")
_CREATING: Final = (*_SINGLE, "impose", "report_violation")
_ENDING: Final = ("lift", "overturn", "change_sanction", "lift_all")
_REVIEWING: Final = ("submit_rectification", "accept_rectification", "reject_rectification", "extend_rectification")
_AROUND: Final = (
    *("propose", "approve") * 3,
    *("dismiss", "exempt", "end_exemption", "end_exemption", "serve_notice", "appeal", "appeal"),
    *("decide_appeal", "decide_appeal", "withdraw_appeal", "record_violation", "note"),
    *("hold", "release_hold", "erase_personal_data"),
)
_KINDS: Final = (*_SINGLE * 3, "impose", "report_violation", *_ENDING[:3] * 3, "lift_all", *_REVIEWING * 2, *_AROUND)
_DELTAS: Final = (0, 0, 0, 1, 1, 1, 2, 3, 4)


def _actor(draw: st.DrawFn, kind: str) -> Json:
    if sometimes(draw, 12):
        return pick(draw, _ANYBODY)
    match kind:
        case "submit_rectification" | "appeal" | "withdraw_appeal":
            return _HOLDER
        case (
            "exempt" | "end_exemption" | "decide_appeal" | "hold" | "release_hold" | "erase_personal_data" | "lift_all"
        ):
            return pick(draw, (*_REVIEWERS, _REVIEWERS[-1]))
        case "lift" | "overturn" | "change_sanction" | "approve" | "choose":
            return pick(draw, _STAFF)
        case _:
            return pick(draw, (*_STAFF, _SYSTEM))


def _basis(draw: st.DrawFn, names: Names) -> Json:
    basis: Json = {"clause": pick(draw, names.clauses)}
    if sometimes(draw, 4):
        basis["violations"] = some(draw, ("v1", "v2"), 0, 2)
    if sometimes(draw, 4):
        basis |= {"facts": pick(draw, TEXTS), "evidence": ["screenshot"], "automated_decision": "fully"}
    if sometimes(draw, 4):
        basis |= {
            "category": pick(draw, names.categories),
            "severity": pick(draw, names.severities),
        }
    if names.sanctions and sometimes(draw, 8):
        basis["priors"] = [pick(draw, names.sanctions)]
    return basis


def _imposition(draw: st.DrawFn, kind: str, at: int, names: Names) -> Json:
    sanction = names.fresh("s", names.sanctions)
    if names.sanctions and sometimes(draw, 20):
        sanction = pick(draw, names.sanctions).replace("/", "-")
    command: Json = {"command": kind, "sanction": sanction, "basis": _basis(draw, names)}
    if names.sanctions and sometimes(draw, 8):
        one = draw(st.booleans())
        known = names.sanctions
        command["supersedes"] = pick(draw, known) if one else some(draw, known, 0, 2, unique=True)
    if kind == "order_rectification":
        within = whole(draw, 1, 5)
        command |= {"within": f"P{within}D"} if draw(st.booleans()) else {"deadline": iso(at + within)}
        command["on_default"] = [consequence(draw, at + within + 2, names.functions) for _ in range(whole(draw, 0, 2))]
        if draw(st.booleans()):
            command["clock"] = pick(draw, ("acceptance_by_deadline", "submission_stops_clock"))
        if sometimes(draw, 4):
            command["requirements"] = pick(draw, TEXTS)
        names.orders.append(sanction)
        names.sanctions += [sanction, *(f"{sanction}/{n}" for n in range(1, len(command["on_default"]) + 1))]
        return command
    start = at
    if sometimes(draw, 3):
        start = max(0, at + whole(draw, -1, 4))
        command["from"] = iso(start)
    if kind == "restrict":
        command |= restriction(draw, start, names.functions)
    else:
        command |= end(draw, start, permanent=kind == "warn" or sometimes(draw, 4))
    names.sanctions.append(sanction)
    return command


def _decision(draw: st.DrawFn, at: int, names: Names) -> Json:
    """Several sanctions at once; sometimes they replace everything in force."""
    kinds = some(draw, _SINGLE, 1, 3)
    all_of_them = {"supersede_all": True} if sometimes(draw, 4) else {}
    return {"sanctions": [_imposition(draw, kind, at, names) for kind in kinds], **all_of_them}


def _known(draw: st.DrawFn, known: list[str]) -> str:
    """Mostly one of the latest."""
    if not known or sometimes(draw, 25):
        return "unknown"
    return pick(draw, known[-4:] if sometimes(draw, 2) else known)


def _change(draw: st.DrawFn, at: int, names: Names) -> Json:
    command: Json = {"command": "change_sanction", "sanction": _known(draw, names.sanctions), "reason": "new facts"}
    if draw(st.booleans()):
        return {**command, **end(draw, at)}
    entries, has_bare = functions(draw, at, names.functions)
    return {**command, "functions": entries, **(end(draw, at) if has_bare and sometimes(draw, 3) else {})}


def _act(draw: st.DrawFn, kind: str, at: int, names: Names) -> Json:  # noqa: C901, PLR0911, PLR0912 - one case per command
    match kind:
        case "warn" | "order_rectification" | "restrict" | "ban":
            return _imposition(draw, kind, at, names)
        case "impose":
            return _decision(draw, at, names)
        case "change_sanction":
            return _change(draw, at, names)
        case "propose":
            return _proposal(draw, at, names)
        case "submit_rectification":
            more = {"statement": "done", "evidence": ["photo"]} if sometimes(draw, 3) else {}
            names.submitted.append(_known(draw, names.orders))
            return {"sanction": names.submitted[-1], **more}
        case "accept_rectification" | "reject_rectification":
            more = {"reason": pick(draw, TEXTS)} if sometimes(draw, 3) else {}
            return {"sanction": _known(draw, names.submitted[-1:] or names.orders), **more}
        case "extend_rectification":
            return {"sanction": _known(draw, names.orders), "deadline": iso(at + whole(draw, 0, 8))}
        case "lift" | "overturn":
            return {"sanction": _known(draw, names.sanctions), "reason": pick(draw, TEXTS)}
        case "approve" | "dismiss":
            return {"proposal": _known(draw, names.proposals), **({"reason": "seen"} if sometimes(draw, 3) else {})}
        case "appeal":
            names.appeals.append(names.fresh("a", names.appeals))
            return {"appeal": names.appeals[-1], "sanction": _known(draw, names.sanctions), "statement": "unfair"}
        case "withdraw_appeal":
            return {"appeal": _known(draw, names.appeals)}
        case "decide_appeal":
            return _appeal_decision(draw, at, names)
        case "serve_notice":
            return {"sanction": _known(draw, names.sanctions), "channel": "inbox"}
        case "exempt":
            unless = some(draw, ("moderator", "reviewer", "system"), 0, 2)
            return {"reason": "staff", "unless": unless}
        case "end_exemption" | "erase_personal_data":
            return {"reason": "left"}
        case "hold":
            names.holds.append(pick(draw, ("h1", "h2")))
            return {"hold": names.holds[-1], "reason": "a lawsuit"}
        case "release_hold":
            return {"hold": _known(draw, names.holds), "reason": "settled"}
        case "record_violation":
            return {"violation": pick(draw, ("v1", "v2", "v3")), **breach(draw, at, names)}
        case "report_violation":
            return report(draw, at, names)
        case "lift_all":
            return {"reason": "settled"}
        case _:
            return {"text": pick(draw, TEXTS)}


def _proposal(draw: st.DrawFn, at: int, names: Names) -> Json:
    kind = pick(draw, (*_SINGLE, "ban", "ban", "change_sanction"))
    inner = _act(draw, kind, at, names)
    if inner["command"] == "ban" and draw(st.booleans()):
        inner = {key: part for key, part in inner.items() if key not in ("for", "until")} | {"permanent": True}
    proposal = names.fresh("p", names.proposals)
    names.proposals.append(proposal)
    return {"command": "propose", "proposal": proposal, "sanction": inner}


def _appeal_decision(draw: st.DrawFn, at: int, names: Names) -> Json:
    outcome = pick(draw, ("granted", "granted_in_part", "denied"))
    terms: Json = {}
    if outcome == "granted_in_part":
        terms = _change(draw, at, names)
        terms = {key: part for key, part in terms.items() if key not in ("command", "sanction", "reason")}
    return {"appeal": _known(draw, names.appeals), "outcome": outcome, "reason": "heard", **terms}


class Commands:
    """Draws one command after another for one account; `tick` is the present."""

    CREATING: Final = _CREATING
    ENDING: Final = _ENDING
    REVIEWING: Final = _REVIEWING
    AROUND: Final = _AROUND

    def __init__(self, known: Iterable[str] = (), *, policy: Policy = SMALL, account: str = ACCOUNT) -> None:
        self.tick = 0
        self.account = account
        self._names = Names(policy)
        self._names.sanctions += known
        self._names.orders += known

    @property
    def promising(self) -> tuple[str, ...]:
        """Kinds of command, those the more often that have something to act on."""
        names = self._names
        # Without a ladder a report says nothing but what is chosen in it.
        reporting = ("report_violation",) * 4 if names.policy.ladders else ()
        if not names.sanctions:
            return (*(*_SINGLE, *reporting) * 5, *_KINDS)
        return (
            *(*_KINDS, *reporting * 2),
            *(_REVIEWING * 3 if names.orders else ()),
            *(("reject_rectification",) * 8 if names.submitted else ()),
            *(("approve", "approve", "dismiss", "propose") * 3 if names.proposals else ()),
            *((*("decide_appeal",) * 10, *("withdraw_appeal",) * 2) if names.appeals else ("appeal",) * 4),
            *(("release_hold",) * 5 if names.holds else ()),
        )

    def draw(self, draw: st.DrawFn, kind: str) -> Json:
        """A command of this kind at the present tick."""
        act = {"command": kind, **_act(draw, kind, self.tick, self._names)}
        by = _actor(draw, "choose" if "choose" in act else kind)
        return {**act, "account": self.account, "by": by, "at": iso(self.tick)}

    def next(self, kind: str) -> st.SearchStrategy[Json]:
        """The same as a strategy."""
        return st.composite(lambda draw: self.draw(draw, kind))()


@st.composite
def histories(
    draw: st.DrawFn, min_size: int = 1, max_size: int = 12, known: Iterable[str] = (), *, policy: Policy = SMALL
) -> list[Json]:
    """Commands for one account, in the order of time; several may come at one instant. `known`: sanctions made before."""
    commands, drawn = Commands(known, policy=policy), list[Json]()
    for _ in range(whole(draw, min_size, max_size)):
        commands.tick += pick(draw, _DELTAS)
        kind = pick(draw, commands.promising)
        drawn.append(commands.draw(draw, kind))
    return drawn


@st.composite
def impositions(draw: st.DrawFn, sanction: str, at: int) -> Json:
    """A new sanction of any kind that supersedes nothing, by somebody who may impose it alone."""
    command = _imposition(draw, pick(draw, _SINGLE), at, Names(SMALL))
    return {**command, "sanction": sanction, "account": ACCOUNT, "by": _MODERATORS[0], "at": iso(at)}
