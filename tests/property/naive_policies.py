"""What a policy makes of a violation, once more and naively: from the words of the rules, with plain loops and fractions.

Everything is plain data: the policy as its file has it, the recorded events as dictionaries with their type under `type`.
Nothing of the library is imported.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from .naive_account import NaiveAccount, later

Json = dict[str, Any]

__all__ = ["No", "judge", "weigh_record"]


class No(Exception):
    """The report is refused."""


class Judge:
    """One policy and one account."""

    def __init__(self, policy: Json, account: NaiveAccount) -> None:
        self.p, self.a, self.now = policy, account, account.now

    def clause(self, name: str) -> Json:
        clause: Json | None = self.p.get("clauses", {}).get(name)
        if clause is None:
            raise No("unknown_clause")
        begin, end = (
            datetime.fromisoformat(clause.get(f"effective_{word}", "9999-01-01T00:00Z")) for word in ("from", "until")
        )
        if ("effective_from" in clause and self.now < begin) or self.now >= end:
            raise No("unknown_clause")
        return clause

    def cited(self, named: Json) -> Json:
        """A clause as it is named: its category and severity."""
        clause = self.clause(named["clause"])
        severity = named.get("severity")
        if severity is not None and self.p.get("severities") and severity not in self.p["severities"]:
            raise No("unknown_severity")
        category = named.get("category", clause.get("category"))
        return {"name": named["clause"], "clause": clause, "category": category, "severity": severity}

    def gravest(self, violation: Json) -> Json:
        best: Json | None = None
        for named in (violation, *violation.get("reasons", ())):
            one = self.cited(named)
            rank = (
                self.p["severities"].index(one["severity"]) if one["severity"] in self.p.get("severities", ()) else -1
            )
            one["gravity"] = (one["clause"].get("severe", False), rank, self.base(one["clause"], one["severity"]))
            if best is None or one["gravity"] > best["gravity"]:
                best = one
        assert best is not None
        ladder = self.p.get("ladders", {}).get(best["clause"].get("ladder"), {})
        if best["severity"] is None and any("severity" in step for step in ladder.get("steps", ())):
            raise No("unknown_severity")
        return best

    @staticmethod
    def base(clause: Json, severity: str | None) -> Fraction:
        return Fraction(clause.get("weights", {}).get(severity, clause.get("weight", 1)))

    def same(self, scope: str, violation: Json, cited: Json) -> bool:
        """Whether an earlier violation belongs together with what is cited."""
        if scope == "account":
            return True
        if scope == "clause":
            return bool(violation["clause"] == cited["name"])
        if scope == "category":
            return violation.get("category") is not None and violation["category"] == cited["category"]
        other = self.p["clauses"].get(violation["clause"], {}).get("ladder")
        return other is not None and other == cited["clause"].get("ladder")

    def escalate(self, cited: Json) -> tuple[str | None, list[str]]:
        severity, been, because = cited["severity"], [cited["severity"]], []
        again = True
        while again:
            again = False
            for rule in self.p.get("escalations", ()):
                if rule["severity"] != severity or rule["becomes"] in been:
                    continue
                earlier = [
                    v["id"]
                    for v in self.a.counting()
                    if (v.get("severity") == severity or v["treated"] == severity)
                    and self.same(rule.get("scope", "account"), v, cited)
                    and self.a.within(v["at"], rule.get("within"))
                ]
                if len(earlier) + 1 >= rule.get("nth", 2):
                    severity = rule["becomes"]
                    been.append(severity)
                    because += earlier
                    again = True
                    break
        return severity, because

    def weigh(self, violation: Json, cited: Json, severity: str | None) -> Json:
        clause = cited["clause"]
        counting = clause.get("counting", self.p.get("counting", {}))
        lifetime = counting.get("expires_after", counting.get("fades_over"))
        found: Json = {
            "counts_until": None if lifetime is None else later(self.now, lifetime),
            "decay": "linear" if "fades_over" in counting else "step",
            "frozen_while": [] if lifetime is None else counting.get("frozen_while", []),
            "discounted": self.discount(violation, counting),
            "good": False,
        }
        weight = Fraction(0)
        if found["discounted"] is None:
            weight = self.base(clause, severity)
            if "first_weight" in clause and not any(v["clause"] == cited["name"] for v in self.a.counting()):
                weight = Fraction(clause["first_weight"])
            rule = self.p.get("good_standing")
            if rule is not None and sum(self.a.weight_of(v) for v in self.a.counting()) < Fraction(rule["below"]):
                found["good"] = True
                offence = sum(v.get("good_standing", False) for v in self.a.counting())
                if not clause.get("severe") and offence < len(rule["curve"]):
                    weight = min(weight, Fraction(rule["curve"][offence]))
        return {**found, "weight": weight}

    def discount(self, violation: Json, counting: Json) -> str | None:
        made = violation.get("content_at")
        limit, batch = counting.get("max_content_age"), violation.get("batch")
        if made is not None and limit is not None and later(datetime.fromisoformat(made), limit) < self.now:
            return "content_age"
        counted = [v for v in self.a.counting() if batch is not None and v.get("batch") == batch]
        return "batch" if counted and counting.get("batch_once") else None

    def warning(self, rule: Json, scope: str, cited: Json) -> Json | None:
        """The earliest warning (or order) that was ever in force, is recent enough and belongs to the scope."""
        found = [
            sanction
            for sanction in self.a.sanctions.values()
            if sanction["kind"] in ("warning", "rectification")
            and sanction["from"] <= self.now
            and self.a.in_force(sanction, sanction["from"])
            and self.a.within(sanction["from"], rule.get("within"))
            and self.same(scope, self.judged(sanction), cited)
        ]
        return min(found, key=lambda s: (s["from"], s["number"]), default=None)

    def judged(self, sanction: Json) -> Json:
        """A sanction with the category of its clause where its basis names none."""
        clause = self.p["clauses"].get(sanction["clause"], {})
        return {**sanction, "category": sanction["category"] or clause.get("category")}

    def count(self, ladder: Json, cited: Json, severity: str | None, warning: Json | None, *, none: bool) -> Json:
        """Which violations count for the ladder, how much, and why the others do not."""
        counted: dict[str, Fraction] = {}
        left: dict[str, str] = {}
        for v in self.a.violations:
            running = any(v["id"] in s["rests on"] and self.a.in_force(s, self.now) for s in self.a.sanctions.values())
            recent = self.a.within(v["at"], ladder.get("within")) or (ladder.get("running_counts") and running)
            before = warning is not None and (v["number"] < warning["number"] or v["at"] < warning["from"])
            if v["void"]:
                left[v["id"]] = "overturned"
            elif "discounted" in v:
                left[v["id"]] = v["discounted"]
            elif not self.same(ladder.get("scope", "ladder"), v, cited):
                left[v["id"]] = "other_scope"
            elif ladder.get("same_severity") and v["treated"] != severity:
                left[v["id"]] = "other_severity"
            elif none or before:
                left[v["id"]] = "before_warning"
            elif not recent:
                left[v["id"]] = "too_long_ago"
            elif self.a.left_of(v) == 0:
                left[v["id"]] = "decayed"
            else:
                counted[v["id"]] = self.a.weight_of(v) if ladder.get("count") == "weight" else Fraction(1)
        return {"counted": counted, "left": left, "before": sum(counted.values(), Fraction(0))}

    def climb(self, ladder: Json, name: str, cited: Json, found: Json) -> Json:
        """Which step fires."""
        severity, account_class = found["severity"], found["account_class"]
        steps: list[tuple[Fraction, str, Json]] = []
        for step in ladder.get("steps", ()):
            if step.get("severity", severity) == severity and step.get("account_class", account_class) == account_class:
                level = Fraction(step.get("at", len(steps) + 1))
                steps.append((level, f"{name}/{step.get('name', level)}", step))
        reached = [one for one in steps if one[0] <= found["level"]]
        if not reached:
            return {"withheld": "below_first_step"}
        if ladder.get("fires", "each") == "each":
            top = max(level for level, _, _ in reached)
            return self.hardest([one for one in reached if one[0] == top])
        crossed = [one for one in reached if found["before"] < one[0]]
        if not crossed:
            return {"withheld": "no_crossing"}
        if ladder["fires"] == "once":
            fired = [s for s in self.a.sanctions.values() if not s["overturned"]]
            spent = {
                s["step"]
                for s in (*fired, *self.a.proposals.values())
                if self.same(ladder.get("scope", "ladder"), self.judged(s), cited)
                and (s["severity"] == severity or not ladder.get("same_severity"))
            }
            crossed = [one for one in crossed if one[1] not in spent]
            if not crossed:
                return {"withheld": "fired_before"}
        return self.hardest(crossed)

    @staticmethod
    def hardest(steps: list[tuple[Fraction, str, Json]]) -> Json:
        _, name, step = max(steps, key=lambda one: (hardness(one[2]), one[0]))
        return {"step": name, **step}

    def result(self, violation: Json, reporter: str) -> Json:
        cited = self.gravest(violation)
        classes = self.p.get("account_classes", [])
        account_class = violation.get("account_class", classes[0] if classes else None)
        if account_class is not None and account_class not in classes:
            raise No("unknown_account_class")
        severity, because = self.escalate(cited)
        weight = self.weigh(violation, cited, severity)
        appeal = self.p.get("appeal", {"window": "P6M"})
        found: Json = {
            "clause": cited["name"],
            "category": cited["category"],
            "reported": cited["severity"],
            "severity": severity,
            "account_class": account_class,
            **weight,
            "appeal": appeal,
            "step": None,
            "withheld": None,
            "before": Fraction(0),
            "level": Fraction(0),
            "counted": {},
            "left": {},
            "priors": [],
            "impose": [],
            "propose": [],
        }
        name = cited["clause"].get("ladder")
        ladder = self.p.get("ladders", {}).get(name)
        if weight["discounted"] is not None:
            level = self.count(ladder, cited, severity, None, none=False)["before"] if ladder else Fraction(0)
            return {**found, "before": level, "level": level, "withheld": weight["discounted"]}
        if ladder is None:
            return {**found, "withheld": "no_ladder"}
        step = self.step(ladder, name, cited, found)
        found["counted"] |= {one: Fraction(0) for one in because if one not in found["counted"]}
        found["left"] = {one: why for one, why in found["left"].items() if one not in found["counted"]}
        resting = [
            s for s in self.a.sanctions.values() if not s["overturned"] and set(s["rests on"]) & set(found["counted"])
        ]
        found["priors"] += [
            s["id"] for s in sorted(resting, key=lambda s: s["number"]) if s["id"] not in found["priors"]
        ]
        return self.settle(found, step, reporter)

    def step(self, ladder: Json, name: str, cited: Json, found: Json) -> Json:
        severity, scope = found["severity"], ladder.get("scope", "ladder")
        if "first" in ladder and not any(self.same(scope, v, cited) for v in self.a.counting()):
            first = ladder["first"]
            found |= {
                **self.count(ladder, cited, severity, None, none=False),
                "weight": Fraction(first.get("weight", 0)),
            }
            found["level"] = found["weight"] if ladder.get("count") == "weight" else Fraction(1)
            return {"step": f"{name}/first", "impose": first.get("impose", [])}
        warning = None
        if "prior_warning" in ladder:
            warning = self.warning(ladder["prior_warning"], scope, cited)
            if warning is None:
                found |= self.count(ladder, cited, severity, None, none=True)
                return {"step": f"{name}/warning", "impose": ladder["prior_warning"].get("impose", [])}
            found["priors"].append(warning["id"])
        found |= self.count(ladder, cited, severity, warning, none=False)
        found["level"] = found["before"] + (found["weight"] if ladder.get("count") == "weight" else 1)
        if ladder.get("count") == "weight" and found["weight"] == 0:
            return {"withheld": "no_weight"}
        return self.climb(ladder, name, cited, found)

    def settle(self, found: Json, step: Json, reporter: str) -> Json:
        """Whether the step's sanctions are imposed, proposed or withheld."""
        found |= {"step": step.get("step"), "withheld": step.get("withheld")}
        if not step.get("appealable", True):
            found["appeal"] = None
        elif "appeal" in step:
            found["appeal"] = step["appeal"]
        penalties = step.get("impose", [])
        banned = any(
            s["kind"] == "ban" and s["permanent"] and self.a.in_force(s, self.now) for s in self.a.sanctions.values()
        )
        if found["withheld"] is None:
            if self.a.protected_from is not None and reporter not in self.a.protected_from:
                found["withheld"] = "exempt"
            elif banned:
                found["withheld"] = "terminal"
            elif not penalties:
                found["withheld"] = "nothing_to_impose"
            else:
                two = "permanent_ban" in self.p.get("second_person", ["permanent_ban"])
                for penalty in penalties:
                    waits = step.get("propose") or (two and bans_for_good(penalty))
                    found["propose" if waits else "impose"].append(penalty)
        return found


def bans_for_good(penalty: Json) -> bool:
    announced = penalty.get("order", {}).get("on_default", [])
    return any(part.get("ban", {}).get("permanent", False) for part in (penalty, *announced))


def hardness(step: Json) -> list[tuple[int, Fraction]]:
    """How hard a step is: its hardest penalty first."""
    return sorted((_hardness(penalty) for penalty in step.get("impose", ())), reverse=True)


def _hardness(penalty: Json) -> tuple[int, Fraction]:
    for rank, kind in enumerate(("warn", "order", "restrict", "ban")):
        if kind in penalty:
            terms = penalty[kind]
            if kind != "restrict":
                return rank, _length(terms)
            ends = [_length(penalty if isinstance(entry, str) else entry) for entry in terms]
            return rank, max(ends)
    raise AssertionError(penalty)


def _length(terms: Json) -> Fraction:
    period = terms.get("for", terms.get("within"))
    if period is None:
        return Fraction(10**18)
    start = datetime(2026, 6, 1)  # noqa: DTZ001 - only a length is asked
    return Fraction((later(start, period) - start) // timedelta(seconds=1))


def judge(policy: Json, events: list[Json], violation: Json, now: datetime, reporter: str) -> Json:
    """What the policy makes of a report. Raises No."""
    made = violation.get("content_at")
    judging = Judge(policy, NaiveAccount(events, now))
    if made is not None and datetime.fromisoformat(made) > now:
        raise No("invalid_period")
    return judging.result(violation, reporter)


def weigh_record(policy: Json, events: list[Json], violation: Json, now: datetime) -> Json:
    """What a violation weighs that is only recorded. Raises No."""
    judging = Judge(policy, NaiveAccount(events, now))
    cited = judging.cited(violation)
    return judging.weigh(violation, cited, cited["severity"])
