"""The commands for WeChat's penalty push: in and out."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click

from ...domain.commands import read_account
from ...infrastructure.clock import system_clock
from ..keyring import keys_of
from .app import DENIED, Session, as_instant, example, json_option, keys_option
from .exporting import export
from .lines import lines, open_lines
from .output import plain, print_json, print_table, progress, remark
from .writing import import_

__all__ = ["wechat_in", "wechat_out"]

_SHOWN = 20


@example("import wechat pushes.jsonl")
@import_.command("wechat")
@click.argument("file", metavar="FILE")
@keys_option
@json_option
@click.pass_obj
def wechat_in(session: Session, file: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Import WeChat's penalty pushes (`wxa_punish_event`, a JSON object a line). The same pushes again add nothing.

    Exit status 1 when pushes were rejected: of an unknown type, not readable, or with a deadline before their own penalty.
    """
    from ..importing.wechat import import_pushes

    opened = session.open(policy="wechat-mini-programs")
    with open_lines(file) as source, opened as sanctions, progress("importing") as advance:
        report = import_pushes(sanctions, ((line.number, line.text) for line in lines(source)), progress=advance)
    if json_:
        print_json(report)
    else:
        rows = [
            ("pushes", report.pushes),
            ("applied", report.applied),
            ("imported before", report.duplicates),
            ("rejected", len(report.rejected)),
            ("events recorded", report.events),
        ]
        print_table("WeChat's penalty pushes", ("what", "count"), rows)
        for rejected in report.rejected[:_SHOWN]:
            remark(f"line {rejected.line}: {rejected.code}: {rejected.message}")
    if report.rejected:
        sys.exit(DENIED)


@example("export wechat --out pushes.jsonl --account wx54a8eaa26606")
@export.command("wechat")
@click.option("--out", metavar="FILE", required=True, help="The file of JSON lines to make, a push a line.")
@click.option("--account", metavar="ACCOUNT", help="Of one account only.")
@click.option("--since", type=as_instant, help="Only what was decided from then on.")
@click.option("--until", type=as_instant, help="Only what was decided before then.")
@click.option("--with-narratives", is_flag=True, help="With the reason and the content that are on record.")
@keys_option
@click.option("--replace", is_flag=True, help="Put the file in the place of an older one, once it is whole.")
@json_option
@click.pass_obj
def wechat_out(
    session: Session,
    out: str,
    account: str | None,
    since: datetime | None,
    until: datetime | None,
    with_narratives: bool,  # noqa: FBT001 - click
    replace: bool,  # noqa: FBT001 - click
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Write sanctions as WeChat's penalty pushes (`wxa_punish_event`), a JSON object a line.

    What a push cannot say (an end that is not in whole days, a plain warning) is left out and counted, and never rounded.
    """
    from ..exporting.source import Selection
    from ..exporting.wechat import export_pushes
    from ..simulating.opening import reading_only

    with reading_only(session.database, keys_of(session.keys)) as store, progress("Accounts read") as advance:
        made = export_pushes(
            store,
            Path(out),
            now=system_clock(),
            selection=Selection(account=None if account is None else read_account(account), since=since, until=until),
            narratives=with_narratives,
            replace=replace,
            progress=advance,
        )
    if json_:
        print_json(made)
        return
    click.echo(f"wrote {plain(out)}: {made.pushes} pushes")
    if made.changed_later:
        click.echo(
            f"{made.changed_later} of them are of sanctions whose terms were changed later, which a push cannot say"
        )
    print_table("Without a push", ("why", "count"), list(made.without.items()))
