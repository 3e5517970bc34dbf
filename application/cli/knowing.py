"""As of what something is known: an instant, a place in the log, or a checkpoint. The options that commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct

from ..horizon import KnownAt, LogPosition
from ..sanctions import Sanctions
from .app import as_instant
from .lines import UnreadableFile
from .output import plain, remark

__all__ = ["KNOWN", "CheckpointFile", "at_option", "known_at", "known_at_options"]

_POSITION: Final = re.compile(r"(?:([0-9]{1,9}):)?([0-9]{1,18})", re.ASCII)
_LONGEST: Final = 1_000_000

at_option: Final = click.option(
    "--at", type=as_instant, help="As it was (or, as far as decided, will be) then; default: now."
)


class CheckpointFile(Struct, frozen=True):
    """A file with a checkpoint: what stood in the log when it was signed is known."""

    path: Path


class _Known(click.ParamType[Any]):
    name = "time|position|file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if place := _POSITION.fullmatch(value):
            return LogPosition(int(place[1] or 0), int(place[2])) if place[1] else int(place[2])
        if Path(value).is_file():
            return CheckpointFile(Path(value))
        try:
            return as_instant.convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                f"{plain(value)!r} is neither a time with an offset, such as 2026-01-31T12:00:00Z, nor a position of the log, "
                "such as 1200 or 0:1200, nor a file with a checkpoint",
                param,
                ctx,
            )


KNOWN: Final = _Known()


def known_at_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--known-at` and `--trust`."""
    trust = click.option(
        "--trust", type=click.Path(dir_okay=False), metavar="FILE", help="Keys by which a checkpoint must be signed."
    )
    known = click.option(
        "--known-at",
        type=KNOWN,
        help="As it was known then: a time, a position of the log (POSITION, or PARTITION:POSITION), or a file with a "
        "checkpoint; default: now.",
    )
    return known(trust(command))


def known_at(sanctions: Sanctions, given: Any, trust: str | None) -> KnownAt:
    """What the options say.

    Raises a usage error for a position without its partition where there are several, BadNote for a checkpoint that is damaged or
    that no trusted key has signed, BadKey for a trust file that cannot be read.
    """
    if isinstance(given, CheckpointFile):
        return _checkpoints(sanctions, given.path, trust)
    if isinstance(given, int):
        partitions = sanctions.store.identity.partitions
        if partitions > 1:
            raise click.UsageError(f"the log has {partitions} partitions: write PARTITION:{given}")
        return LogPosition(0, given)
    found: datetime | LogPosition | None = given
    return found


def _checkpoints(sanctions: Sanctions, path: Path, trust: str | None) -> KnownAt:
    from ..checkpoint_files import read_checkpoints, trusted_keys

    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}", file=str(path)) from None
    keys = None if trust is None else trusted_keys(sanctions.store, Path(trust))
    found = read_checkpoints(content, keys)
    if keys is None:
        remark(f"the signature of {path} was not checked: give --trust FILE")
    return found
