"""Commands as a host sends them, drawn from a space so small that they meet: few ids, few people, days for instants.

Time runs in days (ticks) from `DAWN`. In `histories` they are whole, and everything that the commands bring about happens on
a tick, so an answer can only change there. Most drawn commands name things that earlier ones created, and most are sent by
somebody who may.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from ..domain.events import AppealTerms
from ..domain.period import Period
from ..domain.policies.policy import Policy
from ..domain.state import State
from .drawing import pick, some, sometimes, whole
from .drawn_breaches import breach, report
from .drawn_kinds import AROUND, CREATING, ENDING, REVIEWING, SINGLE, likely, promising
from .drawn_names import Known, Names
from .drawn_people import MODERATORS, actor
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

# What one person begins and another one decides, and the field that names it.
_SECONDED: Final = {"propose": "proposal", "hold": "hold", "report_violation": "proposal"}
_GROUNDS: Final[tuple[Json, ...]] = (
    {"automated_decision": "fully"},
    {"automated_decision": "partially", "automated_detection": True},
    {"automated_decision": "not", "automated_detection": False, "legal_ground": "Act on Services, section 4"},
    {"automated_decision": False},
    {"automated_decision": True, "automated_detection": True},
    {"legal_ground": "Verordnung über Dienste, Artikel 3"},
)
_DAY: Final = timedelta(days=1)
_DELTAS: Final = (0, 0, 0, 1, 1, 1, 2, 3, 4)


def _basis(draw: st.DrawFn, names: Names) -> Json:
    basis: Json = {"clause": pick(draw, names.clauses)}
    if sometimes(draw, 4):
        basis["violations"] = some(draw, ("v1", "v2"), 0, 2)
    if sometimes(draw, 4):
        basis |= {"facts": pick(draw, TEXTS), "evidence": ["screenshot"], **pick(draw, _GROUNDS)}
    if sometimes(draw, 4):
        basis |= {
            "category": pick(draw, names.categories),
            "severity": pick(draw, names.severities),
        }
    if names.sanctions and sometimes(draw, 8):
        basis["priors"] = [pick(draw, names.sanctions.open)]
    return basis


def _because(draw: st.DrawFn, names: Names) -> Json:
    """Because of a sanction of another account; at times whichever is the gravest there."""
    account, sanction = pick(draw, names.elsewhere)
    return {"because_of_account": account, **({} if sometimes(draw, 4) else {"because_of_sanction": sanction})}


def _imposition(draw: st.DrawFn, kind: str, at: float, names: Names) -> Json:
    sanction = names.fresh("s")
    if names.sanctions and sometimes(draw, 20):
        sanction = pick(draw, names.sanctions.open).replace("/", "-")
    command: Json = {"command": kind, "sanction": sanction, "basis": _basis(draw, names)}
    if names.elsewhere and sometimes(draw, 5):
        command |= _because(draw, names)
    if names.sanctions and sometimes(draw, 8):
        one = draw(st.booleans())
        known = names.sanctions.open
        command["supersedes"] = pick(draw, known) if one else some(draw, known, 0, 2, unique=True)
    if kind == "order_rectification":
        within = whole(draw, 1, 5)
        command |= {"within": f"P{within}D"} if draw(st.booleans()) else {"deadline": iso(at + within)}
        command["on_default"] = [consequence(draw, at + within + 2, names.functions) for _ in range(whole(draw, 0, 2))]
        if draw(st.booleans()):
            command["clock"] = pick(draw, ("acceptance_by_deadline", "submission_stops_clock"))
        if sometimes(draw, 4):
            command["requirements"] = pick(draw, TEXTS)
        names.orders.open.append(sanction)
        names.sanctions.open += [sanction, *(f"{sanction}/{n}" for n in range(1, len(command["on_default"]) + 1))]
        return command
    start = at
    if sometimes(draw, 3):
        start = max(0, at + whole(draw, -1, 4))
        command["from"] = iso(start)
    if kind == "restrict":
        command |= restriction(draw, start, names.functions)
    else:
        command |= end(draw, start, permanent=kind == "warn" or sometimes(draw, 4))
    names.sanctions.open.append(sanction)
    return command


def _decision(draw: st.DrawFn, at: float, names: Names) -> Json:
    """Several sanctions at once; sometimes they replace everything in force."""
    kinds = some(draw, SINGLE, 1, 3)
    all_of_them = {"supersede_all": True} if sometimes(draw, 4) else {}
    return {"sanctions": [_imposition(draw, kind, at, names) for kind in kinds], **all_of_them}


def _known(draw: st.DrawFn, known: Known) -> str:
    """Mostly one of the latest."""
    if known.past and (not known.open or sometimes(draw, 12)):
        return pick(draw, known.past[-4:])
    if not known.open or sometimes(draw, 25):
        return "unknown"
    return pick(draw, known.open[-4:] if sometimes(draw, 2) else known.open)


def _change(draw: st.DrawFn, at: float, names: Names) -> Json:
    sanction = _known(draw, names.changeable)
    return {
        "command": "change_sanction",
        "sanction": sanction,
        "reason": "new facts",
        **_terms(draw, at, names, sanction),
    }


def _terms(draw: st.DrawFn, at: float, names: Names, sanction: str) -> Json:
    takes = names.restrictions is None or sanction in names.restrictions or sometimes(draw, 12)
    if not takes or draw(st.booleans()):
        return end(draw, at)
    entries, has_bare = functions(draw, at, names.functions)
    return {"functions": entries, **(end(draw, at) if has_bare and sometimes(draw, 3) else {})}


def _act(draw: st.DrawFn, kind: str, at: float, names: Names) -> Json:  # noqa: C901, PLR0911, PLR0912 - one case per command
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
            names.submitted.open = [_known(draw, names.orders)]
            return {"sanction": names.submitted.open[-1], **more}
        case "accept_rectification" | "reject_rectification":
            more = {"reason": pick(draw, TEXTS)} if sometimes(draw, 3) else {}
            return {"sanction": _known(draw, names.submitted or names.orders), **more}
        case "extend_rectification":
            return {"sanction": _known(draw, names.orders), "deadline": iso(at + whole(draw, 0, 8))}
        case "lift" | "overturn":
            return {"sanction": _known(draw, names.sanctions), "reason": pick(draw, TEXTS)}
        case "approve" | "dismiss":
            return {"proposal": _known(draw, names.proposals), **({"reason": "seen"} if sometimes(draw, 3) else {})}
        case "appeal":
            names.appeals.open.append(names.fresh("a"))
            return {
                "appeal": names.appeals.open[-1],
                "sanction": _known(draw, names.appealable),
                "statement": "unfair",
            }
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
            names.holds.open.append(pick(draw, ("h1", "h2")))
            return {"hold": names.holds.open[-1], "reason": "a lawsuit"}
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


def _proposal(draw: st.DrawFn, at: float, names: Names) -> Json:
    kind = pick(draw, (*SINGLE, "ban", "ban", "change_sanction"))
    inner = _act(draw, kind, at, names)
    if inner["command"] == "ban" and draw(st.booleans()):
        inner = {key: part for key, part in inner.items() if key not in ("for", "until")} | {"permanent": True}
    proposal = names.fresh("p")
    names.proposals.open.append(proposal)
    return {"command": "propose", "proposal": proposal, "sanction": inner}


def _appeal_decision(draw: st.DrawFn, at: float, names: Names) -> Json:
    appeal = _known(draw, names.appeals)
    sanction = names.appealed.get(appeal)
    # What has ended can be made no milder.
    may_be_milder = sanction is None or sanction in names.changeable.open or sometimes(draw, 12)
    outcome = pick(draw, ("granted", "granted_in_part", "denied") if may_be_milder else ("granted", "denied"))
    terms = _terms(draw, at, names, sanction or "") if outcome == "granted_in_part" else {}
    return {"appeal": appeal, "outcome": outcome, "reason": "heard", **terms}


class Commands:
    """Draws one command after another for one account; `tick` is the present, a whole day unless `know` says otherwise."""

    CREATING: Final = CREATING
    ENDING: Final = ENDING
    REVIEWING: Final = REVIEWING
    AROUND: Final = AROUND

    def __init__(self, known: Iterable[str] = (), *, policy: Policy = SMALL, account: str = ACCOUNT) -> None:
        self.tick = 0
        self._of_the_day = 0.0
        self.account = account
        self._names = Names(policy)
        self._names.sanctions.open += known
        self._names.orders.open += known

    @property
    def promising(self) -> tuple[str, ...]:
        """Kinds of command, those the more often that have something to act on."""
        return promising(self._names)

    def know(self, state: State, at: datetime, elsewhere: Iterable[tuple[str, str]] = ()) -> None:
        """From now on the commands act on what there is, instead of what was tried.

        `state`: of the present, `at`. `elsewhere`: sanctions of other accounts, each with its account, because of which those
        of this one may exist.
        """
        self.tick, rest = divmod(at - DAWN, _DAY)
        self._of_the_day = rest / _DAY
        self._names.know(state, at)
        self._names.elsewhere = tuple(elsewhere)

    def draw(self, draw: st.DrawFn, kind: str) -> Json:
        """A command of this kind at the present."""
        names, at = self._names, self.tick + self._of_the_day
        act = {"command": kind, **_act(draw, kind, at, names)}
        decided = {"approve": "proposal", "decide_appeal": "appeal", "release_hold": "hold"}.get(kind)
        barred = names.barred.get(act[decided], ()) if decided else ()
        by = actor(draw, "choose" if "choose" in act else kind, barred)
        if kind in _SECONDED:
            names.barred[act.get(_SECONDED[kind]) or f"{act['violation']}/p1"] = {by["id"]}
        return {**act, "account": self.account, "by": by, "at": iso(at)}

    def next(self, kind: str) -> st.SearchStrategy[Json]:
        """The same as a strategy."""
        return st.composite(lambda draw: self.draw(draw, kind))()

    def kind(self, draw: st.DrawFn, kinds: tuple[str, ...]) -> str:
        """One of these kinds, mostly one that has something to act on; for whoever says what there is."""
        open_ = likely(self._names, kinds)
        return pick(draw, kinds if not open_ or sometimes(draw, 16) else open_)


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
def impositions(draw: st.DrawFn, sanction: str, at: float) -> Json:
    """A new sanction of any kind that supersedes nothing, by somebody who may impose it alone."""
    command = _imposition(draw, pick(draw, SINGLE), at, Names(SMALL))
    return {**command, "sanction": sanction, "account": ACCOUNT, "by": MODERATORS[0], "at": iso(at)}
