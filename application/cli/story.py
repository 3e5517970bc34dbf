"""`demo`: the founding story, told by the library itself on a fresh database."""

from __future__ import annotations

import click

from .app import example, json_option, root
from .output import moment, plain, print_json, print_table
from .reading import write_text

__all__: list[str] = []


@example("demo", "demo --html story.html")
@root.command("demo")
@click.option(
    "--html",
    default="account-sanctions-demo.html",
    show_default=True,
    metavar="FILE",
    help="Where to write the report.",
)
@json_option
def demo(html: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Four accounts that trade digital collectibles: banned step by step, rectified, banned at once, appealed and won."""
    from ..demo import report_page, tell

    chapters = tell()
    if json_:
        print_json([{"heading": c.heading, "state": c.state, "history": c.history.document()} for c in chapters])
    else:
        for chapter in chapters:
            click.echo()
            click.secho(chapter.heading, bold=True)
            for line in chapter.lines:
                click.echo(f"  {plain(line)}")
            print_table(
                "",
                ("at", "event", "by", "standing"),
                [
                    (moment(e.at), e.type, f"{e.by.kind} {e.by.id}", e.fields.get("standing", ""))
                    for e in chapter.history.events
                ],
            )
    write_text(html, report_page(chapters))
    click.echo(f"The report with all four histories: {html}", err=True)
