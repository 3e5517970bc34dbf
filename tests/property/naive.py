"""The law again, written naively: plain dictionaries, whole days, one day at a time. Imports nothing of the library.

`Naive` (in `naive_people`) takes the same JSON commands, says yes or no, and answers what is in force at any tick,
as known now. It stands to the library as a calculation by hand: slow, obvious, and by other means (no events, no due
list, no folding).
"""

# ruff: noqa: ARG002 - every command has the same signature, whether or not it needs the time
from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any, Final

Json = dict[str, Any]
Ends = dict[str, int | None]

STANDINGS: Final = ("clear", "warned", "rectifying", "restricted", "banned")
RANK: Final = {"warn": 1, "order_rectification": 2, "restrict": 3, "ban": 4}
SYSTEM: Final = {
    "record_violation",
    "warn",
    "order_rectification",
    "restrict",
    "ban",
    "propose",
    "serve_notice",
    "note",
}
MODERATOR: Final = SYSTEM | {
    *("accept_rectification", "reject_rectification", "extend_rectification", "change_sanction", "lift", "overturn"),
    *("approve", "dismiss", "permanent ban"),
}
REVIEWER: Final = MODERATOR | {
    *("decide_appeal", "exempt", "end_exemption", "touch permanent ban"),
    *("hold", "release_hold", "erase_personal_data"),
}
MAY: Final[dict[str, set[str]]] = {
    "system": SYSTEM,
    "moderator": MODERATOR,
    "reviewer": REVIEWER,
    "holder": {"submit_rectification", "appeal", "withdraw_appeal"},
    "auditor": set(),
}


class No(Exception):
    """The command is refused."""


def need(condition: object) -> None:
    if not condition:
        raise No


def beyond(new: int | None, old: int | None) -> bool:
    """Whether one end lies after another; None is no end."""
    return old is not None and (new is None or new > old)


class Sanctioned:
    """One account and its sanctions. `dawn` is tick 0; `window` and `ttl` are the policy's, in days."""

    def __init__(self, dawn: datetime, functions: tuple[str, ...], *, window: int, ttl: int) -> None:
        self.dawn, self.catalogue, self.window, self.ttl = dawn, functions, window, ttl
        self.w: Json = {
            "now": 0,
            "s": {},
            "p": {},
            "a": {},
            "v": set(),
            "exempt": None,
            "seen": {},
            "reserved": {},
            "holds": {},
        }
        self.w["something"] = False

    # Answers.

    def in_force(self, tick: int) -> dict[str, tuple[str, frozenset[str]]]:
        """What is in force at the tick, as known now: kind and functions by sanction."""
        ahead = self.timeline(tick)
        return ahead[tick]

    def timeline(self, last: int) -> dict[int, dict[str, tuple[str, frozenset[str]]]]:
        """What is in force at every tick up to `last`."""
        here = self.w
        self.w = deepcopy(here)
        self.pass_time(last)
        seen, sanctions, self.w = self.w["seen"], self.w["s"], here
        void = {name for name, s in sanctions.items() if s["overturned"]}
        return {
            tick: {name: found for name, found in seen.get(tick, {}).items() if name not in void}
            for tick in range(last + 1)
        }

    @staticmethod
    def standing(found: dict[str, tuple[str, frozenset[str]]]) -> str:
        return STANDINGS[max((RANK[kind] for kind, _ in found.values()), default=0)]

    @staticmethod
    def may(found: dict[str, tuple[str, frozenset[str]]], function: str) -> bool:
        return not any(kind == "ban" or function in names for kind, names in found.values())

    # Time.

    def pass_time(self, tick: int) -> None:
        while self.w["now"] < tick:
            self.w["now"] += 1
            self.morning(self.w["now"])
            self.look()

    def look(self) -> None:
        now = self.w["now"]
        self.w["seen"][now] = {
            name: (s["kind"], frozenset(f for f, end in s["functions"].items() if end is None or now < end))
            for name, s in self.w["s"].items()
            if s["status"] == "in force"
        }

    def morning(self, now: int) -> None:
        """What falls due today."""
        for p in self.w["p"].values():
            if p["status"] == "open" and p["lapses"] == now:
                p["status"] = "lapsed"
        for s in list(self.w["s"].values()):
            if s["status"] == "in force" and "order" not in s and s["until"] == now:
                s["status"] = "expired"
        for s in list(self.w["s"].values()):
            if s["status"] == "scheduled" and s["from"] == now:
                s["status"] = "scheduled" if self.w["exempt"] is None else "lifted"
                if s["status"] == "scheduled":
                    self.start(s)
        for name, s in list(self.w["s"].items()):
            order = s.get("order")
            if order and s["status"] == "in force" and order["deadline"] == now and not self.stopped(order):
                s["status"], order["status"] = "defaulted", "defaulted"
                for number, consequence in enumerate(order["on_default"], 1):
                    self.consequence(f"{name}/{number}", s, consequence, now)

    def consequence(self, name: str, order: Json, what: Json, now: int) -> None:
        kind = "restrict" if "restrict" in what else "ban" if "ban" in what else "warn"
        if kind == "restrict":
            names = [f for f in what["restrict"] if not self.passed(f if isinstance(f, dict) else what, now)]
            what = {**what, "restrict": names}
            if self.passed(what, now):
                del what["until"]
            if not names:
                return
        elif self.passed(what[kind], now):
            return
        functions, until = self.terms(kind, what if kind == "restrict" else what[kind], what.get("restrict"), now, now)
        s = self.new(kind, now, now, until, functions, set(order["imposers"]))
        s["cause"] = order
        self.w["s"][name] = s
        if self.w["exempt"] is None:
            self.start(s)
        else:
            s["status"] = "lifted"

    def passed(self, terms: Json, now: int) -> bool:
        return "until" in terms and self.tick(terms["until"]) <= now

    def start(self, s: Json) -> None:
        was_terminal = self.terminal()
        s["status"] = "in force"
        self.close_proposals(was_terminal)

    def close_proposals(self, was_terminal: object) -> None:
        if self.terminal() and not was_terminal:
            for p in self.w["p"].values():
                if p["status"] == "open":
                    p["status"] = "closed"

    # Commands.

    def execute(self, command: Json) -> bool:
        """Carry the command out, if the law allows it; a refusal leaves everything as it was."""
        before = deepcopy(self.w)
        self.pass_time(self.tick(command["at"]))
        try:
            getattr(self, "do_" + command["command"])(command, command["by"], self.w["now"])
        except No:
            self.w = before
            return False
        # Ending an exemption, or everything in force, where there is none is accepted and records nothing.
        self.w["something"] |= command["command"] not in ("end_exemption", "lift_all")
        self.look()
        return True

    def tick(self, text: str) -> int:
        return (datetime.fromisoformat(text) - self.dawn).days

    def terminal(self) -> bool:
        return any(s["status"] == "in force" and self.permanent(s) for s in self.w["s"].values())

    @staticmethod
    def permanent(s: Json) -> bool:
        return s["kind"] == "ban" and s["until"] is None

    @staticmethod
    def stopped(order: Json) -> bool:
        return (order["clock"], order["status"]) == ("submission_stops_clock", "submitted")

    @staticmethod
    def can(by: Json, right: str) -> bool:
        return right in MAY[by["kind"]]

    def get(self, name: str) -> Json:
        need(name in self.w["s"])
        found: Json = self.w["s"][name]
        return found

    def live(self, name: str) -> Json:
        s = self.get(name)
        need(s["status"] in ("scheduled", "in force") and not s["overturned"])
        return s

    def end(self, given: Json, start: int, count_from: int) -> int | None:
        """The end that is given; it lies after the start."""
        if given.get("permanent"):
            return None
        until = self.tick(given["until"]) if "until" in given else count_from + int(given["for"][1:-1])
        need(until > start)
        return until

    def terms(self, kind: str, given: Json, names: Any, start: int, count_from: int) -> tuple[Ends, int | None]:
        if kind != "restrict":
            return {}, self.end(given, start, count_from)
        ends: Ends = {}
        for entry in names:
            name, own = (entry, given) if isinstance(entry, str) else (entry["function"], entry)
            need(name in self.catalogue)
            until = self.end(own, start, count_from)
            ends[name] = until if name not in ends or beyond(until, ends[name]) else ends[name]
        return ends, self.last(ends)

    @staticmethod
    def last(ends: Ends) -> int | None:
        return None if None in ends.values() else max(end for end in ends.values() if end is not None)

    def protects(self, by: Json) -> bool:
        return self.w["exempt"] is not None and by["kind"] not in self.w["exempt"]

    @staticmethod
    def new(kind: str, at: int, start: int, until: int | None, functions: Ends, who: set[str]) -> Json:
        return {
            "kind": kind,
            "from": start,
            "until": until,
            "functions": functions,
            "status": "scheduled",
            "overturned": False,
            "imposers": who,
            "touched": set(who),
            "window": at,
            "notice": None,
            "appeals": 1,
        }

    def impose(self, c: Json, by: Json, now: int, second: Json | None = None, *, rehearsed: bool = False) -> None:
        """`second` approves what `by` proposed; what is rehearsed asks for no rights and no second person."""
        self.impose_all([c], by, now, second, rehearsed=rehearsed)

    def impose_all(
        self, together: list[Json], by: Json, now: int, second: Json | None = None, *, rehearsed: bool = False
    ) -> None:
        """One decision: what it replaces ends first, and a permanent ban in it stands in the way of nothing else in it."""
        who = second or by
        for c in together:
            self.need_rights(c, who, second, rehearsed=rehearsed)
        for name in {name for c in together for name in self.replaced(c)}:
            old = self.live(name)
            need(rehearsed or self.can(who, "touch permanent ban" if self.permanent(old) else "lift"))
            old["status"] = "superseded"
        need(not self.terminal() or all(c["command"] == "ban" for c in together))
        need(rehearsed or not self.protects(who))
        for c in together:
            self.create(c, by, who, now, late=second is not None)

    @staticmethod
    def replaced(c: Json) -> list[str]:
        given = c.get("supersedes", [])
        return [given] if isinstance(given, str) else given

    def need_rights(self, c: Json, who: Json, second: Json | None, *, rehearsed: bool) -> None:
        bans = [c["command"] == "ban" and "permanent" in c]
        parts = [next(iter({"restrict", "ban", "warn"} & set(part))) for part in c.get("on_default", ())]
        bans += [part.get("ban", {}).get("permanent", False) for part in c.get("on_default", ())]
        need(rehearsed or all(self.can(who, right) for right in (c["command"], *parts)))
        need(rehearsed or not any(bans) or (second is not None and self.can(who, "permanent ban")))

    def create(self, c: Json, by: Json, who: Json, now: int, *, late: bool) -> None:
        """`late`: it was proposed, and may have been meant to start before."""
        kind = c["command"]
        need(c["sanction"] not in self.w["s"])
        need(self.w["reserved"].get(c["sanction"]) in (None, c.get("proposal")))
        need(all(prior in self.w["s"] for prior in c["basis"].get("priors", ())))
        start = self.tick(c["from"]) if "from" in c else now
        need(start >= now or late)
        start = max(start, now)
        people = {by["id"], who["id"]}
        if kind == "order_rectification":
            end = {"until": c["deadline"]} if "deadline" in c else {"for": c["within"]}
            deadline = self.end(end, now, now)
            s = self.new(kind, now, now, deadline, {}, people)
            s["order"] = {"status": "ordered", "deadline": deadline, "on_default": c["on_default"], "submitted": None}
            s["order"]["clock"] = c.get("clock", "acceptance_by_deadline")
            self.check_announced(s["order"]["on_default"], deadline)
        else:
            functions, until = self.terms(kind, c, c.get("functions"), start, start)
            s = self.new(kind, now, start, until, functions, people)
        self.w["s"][c["sanction"]] = s
        if start == now:
            self.start(s)

    def check_announced(self, consequences: list[Json], deadline: Any) -> None:
        for part in consequences:
            kind = next(iter({"restrict", "ban", "warn"} & set(part)))
            self.terms(kind, part if kind == "restrict" else part[kind], part.get("restrict"), deadline, deadline)

    def do_warn(self, c: Json, by: Json, now: int) -> None:
        self.impose(c, by, now)

    do_order_rectification = do_restrict = do_ban = do_warn

    def changed(self, s: Json, c: Json, now: int) -> tuple[Ends, int | None]:
        need(s["kind"] != "order_rectification")
        need("functions" not in c or s["kind"] == "restrict")
        start, old = max(now, s["from"]), s["functions"]
        has_end = any(word in c for word in ("for", "until", "permanent"))
        end = self.end(c, start, now) if has_end else s["until"]
        if s["kind"] != "restrict":
            return {}, end
        if "functions" not in c:
            return dict.fromkeys(old, end), end
        ends: Ends = {}
        for entry in c["functions"]:
            name = entry if isinstance(entry, str) else entry["function"]
            need(name in self.catalogue)
            until = old.get(name, end) if isinstance(entry, str) else self.end(entry, start, now)
            ends[name] = until if name not in ends or beyond(until, ends[name]) else ends[name]
        until = self.last(ends)
        need(until is None or until > now)
        return ends, until

    @staticmethod
    def harsher(s: Json, ends: Ends, until: int | None) -> bool:
        if s["kind"] != "restrict":
            return beyond(until, s["until"])
        return any(f not in s["functions"] or beyond(end, s["functions"][f]) for f, end in ends.items())

    def change(self, c: Json, by: Json, now: int, second: Json | None = None, *, rehearsed: bool = False) -> None:
        who, s = second or by, self.live(c["sanction"])
        need(rehearsed or self.can(who, "touch permanent ban" if self.permanent(s) else "change_sanction"))
        ends, until = self.changed(s, c, now)
        if (ends, until) == (s["functions"], s["until"]):
            return
        if s["kind"] == "ban" and until is None:
            need(rehearsed or (second is not None and self.can(who, "permanent ban")))
        if self.harsher(s, ends, until):
            need(not self.terminal())
            need(rehearsed or not self.protects(who))
            s.update(window=now, notice=None, appeals=s["appeals"] + 1)
        was_terminal = self.terminal()
        s.update(functions=ends, until=until, touched=s["touched"] | {by["id"], who["id"]})
        self.close_proposals(was_terminal)

    def do_change_sanction(self, c: Json, by: Json, now: int) -> None:
        self.change(c, by, now)

    def do_lift(self, c: Json, by: Json, now: int) -> None:
        s = self.live(c["sanction"])
        need(self.can(by, "touch permanent ban" if self.permanent(s) else "lift"))
        s["status"] = "lifted"

    def do_overturn(self, c: Json, by: Json, now: int) -> None:
        s = self.get(c["sanction"])
        need(not s["overturned"] and self.can(by, "overturn"))
        void = [s, *(d for d in self.w["s"].values() if d.get("cause") is s and not d["overturned"])]
        need(self.can(by, "touch permanent ban") or not any(self.permanent(one) for one in void))
        for one in void:
            one.update(overturned=True, status="overturned")
        for a in self.w["a"].values():
            if a["status"] == "open" and self.get(a["sanction"])["overturned"]:
                a["status"] = "moot"
