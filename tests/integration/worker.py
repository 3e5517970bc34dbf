"""A process of its own that writes to a store; tests start several at once and kill them.

    python worker.py write URL NAME COUNT     waits for a line, then sends COUNT commands, saying each that was accepted
    python worker.py together WORK URL COUNT NAME...   forks one process for each name, and lets them go at once;
                                              WORK is `write`; `mix`: to write COUNT events in every way there is; or `track`:
                                              to record COUNT positions, saying each that was won
    python worker.py sequence URL             gives places in the log until it is killed
    python worker.py zygote                   for each line it reads, forks a writer that goes on until it is killed:
                                              `until URL NAME` by somebody else, `at STEP URL NAME` by itself

Forking saves the second that an interpreter and its imports take. What is printed has been acknowledged by the library: it
must be in the store whatever happens to the process.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from itertools import islice
from random import Random
from types import FrameType
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from eventsourcing.persistence import IntegrityError, Tracking
from sqlalchemy import Engine, create_engine

ACCOUNTS = 3
MANY = 40
CHUNK = 4
_STEPS = frozenset({"execute", "executemany", "commit"})


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
    with Sanctions.open(url) as sanctions:
        for number in range(count):
            say(f"{sanctions.execute(command(name, number)).status} {name}-{number}")


def track(url: str, name: str, count: int) -> None:
    """Record positions that others want to record too."""
    recorder = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": url}).tracking_recorder()
    for position in range(1, count + 1):
        try:
            recorder.insert_tracking(Tracking("upstream", position))
        except IntegrityError:
            continue
        say(f"won {position} {name}")
    recorder.database.close()


def mix(url: str, name: str, count: int) -> None:
    """Single commands, chunks, and transactions of a host that take their numbers early and end late, some of them in nothing."""
    random = Random(name)  # noqa: S311 - not a secret
    engine = create_engine(url, pool_size=1, max_overflow=1)
    numbers = iter(range(count))
    with Sanctions.open(engine) as sanctions:
        while batch := [_note(name, number, random) for number in islice(numbers, random.randint(1, 3))]:
            way = random.randrange(3)
            if way == 0:
                for one in batch:
                    insisting(lambda one=one: sanctions.execute(one))
            elif way == 1:
                insisting(lambda batch=batch: sanctions.execute_many(batch))
            else:
                insisting(lambda batch=batch: _joined(sanctions, engine, batch, random))
    engine.dispose()


def _joined(sanctions: Sanctions, engine: Engine, batch: list[dict[str, Any]], random: Random) -> None:
    for rolled_back in (random.random() < 0.3, False):
        with engine.connect() as connection:
            with sanctions.joining(connection) as joined:
                for one in batch:
                    joined.execute(one)
                for _ in range(random.randrange(20)):
                    joined.may("gh_0", "publish")
            if not rolled_back:
                connection.commit()
                return


def _note(name: str, number: int, random: Random) -> dict[str, Any]:
    account, by = f"gh_{random.randrange(MANY)}", {"kind": "moderator", "id": name}
    return {"command": "note", "account": account, "by": by, "command_id": f"{name}-{number}", "text": "seen"}


def sequence(url: str) -> None:
    """Give places in the log, as fast as it goes."""
    with Sanctions.open(url) as sanctions:
        while True:
            sanctions.store.settle_log()


def together(work: Callable[[str, str, int], None], url: str, count: int, names: list[str]) -> int:
    """Fork a process for each name; none begins before all are there. Returns how many failed."""
    wait, go = os.pipe()
    children = []
    for name in names:
        if child := os.fork():
            children.append(child)
            continue
        os.close(go)
        os.read(wait, 1)  # ends when the last process that could write to it lets go
        status = 1
        try:
            work(url, name, count)
            status = 0
        except BaseException:  # noqa: BLE001 - the parent's caller reads it
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(go)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def write_until_killed(url: str, name: str) -> None:
    """Alternately single commands and chunks. What may be sent again is sent again, with the same ids."""
    with Sanctions.open(url) as sanctions:
        for start in range(0, 10**9, CHUNK + 1):
            numbers = range(start + 1, start + 1 + CHUNK)
            single, batch = command(name, start), [command(name, number) for number in numbers]
            say(f"{insisting(lambda one=single: sanctions.execute(one)).status} {name}-{start}")
            for outcome in insisting(lambda all_=batch: sanctions.execute_many(all_)):
                say(f"{outcome.status} {outcome.command_id}")


def insisting(attempt: Any) -> Any:
    """What the attempt gives in the end, as a host does it that believes `retriable`."""
    while True:
        try:
            return attempt()
        except StoreError as error:
            if not error.retriable:
                raise


def write_to_the_step(url: str, name: str, step: int) -> None:
    """A command and a chunk; the process kills itself before the given call of the driver, or behind a commit."""
    seen = 0

    def count(frame: FrameType, event: str, subject: Any) -> None:
        nonlocal seen
        called = getattr(subject, "__name__", "") if event.startswith("c_") else frame.f_code.co_name
        if (event.endswith("call") and called in _STEPS) or (event.endswith("return") and called == "commit"):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    with Sanctions.open(url) as sanctions:
        sys.setprofile(count)
        outcomes = [sanctions.execute(command(name, 0))]
        say(f"{outcomes[0].status} {name}-0")
        for outcome in sanctions.execute_many([command(name, number) for number in range(1, CHUNK + 1)]):
            say(f"{outcome.status} {outcome.command_id}")
        sys.setprofile(None)
    os._exit(0)


def zygote() -> None:
    """Fork a writer for each line; say its number, and how it ended."""
    say("ready")
    for line in sys.stdin:
        what, *given = line.split()
        child = os.fork()
        if not child:
            if what == "until":
                write_until_killed(*given)
            write_to_the_step(given[1], given[2], int(given[0]))
        say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def main(mode: str, *given: str) -> int:
    if mode == "zygote":
        zygote()
        return 0
    if mode == "together":
        work, url, count, *names = given
        return together({"write": write, "mix": mix, "track": track}[work], url, int(count), names)
    if mode == "sequence":
        sequence(given[0])
    say("ready")
    sys.stdin.readline()
    write(given[0], given[1], int(given[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
