"""Commands for the log and those who follow it: sequence, follow-status, follow-drop."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import click

from ...infrastructure.background import Background
from .app import Session, example, json_option, keys_option, root
from .output import moment, plain, print_json, print_table, remark

__all__: list[str] = []


@example("sequence", "sequence --forever", "--keys keys sequence --forever")
@root.command("sequence")
@click.option("--forever", is_flag=True, help="Go on until the process is told to end (SIGINT, SIGTERM).")
@keys_option
@json_option
@click.pass_obj
def sequence(session: Session, forever: bool, json_: bool) -> None:  # noqa: FBT001 - click
    """Give what is committed its place in the log, so that followers see it. On SQLite that is done at once, by the writers.

    With --forever and keys it seals the log too, every second or every 1,000 events; `seal` does that once. Any number
    of processes may run it: at each partition one is at work, and when it dies another goes on.
    """
    with session.open() as sanctions:
        if forever:
            service = sanctions.sequencing(on_error=lambda error: remark(f"{error}; trying again"))
            with _ended_by_signals(service):
                service.run()
            return
        sequencer = sanctions.store.sequencer
        moved = 0 if sequencer is None else sequencer.catch_up()
    if json_:
        print_json({"events": moved})
    else:
        click.echo(f"events sequenced: {moved}")


@example("follow-status", "follow-status --parked")
@root.command("follow-status")
@click.option("--parked", is_flag=True, help="List the parked events too.")
@json_option
@click.pass_obj
def follow_status(session: Session, parked: bool, json_: bool) -> None:  # noqa: FBT001 - click
    """How far the log goes, and how far each follower has come: events and seconds behind, parked events."""
    with session.open_to_read() as sanctions:
        log, followers = sanctions.log_status(), sanctions.followers()
        waiting = [event for each in followers if parked for event in sanctions.parked(each.follower)]
    if json_:
        listed = {"parked": waiting} if parked else {}
        print_json({"log": log, "followers": followers, **listed})
        return
    print_table(
        "Log",
        ("partition", "position", "without a place yet", "since"),
        [(each.partition, each.position, each.unsequenced, _seconds(each.unsequenced_seconds)) for each in log],
    )
    print_table(
        "Followers",
        ("follower", "events behind", "since", "parked", "accounts"),
        [(each.follower, each.behind, _seconds(each.seconds), each.parked, each.parked_accounts) for each in followers],
    )
    print_table(
        "Parked",
        ("follower", "account", "version", "attempts", "parked at", "error"),
        [
            (e.follower, e.account, e.version, e.attempts or "-", moment(e.parked_at), e.error or "waits behind")
            for e in waiting
        ],
    )


@example("follow-drop mails gh_1 7")
@root.command("follow-drop")
@click.argument("follower")
@click.argument("account")
@click.argument("version", type=click.IntRange(min=1))
@json_option
@click.pass_obj
def follow_drop(session: Session, follower: str, account: str, version: int, json_: bool) -> None:  # noqa: FBT001 - click
    """Give up an event that FOLLOWER has parked: it will never be handed over.

    What waits behind it is handed over when the service retries what is parked.
    """
    with session.open() as sanctions:
        dropped = sanctions.drop_parked(follower, account, version)
    if json_:
        print_json({"dropped": dropped})
    else:
        click.echo(f"dropped version {dropped.version} of {plain(dropped.account)}: {plain(dropped.error or '-')}")


@contextmanager
def _ended_by_signals(service: Background) -> Generator[None, None, None]:
    def end(_number: int, _frame: FrameType | None) -> None:
        service.stop()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f} s"
