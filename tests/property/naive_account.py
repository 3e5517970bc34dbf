"""What the recorded events say of an account, naively: for the naive model of policies. Imports nothing of the library.

Time is cut at every instant at which something happens, and each piece looked at.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

Json = dict[str, Any]

__all__ = ["NaiveAccount", "later"]

KIND: Final = {
    "WarningIssued": "warning",
    "RectificationOrdered": "rectification",
    "FunctionsRestricted": "restriction",
    "AccountBanned": "ban",
}
ENDINGS: Final = ("SanctionExpired", "SanctionLifted", "SanctionSuperseded", "RectificationDefaulted")
RESOLVED: Final = ("ProposalApproved", "ProposalDismissed", "ProposalLapsed", "ProposalClosed")


def later(start: datetime, period: str) -> datetime:
    """The instant that long after; months by the calendar."""
    found = re.fullmatch(r"P(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?)?", period)
    assert found, period
    months, days, hours = (int(part or 0) for part in found.groups())
    for _ in range(months):
        year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
        assert months == 1 or start.day <= 28
        start = start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))
    return start + timedelta(days=days, hours=hours)


class NaiveAccount:
    """What the events say of an account at an instant."""

    def __init__(self, events: list[Json], now: datetime) -> None:
        self.now = now
        self.violations: list[Json] = []
        self.sanctions: dict[str, Json] = {}
        self.proposals: dict[str, Json] = {}
        self.protected_from: list[str] | None = None
        for number, event in enumerate(events, 1):
            self.take(event, number)
        for violation in self.violations:
            resting = [s for s in self.sanctions.values() if violation["id"] in s["rests on"]]
            violation["void"] = bool(resting) and all(s["overturned"] for s in resting)

    def take(self, event: Json, number: int) -> None:
        kind = event["type"]
        if kind == "ViolationRecorded":
            treated = event["grounds"].get("severity") if "grounds" in event else event.get("severity")
            self.violations.append({**event, "id": event["violation"], "number": number, "treated": treated})
        elif kind in KIND:
            self.sanctions[event["sanction"]] = {
                "id": event["sanction"],
                "kind": KIND[kind],
                "from": event["from"],
                "permanent": "until" not in event,
                "end": None,
                "overturned": False,
                "rests on": event["basis"].get("violations", []),
                "clause": event["basis"]["clause"],
                "category": event["basis"].get("category"),
                "severity": event["basis"].get("severity"),
                "step": event.get("step"),
                "number": number,
            }
        elif kind in ENDINGS:
            self.sanctions[event["sanction"]]["end"] = event["at"]
        elif kind == "SanctionOverturned":
            self.sanctions[event["sanction"]]["overturned"] = True
        elif kind == "SanctionProposed":
            basis = event["act"].get("basis", {})
            fields = {name: basis.get(name) for name in ("clause", "category", "severity")}
            self.proposals[event["proposal"]] = {"step": event.get("step"), **fields}
        elif kind in RESOLVED:
            del self.proposals[event["proposal"]]
        elif kind == "AccountExempted":
            self.protected_from = event.get("unless", [])
        elif kind == "ExemptionEnded":
            self.protected_from = None

    def in_force(self, sanction: Json, instant: datetime) -> bool:
        """Whether it was in force then; what was overturned never was."""
        if sanction["overturned"] or instant < sanction["from"]:
            return False
        return sanction["end"] is None or instant < sanction["end"]

    def lived(self, violation: Json) -> Fraction:
        """For how many microseconds the violation's clock has run."""
        cuts = {violation["at"], self.now}
        for sanction in self.sanctions.values():
            cuts |= {cut for cut in (sanction["from"], sanction["end"]) if cut is not None}
        inside = sorted(cut for cut in cuts if violation["at"] <= cut <= self.now)
        total = Fraction(0)
        for start, end in pairwise(inside):
            if not any(
                s["kind"] in violation.get("frozen_while", ()) and self.in_force(s, start)
                for s in self.sanctions.values()
            ):
                total += (end - start) // timedelta(microseconds=1)
        return total

    def left_of(self, violation: Json) -> Fraction:
        """Which part of the violation's time is left; always the whole where it has no end."""
        if "counts_until" not in violation:
            return Fraction(1)
        whole = Fraction((violation["counts_until"] - violation["at"]) // timedelta(microseconds=1))
        return max(Fraction(0), 1 - self.lived(violation) / whole)

    def weight_of(self, violation: Json) -> Fraction:
        """What it weighs now."""
        part, weight = self.left_of(violation), Fraction(violation.get("weight", "1"))
        if part == 0:
            return Fraction(0)
        return weight * part if violation.get("decay") == "linear" else weight

    def within(self, since: datetime, period: str | None) -> bool:
        return period is None or self.now < later(since, period)

    def counting(self) -> list[Json]:
        """Violations that count for something."""
        return [v for v in self.violations if not v["void"] and "discounted" not in v]
