"""Processes that work on one account at once, and say what they asked, what was answered, and when.

    python linear_worker.py URL PROCESSES ACCOUNTS COUNT FAULT

Each of the accounts is worked on by all processes together, COUNT operations by each. FAULT is `none`, or a fault that is planted
between the processes and the library: `lost` (what was accepted is rolled back), `stale` (an old answer is given again), `twice`
(an idempotency key does not reach the store).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from datetime import datetime
from multiprocessing.synchronize import Barrier
from random import Random
from time import monotonic_ns
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Refused
from sqlalchemy import create_engine

AT = "2026-01-01T00:00:00Z"
AT_INSTANT = datetime.fromisoformat(AT)
STAFF = ({"kind": "moderator", "id": "m1"}, {"kind": "reviewer", "id": "r1"})
BASIS = {"clause": "4.3"}


def wanted(random: Random, account: str, version: int) -> dict[str, Any]:
    """Something to ask: few names, so that the processes meet."""
    act = _act(random)
    if act["command"] == "read":
        return {**act, "account": account}
    command = {**act, "account": account, "by": random.choice(STAFF), "at": AT}
    if random.random() < 0.5:
        # The same key for the same thing mostly; now and then for another one.
        key = act["command"] if random.random() < 0.1 else json.dumps([act, command["by"]["id"]])
        command["command_id"] = key[:180]
    elif random.random() < 0.3:
        command["expected_version"] = version
    return command


def _act(random: Random) -> dict[str, Any]:
    name = f"s{random.randint(1, 3)}"
    match random.choice(("read", "read", "restrict", "restrict", "ban", "lift", "overturn", "note")):
        case "restrict":
            return {"command": "restrict", "sanction": name, "basis": BASIS, "functions": ["publish"], "for": "P7D"}
        case "ban":
            return {"command": "ban", "sanction": name, "basis": BASIS, "for": "P7D"}
        case "lift":
            return {"command": "lift", "sanction": name, "reason": "-"}
        case "overturn":
            return {"command": "overturn", "sanction": name, "reason": "-"}
        case "note":
            return {"command": "note", "text": "-"}
        case _:
            return {"command": "read"}


class Worker:
    """One process at its work."""

    def __init__(self, url: str, fault: str, random: Random) -> None:
        self._engine = create_engine(url)
        self._sanctions = Sanctions.open(self._engine)
        self._fault = fault
        self._random = random
        self._known: dict[str, Any] = {}

    def answer(self, asked: dict[str, Any]) -> Any:
        if asked["command"] == "read":
            return self._read(asked["account"])
        if self._fault == "twice":
            asked = {key: part for key, part in asked.items() if key != "command_id"}
        try:
            return self._execute(asked)
        except Refused as refusal:
            return ["refused", refusal.code]

    def _execute(self, asked: dict[str, Any]) -> Any:
        if self._fault == "lost" and self._random.random() < 0.3:
            with self._engine.connect() as connection, self._sanctions.joining(connection) as joined:
                outcome = joined.execute(asked)
                connection.rollback()
        else:
            outcome = self._sanctions.execute(asked)
        return [outcome.status, outcome.version, [event.type for event in outcome.events or ()]]

    def _read(self, account: str) -> Any:
        if self._fault == "stale" and account in self._known:
            return self._known[account]
        state = self._sanctions.state(account, valid_at=AT_INSTANT)
        found = [state.version, state.standing, sorted([one.id, one.status] for one in state.sanctions)]
        self._known[account] = found
        return found


def work(url: str, number: int, accounts: int, count: int, fault: str, ready: Barrier) -> None:
    random = Random(number)  # noqa: S311 - not a secret
    worker = Worker(url, fault, random)
    for account in range(accounts):
        version = 0
        ready.wait()
        for _ in range(count):
            asked = wanted(random, f"gh_{account}", version)
            began = monotonic_ns()
            answered = worker.answer(asked)
            ended = monotonic_ns()
            if asked["command"] == "read":
                version = answered[0]
            line = json.dumps({"began": began, "ended": ended, "asked": asked, "answered": answered})
            os.write(1, f"{line}\n".encode())


def main(url: str, figures: list[str], fault: str) -> int:
    processes, accounts, count = map(int, figures)
    context = multiprocessing.get_context("spawn")
    Sanctions.open(url).close()
    ready = context.Barrier(processes)
    workers = [context.Process(target=work, args=(url, one, accounts, count, fault, ready)) for one in range(processes)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return max(one.exitcode or 0 for one in workers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:5], sys.argv[5]))
