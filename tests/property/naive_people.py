"""The naive model, second half: decisions of several sanctions, reviews, proposals, appeals, exemptions, reports.

It imports nothing of the library either.
"""

# ruff: noqa: ARG002 - every command has the same signature, whether or not it needs the time
from __future__ import annotations

from copy import deepcopy
from itertools import count

from .naive import Json, Sanctioned, need

__all__ = ["Naive"]


class Naive(Sanctioned):
    """One account with everything that people do around its sanctions."""

    def do_impose(self, c: Json, by: Json, now: int) -> None:
        running = [name for name, s in self.w["s"].items() if s["status"] == "in force"]
        first = {**c["sanctions"][0]}
        if c.get("supersede_all"):
            first["supersedes"] = [*running, *self.replaced(first)]
        self.impose_all([first, *c["sanctions"][1:]], by, now)

    def do_lift_all(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "lift"))
        for name in [name for name, s in self.w["s"].items() if s["status"] == "in force"]:
            self.do_lift({"sanction": name}, by, now)

    def order_of(self, c: Json) -> tuple[Json, Json, list[Json]]:
        """The order, its rectification, and (after a default that can be mended) the consequences that run."""
        s = self.get(c["sanction"])
        need("order" in s and not s["overturned"])
        if s["status"] == "in force":
            return s, s["order"], []
        running = [d for d in self.w["s"].values() if d.get("cause") is s and d["status"] == "in force"]
        need(s["status"] == "defaulted" and running and s["order"]["status"] != "accepted")
        need(s["order"]["clock"] == "acceptance_by_deadline")
        return s, s["order"], running

    def do_submit_rectification(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "submit_rectification"))
        _, order, _ = self.order_of(c)
        if order["status"] != "submitted":
            order.update(status="submitted", submitted=now)

    def do_accept_rectification(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "accept_rectification"))
        s, order, running = self.order_of(c)
        need(self.can(by, "touch permanent ban") or not any(self.permanent(d) for d in running))
        order["status"] = "accepted"
        s["status"] = "defaulted" if s["status"] == "defaulted" else "satisfied"
        for d in running:
            d["status"] = "lifted"

    def do_reject_rectification(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "reject_rectification"))
        s, order, _ = self.order_of(c)
        need(order["status"] == "submitted" or (s["status"] == "defaulted" and order["submitted"] is not None))
        if s["status"] == "in force" and self.stopped(order):
            deadline = now + order["deadline"] - order["submitted"]
            order["deadline"] = s["until"] = deadline
        order.update(status="rejected", submitted=None)

    def do_extend_rectification(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "extend_rectification"))
        s, deadline = self.live(c["sanction"]), self.tick(c["deadline"])
        need("order" in s)
        if deadline != s["order"]["deadline"]:
            need(deadline > max(now, s["order"]["deadline"]))
            self.check_announced(s["order"]["on_default"], deadline)
            s["order"]["deadline"] = s["until"] = deadline
            s["touched"].add(by["id"])

    def do_propose(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "propose") and c["proposal"] not in self.w["p"])
        inner, here = c["sanction"], self.w
        self.w = deepcopy(here)
        try:
            self.carry_out(inner, by, now, None, rehearsed=True)
        finally:
            self.w = here
        if inner["command"] != "change_sanction":
            self.w["reserved"][inner["sanction"]] = c["proposal"]
        self.w["p"][c["proposal"]] = {"status": "open", "lapses": now + self.ttl, "by": by, "act": inner}

    def carry_out(self, inner: Json, by: Json, now: int, second: Json | None, *, rehearsed: bool = False) -> None:
        work = self.change if inner["command"] == "change_sanction" else self.impose
        work(inner, by, now, second, rehearsed=rehearsed)

    def open(self, shelf: str, name: str) -> Json:
        found: Json | None = self.w[shelf].get(name)
        need(found is not None and found["status"] == "open")
        return found or {}

    def do_approve(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "approve"))
        p = self.open("p", c["proposal"])
        need(p["by"]["id"] != by["id"])
        p["status"] = "approved"
        self.carry_out({**p["act"], "proposal": c["proposal"]}, p["by"], now, by)

    def do_dismiss(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "dismiss"))
        self.open("p", c["proposal"])["status"] = "dismissed"

    def do_appeal(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "appeal") and c["appeal"] not in self.w["a"])
        s = self.get(c["sanction"])
        need(not s["overturned"] and s["appeals"] > 0)
        need(now < (s["window"] if s["notice"] is None else s["notice"]) + self.window)
        s["appeals"] -= 1
        self.w["a"][c["appeal"]] = {"status": "open", "sanction": c["sanction"]}

    def do_withdraw_appeal(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "withdraw_appeal"))
        self.open("a", c["appeal"])["status"] = "withdrawn"

    def do_decide_appeal(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "decide_appeal"))
        a = self.open("a", c["appeal"])
        s = self.get(a["sanction"])
        need(by["id"] not in s["touched"])
        a["status"] = c["outcome"]
        if c["outcome"] == "granted":
            self.do_overturn({"sanction": a["sanction"]}, by, now)
        if c["outcome"] == "granted_in_part":
            self.live(a["sanction"])
            ends, until = self.changed(s, c, now)
            need((ends, until) != (s["functions"], s["until"]) and not self.harsher(s, ends, until))
            s.update(functions=ends, until=until, touched=s["touched"] | {by["id"]})

    def do_serve_notice(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "serve_notice"))
        s = self.get(c["sanction"])
        s["notice"] = now if s["notice"] is None else s["notice"]

    def do_exempt(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "exempt"))
        self.w["exempt"] = set(c["unless"]) if "unless" in c else set()

    def do_end_exemption(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "end_exemption"))
        self.w["exempt"] = None

    def do_hold(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "hold") and c["hold"] not in self.w["holds"])
        self.w["holds"][c["hold"]] = by["id"]

    def do_release_hold(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "release_hold") and self.w["holds"].get(c["hold"], by["id"]) != by["id"])
        del self.w["holds"][c["hold"]]

    def do_erase_personal_data(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "erase_personal_data") and self.w["something"] and not self.w["holds"])

    def do_record_violation(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "record_violation") and c["violation"] not in self.w["v"])
        need("content_at" not in c or self.tick(c["content_at"]) <= now)
        self.w["v"].add(c["violation"])

    def do_report_violation(self, c: Json, by: Json, now: int) -> None:
        """Under a policy without ladders: nothing follows but what a person chooses."""
        self.do_record_violation(c, by, now)
        if "choose" not in c:
            return
        need(self.can(by, "change_sanction"))
        names = (f"{c['violation']}/s{number}" for number in count(1))
        waits = [one for one in c["choose"] if self.results_in_a_permanent_ban(one)]
        alone = [self.meant(one, next(names)) for one in c["choose"] if one not in waits]
        if self.protects(by) or self.terminal():
            return
        self.impose_all(alone, by, now)
        for number, one in enumerate(waits, 1):
            proposal = {"proposal": f"{c['violation']}/p{number}", "sanction": self.meant(one, next(names))}
            self.do_propose(proposal, by, now)

    @staticmethod
    def results_in_a_permanent_ban(penalty: Json) -> bool:
        parts = (penalty, *penalty.get("order", {}).get("on_default", ()))
        return any("permanent" in part.get("ban", {}) for part in parts)

    @staticmethod
    def meant(penalty: Json, name: str) -> Json:
        """The command that says the same."""
        common: Json = {"sanction": name, "basis": {}}
        if "order" in penalty:
            return {"command": "order_rectification", **common, **penalty["order"]}
        if "restrict" in penalty:
            ends = {word: part for word, part in penalty.items() if word != "restrict"}
            return {"command": "restrict", **common, "functions": penalty["restrict"], **ends}
        ((kind, terms),) = penalty.items()
        return {"command": kind, **common, **terms}

    def do_note(self, c: Json, by: Json, now: int) -> None:
        need(self.can(by, "note"))
