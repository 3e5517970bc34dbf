"""A process that follows a log until it is killed; `test_follower_processes` starts many.

    python follower_worker.py      for each line `URL once`, `URL elsewhere FILE` or `URL rebuild` forks a process

What it says tells how far it came: `in` and `event` inside the handler, before anything is committed; in a rebuild `page`
after each. A handler elsewhere appends the events to the file.
"""

from __future__ import annotations

import os
import sys

from account_sanctions.application import Sanctions, rebuilding
from account_sanctions.application.following import Batch
from account_sanctions.infrastructure.folding import Folding
from sqlalchemy import Connection, text

BATCH = 3
_INSERT = text("INSERT INTO seen (part, at, account, version) VALUES (:part, :at, :account, :version)")


def say(what: str) -> None:
    os.write(1, f"{what}\n".encode())


def once(connection: Connection, batch: Batch) -> None:
    say("in")
    for event in batch:
        given = {"part": event.partition, "at": event.position, "account": event.account, "version": event.version}
        connection.execute(_INSERT, given)
        say("event")


def follow(url: str, how: str, *file: str) -> None:
    with Sanctions.open(url) as sanctions:
        if how == "once":
            sanctions.follow("seen", once, BATCH, poll=0.01, hold=0.5).run()
            return
        if how == "rebuild":
            store = sanctions.store
            # After each page, not after thousands of events: so that every run that is killed has come further.
            rebuilding.__dict__["_NOTED"] = 1
            store.__dict__["folding"] = Folding(store.database, store._mapper, 4)
            sanctions.rebuild(lambda _: say("page"))
            say("done")
            return

        def elsewhere(batch: Batch) -> None:
            say("in")
            for event in batch:
                os.write(out, f"{event.id}\n".encode())
                say("event")

        out = os.open(file[0], os.O_APPEND | os.O_WRONLY | os.O_CREAT)
        sanctions.follow_elsewhere("told", elsewhere, BATCH, hold=0.05, poll=0.01).run()


def main() -> None:
    """Forking saves the second that an interpreter and its imports take."""
    say("ready")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            follow(*line.split())
        say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
