"""A process that migrates; `test_migrations` starts it, and it forks others, which saves them their imports.

python migrator.py     for each line `together URL COUNT` COUNT processes migrate at once,
                       for each line `killed URL N` one is killed before its Nth statement
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any, NoReturn

import account_sanctions.infrastructure.migrations.versions.schema_0002 as _imported_once  # noqa: F401 - see above
from account_sanctions.application.migrating import migrate
from sqlalchemy import Engine, event


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def work(url: str) -> NoReturn:
    status = 4
    try:
        status = 0 if migrate(url).is_current else 3
    except Exception as error:  # noqa: BLE001 - the process ends here
        os.write(2, f"{error!r}\n".encode())
    os._exit(status)


def die_before(number: int) -> None:
    numbers = count(1)

    def die(*_: Any) -> None:
        if next(numbers) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", die)
    event.listen(Engine, "commit", die)


def ended(child: int) -> str:
    return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def together(url: str, number: int) -> None:
    reading, writing = os.pipe()
    children: list[int] = []
    for _ in range(number):
        child = os.fork()
        if not child:
            os.close(writing)
            os.read(reading, 1)  # until the other end is closed, for all at once
            work(url)
        children.append(child)
    os.close(reading)
    os.close(writing)
    say(" ".join(map(ended, children)))


def killed(url: str, number: int) -> None:
    child = os.fork()
    if not child:
        die_before(number)
        work(url)
    say(ended(child))


if __name__ == "__main__":
    say("ready")
    for line in sys.stdin:
        what, url, number = line.split()
        {"together": together, "killed": killed}[what](url, int(number))
