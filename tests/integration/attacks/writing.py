"""A process that writes to a store with keys, or seals it, until it is told to stop.

python writing.py write URL KEYS NAME     one command after another, now and then an erasure
python writing.py seal URL KEYS           gives places in the log and seals, all the time
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError
from account_sanctions.infrastructure.evidence.keys import read_keys

MODERATOR = {"kind": "moderator", "id": "m-1"}
REVIEWER = {"kind": "reviewer", "id": "r-1"}


def _commands(name: str, number: int) -> list[dict[str, Any]]:
    # Some accounts are the writer's own, and some are everybody's.
    account = f"gh_{number % 3}" if number % 4 else f"gh_{name}_{number % 7}"
    basis = {"clause": "4.2", "facts": f"seen by {name}"}
    given: dict[str, Any] = {"account": account, "by": MODERATOR, "sanction": f"s-{name}-{number}", "basis": basis}
    commands: list[dict[str, Any]] = [
        {"command": "restrict", "functions": ["publish"], "for": "PT1S", **given},
        {"command": "note", "account": account, "by": MODERATOR, "text": "a remark"},
    ]
    if number % 9 == 0:
        commands.append({"command": "erase_personal_data", "account": account, "by": REVIEWER, "reason": "asked for"})
    return commands


def write(sanctions: Sanctions, stop: Event, name: str) -> None:
    """One command after another."""
    for number in count():
        if stop.is_set():
            return
        for one in _commands(name, number):
            try:
                sanctions.execute(one)
            except StoreError as error:
                if not error.retriable:
                    raise


def seal(sanctions: Sanctions, stop: Event) -> None:
    """Again and again."""
    while not stop.is_set():
        try:
            sanctions.seal()
        except StoreError as error:
            if not error.retriable:
                raise


def main(what: str, url: str, keys: str, *name: str) -> None:
    stop = Event()

    def listen() -> None:
        sys.stdin.readline()
        stop.set()

    Thread(target=listen, daemon=True).start()
    with Sanctions.open(url, keys=read_keys(Path(keys))) as sanctions:
        sanctions.store.first_snapshot = 10
        os.write(1, b"ready\n")
        if what == "write":
            write(sanctions, stop, *name)
        else:
            seal(sanctions, stop)
    os.write(1, b"done\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
