"""The command that says how far what is read from rows alone may be behind the causes of linked sanctions."""

from __future__ import annotations

import click

from .app import Session, example, json_option, root
from .output import print_json

__all__ = ["links"]


@example("links", "links --json")
@root.command("links")
@json_option
@click.pass_obj
def links(session: Session, json_: bool) -> None:  # noqa: FBT001 - click
    """How late the in-process index may learn what became of a sanction because of which another account's exists.

    Ends that are already decided are in its rows. The rest comes with `sweep`. No other answer waits for it.
    """
    with session.open_to_read() as sanctions:
        delay = sanctions.links_delay()
    if json_:
        print_json(delay)
    elif delay.seconds is None:
        click.echo("everything that was recorded has been taken in")
    else:
        click.echo(f"events not taken in: {delay.behind}; the oldest was recorded {delay.seconds:.0f} seconds ago")
