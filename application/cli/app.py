"""The command group: options that all commands share, and what becomes of errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from errno import EPIPE
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from ...domain.errors import SanctionsError
from .listing import MODULES, load, undisturbed
from .output import plain, print_json, remark

if TYPE_CHECKING:
    from ..sanctions import Sanctions

__all__ = [
    "ALLOWED",
    "DENIED",
    "INFRASTRUCTURE",
    "USAGE",
    "Session",
    "as_instant",
    "example",
    "json_option",
    "keys_option",
    "root",
]

ALLOWED: Final = 0
DENIED: Final = 1
USAGE: Final = 2
INFRASTRUCTURE: Final = 10


@dataclass
class Session:
    """What the options before the command say."""

    database: str
    policy: str
    json: bool = False
    keys: str | None = None

    def open(self, policy: str | None = None) -> Sanctions:
        """The store, to be written; made if it is not there. Keys that others had and this one has not are mentioned."""
        sanctions = self._opened(policy)
        if sanctions.lacks_keys:
            remark(
                "others wrote this store with keys, and none were given: what is written now has no mark, its text is not "
                "encrypted, and verify cannot tell it from a forgery: give --keys DIR (ACCOUNT_SANCTIONS_KEYS)"
            )
        return sanctions

    def open_to_read(self) -> Sanctions:
        """The store. One that had to be made first is mentioned: perhaps the URL was mistyped."""
        sanctions = self._opened()
        if sanctions.made_now:
            remark(f"made a new, empty store: {_shown(self.database)}")
        return sanctions

    def _opened(self, policy: str | None = None) -> Sanctions:
        with undisturbed():
            from ..sanctions import Sanctions

        return Sanctions.open(self.database, policy=policy or self.policy, keys=self.keys)


class _Instant(click.ParamType[datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        from ...domain.instants import as_utc

        try:
            return as_utc(datetime.fromisoformat(value))
        except ValueError:
            self.fail(f"{plain(value)!r} is not a time with an offset, such as 2026-01-31T12:00:00Z", param, ctx)


as_instant: Final = _Instant()


class _Root(click.Group):
    """Turns typed errors into a sentence (or a JSON document) and an exit status; no traceback reaches anybody.

    The module of a command is imported when the command is asked for: a run pays for what it uses.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own call
        return sorted(MODULES.keys() | self.commands.keys())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        load(cmd_name)
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SanctionsError as error:
            _leave(ctx, error)
        except RecursionError:
            _leave(ctx, SanctionsError("the input is nested too deeply"))
        except OSError as error:
            if error.errno == EPIPE:
                raise  # The reader went away; click ends the run quietly.
            from .statuses import OutputFailed

            _leave(ctx, OutputFailed(f"the output cannot be written: {error.strerror or error}"))


def _leave(ctx: click.Context, error: SanctionsError) -> NoReturn:
    from ...infrastructure.errors import StoreError
    from ..outcomes import OutcomeError
    from .statuses import OutputFailed, status_of

    if _wants_json(ctx) and not isinstance(error, OutputFailed):
        print_json({"error": OutcomeError.of(error)})
    where = f" [{_shown(ctx.obj.database)}]" if isinstance(error, StoreError) and isinstance(ctx.obj, Session) else ""
    click.echo(f"error: {error.code}: {plain(error.message + where)}", err=True)
    sys.exit(status_of(error))


def _shown(url: str) -> str:
    """The database's URL without its password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "not a URL"


def _wants_json(ctx: click.Context) -> bool:
    return isinstance(ctx.obj, Session) and ctx.obj.json


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Start with: account-sanctions demo",
)
@click.option(
    "--db",
    "database",
    envvar="ACCOUNT_SANCTIONS_DB",
    default="sqlite:///account-sanctions.db",
    show_default=True,
    metavar="URL",
    help="The database, as an SQLAlchemy URL.",
)
@click.option(
    "--policy",
    envvar="ACCOUNT_SANCTIONS_POLICY",
    default="default",
    show_default=True,
    metavar="NAME[@VERSION]|FILE",
    help="The policy by which to decide: a built-in one, or a file.",
)
@click.option(
    "--keys",
    envvar="ACCOUNT_SANCTIONS_KEYS",
    metavar="DIR",
    help="The folder of keys (`keys init`): events are marked, free text is encrypted, and the log can be sealed.",
)
@click.option("--json", "json_", is_flag=True, help="Machine-readable output, for every command.")
@click.version_option(package_name="account-sanctions")
@click.pass_context
def root(
    ctx: click.Context,
    database: str,
    policy: str,
    keys: str | None,
    json_: bool,  # noqa: FBT001 - click calls by keyword
) -> None:
    """Warn accounts, order them to rectify, restrict, ban, hear appeals; and prove afterwards what was so and why."""
    ctx.obj = Session(database=database, policy=policy, json=json_, keys=keys or None)


def _note_json(ctx: click.Context, _param: click.Parameter, value: bool) -> bool:  # noqa: FBT001 - click's own call
    session = ctx.obj if isinstance(ctx.obj, Session) else None
    if session is not None and value:
        session.json = True
    return value or (session is not None and session.json)


json_option: Final = click.option(
    "--json", "json_", is_flag=True, callback=_note_json, help="One JSON document (a batch: JSON lines)."
)


def _note_keys(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if isinstance(ctx.obj, Session) and value is not None:
        ctx.obj.keys = value


keys_option: Final = click.option(
    "--keys", metavar="DIR", callback=_note_keys, expose_value=False, help="As before the command: the folder of keys."
)


def example(*commands: str) -> Callable[[Any], Any]:
    """Put examples at the end of a command's help."""

    def attach(command: click.Command) -> click.Command:
        command.epilog = "\b\nExample:\n" + "\n".join(f"  account-sanctions {line}" for line in commands)
        return command

    return attach
