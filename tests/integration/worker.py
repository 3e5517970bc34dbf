"""A process of its own that writes to a store; `test_processes` starts several at once.

    python worker.py write URL NAME COUNT     waits for a line, then sends COUNT commands, saying each that was accepted
    python worker.py zygote                   for each line `URL NAME` forks a writer that goes on until it is killed

What is printed has been acknowledged by the library: it must be in the store whatever happens to the process.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from account_sanctions.application import Sanctions

ACCOUNTS = 3
CHUNK = 4


def command(name: str, number: int) -> dict[str, Any]:
    """A command with free text, of a sanction with an end; the account is shared with the other writers."""
    return {
        "command": "restrict",
        "account": f"gh_{number % ACCOUNTS}",
        "by": {"kind": "moderator", "id": name},
        "command_id": f"{name}-{number}",
        "sanction": f"s-{name}-{number}",
        "basis": {"clause": "4.2", "facts": f"seen by {name}"},
        "functions": ["mass_send", "publish"],
        "for": f"P{number % 9 + 1}D",
    }


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def write(url: str, name: str, count: int) -> None:
    """One command after another."""
    say("ready")
    sys.stdin.readline()
    with Sanctions.open(url) as sanctions:
        for number in range(count):
            say(f"{sanctions.execute(command(name, number)).status} {name}-{number}")


def write_until_killed(url: str, name: str) -> None:
    """Alternately single commands and chunks."""
    with Sanctions.open(url) as sanctions:
        for start in range(0, 10**9, CHUNK + 1):
            say(f"{sanctions.execute(command(name, start)).status} {name}-{start}")
            batch = [command(name, number) for number in range(start + 1, start + 1 + CHUNK)]
            for outcome in sanctions.execute_stream(batch, chunk=CHUNK):
                say(f"{outcome.status} {outcome.command_id}")


def zygote() -> None:
    """Forking saves the second that an interpreter and its imports take."""
    say("ready")
    for line in sys.stdin:
        url, name = line.split()
        child = os.fork()
        if not child:
            write_until_killed(url, name)
        say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    if sys.argv[1] == "zygote":
        zygote()
    else:
        write(sys.argv[2], sys.argv[3], int(sys.argv[4]))
