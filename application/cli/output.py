"""What the commands print: data to standard output, remarks to standard error, nothing that could drive a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Progress", "console", "moment", "plain", "print_json", "print_table", "progress", "remark"]

# Control characters drive terminals; bidirectional marks make text read as what it is not.
_HOSTILE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_WIDE: Final = 160


def plain(value: object) -> str:
    """Text from outside, made harmless: what could drive a terminal is shown as an escape."""
    return _HOSTILE.sub(lambda match: f"\\u{ord(match[0]):04x}", str(value))


def moment(instant: datetime | None, *, none: str = "-") -> str:
    """An instant for people: UTC, to the second unless there is more."""
    if instant is None:
        return none
    shown = instant.strftime("%Y-%m-%d %H:%M:%S")
    return f"{shown}.{instant.microsecond:06d}Z" if instant.microsecond else f"{shown}Z"


def print_json(document: Any) -> None:
    """One JSON document on one line of standard output; what could drive a terminal is escaped, which JSON reads alike."""
    from ..documents import as_json

    click.echo(plain(as_json(document).decode()))


def remark(text: str) -> None:
    """A remark for people, on standard error."""
    click.echo(plain(text), err=True)


def console() -> Console:
    """Standard output for people: colour on a terminal, plain and wide when piped."""
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDE)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; every cell is made harmless. Nothing is printed where there are no rows."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [[Text(plain(cell)) for cell in row] for row in rows]
    if not cells:
        return
    table = Table(
        title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in cells:
        table.add_row(*row)
    console().print(table)


class Progress(Protocol):
    """Something that can be told how far the work has come."""

    def __call__(self, advance: int = 1, /, *, total: int | None = None) -> None: ...


@contextmanager
def progress(what: str, *, wanted: bool = True) -> Generator[Progress, None, None]:
    """A progress bar on standard error where that is a terminal, else silence."""
    if not (wanted and sys.stderr.isatty()):
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def show(advance: int = 1, /, *, total: int | None = None) -> None:
            bar.update(task, advance=advance, total=total)

        yield show


def _nothing(_advance: int = 1, /, *, total: int | None = None) -> None:
    """Nobody looks."""
