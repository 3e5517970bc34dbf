"""The command that exports statements of reasons for the EU's transparency database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from ...domain.commands import read_account
from ...infrastructure.clock import system_clock
from ..keyring import keys_of
from .app import Session, as_instant, example, json_option, keys_option
from .exporting import export
from .output import plain, print_json, print_table, progress

__all__ = ["dsa"]

_TERRITORIES: Final = (
    *("EU", "EEA", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"),
    *("IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
)
_WORDS: Final = {
    "warning": "warnings (the prior warning of Article 23)",
    "rectification": "orders to rectify",
    "overturned": "overturned",
    "never_in_force": "never came into force",
    "before_2020": "before 2020, which the database does not take",
    "end_after_2038": "ends after 2038: stated as open-ended, the end among the facts",
}


@example(
    "export dsa --mapping dsa.toml --out statements.jsonl",
    "export dsa --mapping dsa.toml --country EU --since 2026-01-01T00:00:00Z --out january.jsonl",
)
@export.command("dsa")
@click.option("--out", metavar="FILE", required=True, help="The file of JSON lines to make, a statement a line.")
@click.option("--mapping", metavar="FILE", help="What the record does not hold, in TOML.")
@click.option(
    "--country",
    "countries_",
    type=click.Choice(_TERRITORIES),
    multiple=True,
    metavar="CODE",
    help="Where the decisions apply: a country of the EEA, EU or EEA; may be repeated. In place of the mapping's.",
)
@click.option("--account", metavar="ACCOUNT", help="Of one account only.")
@click.option("--since", type=as_instant, help="Only what was decided from then on.")
@click.option("--until", type=as_instant, help="Only what was decided before then.")
@click.option("--overturned", metavar="FILE", help="Write the puid of each decision that was overturned, a line each.")
@keys_option
@click.option("--replace", is_flag=True, help="Put the files in the place of older ones, once they are whole.")
@json_option
@click.pass_obj
def dsa(
    session: Session,
    out: str,
    mapping: str | None,
    countries_: tuple[str, ...],
    account: str | None,
    since: datetime | None,
    until: datetime | None,
    overturned: str | None,
    replace: bool,  # noqa: FBT001 - click
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Write statements of reasons (DSA, Article 17) in the schema of the EU's transparency database.

    One for each restriction and ban, and for each change to harsher terms; the same decision has the same puid in every
    export. Exit status 1 when a mandatory field is neither on record nor in the mapping: then nothing is written.
    """
    from ..exporting.dsa_mapping import countries, read_mapping
    from ..exporting.dsa_running import export_statements
    from ..exporting.source import Selection
    from ..simulating.opening import reading_only

    known = None if mapping is None else read_mapping(mapping)
    with reading_only(session.database, keys_of(session.keys)) as store, progress("Accounts read") as advance:
        made = export_statements(
            store,
            Path(out),
            now=system_clock(),
            mapping=known,
            territory=countries(countries_),
            selection=Selection(account=None if account is None else read_account(account), since=since, until=until),
            overturned=None if overturned is None else Path(overturned),
            replace=replace,
            progress=advance,
        )
    if json_:
        print_json(made)
        return
    click.echo(f"wrote {plain(out)}: {made.statements} statements of reasons")
    rows = [("no statement", _WORDS[name], number) for name, number in made.without.items()]
    rows += [("fitted", _fitted(name), number) for name, number in made.remarks.items()]
    print_table("What else there was", ("what", "which", "count"), rows)


def _fitted(name: str) -> str:
    return _WORDS.get(name) or f"{name.removesuffix('_shortened')}: shortened, which its end says"
