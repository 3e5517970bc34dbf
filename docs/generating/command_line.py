"""The page on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click
from account_sanctions.application.cli.app import ALLOWED, DENIED, INFRASTRUCTURE, USAGE, root
from account_sanctions.application.cli.exporting import INCOMPLETE
from account_sanctions.application.cli.listing import MODULES, load
from account_sanctions.application.verifying.findings import EXIT_STATUS

from .shared import head, page

__all__ = ["command_line_page"]

_WIDTH: Final = 100


def command_line_page() -> str:
    """The help of every command, as the program prints it."""
    lines = [
        *head("Command line"),
        "Data goes to standard output, progress and remarks to standard error. `--json` gives one JSON document, a batch gives",
        "JSON lines. A FILE may be `-` (standard input); a name that ends in `.gz` is unpacked. The database and the",
        "policy can also be named by the environment: `ACCOUNT_SANCTIONS_DB`, `ACCOUNT_SANCTIONS_POLICY`, and the folder of",
        "keys by `ACCOUNT_SANCTIONS_KEYS`.",
        "",
        "## Exit statuses",
        "",
        "| status | meaning |",
        "|---|---|",
        f"| {ALLOWED} | done; `check`: allowed; `apply`: every command was accepted, or is the duplicate of one that was |",
        f"| {DENIED} | `check`: denied; `apply`, `state --queries`, `import`: a line was refused, malformed or rejected; "
        "`policy check`: a mistake was found; `check-model`: a rule does not hold; `export check`: something was changed; "
        "`export dsa`: a field is missing; `verify`: the record was touched; `verify-proof`: it does not hold; "
        "any other refusal |",
        f"| {USAGE} | wrong usage, an unknown function or policy, a policy file with mistakes, a file that cannot be read, "
        "an export under a name that is taken |",
        f"| {EXIT_STATUS['inconsistent']} | `verify`: what is recorded does not follow: replay, views, policies, guards; "
        "`replay`: something does not fit, and the accounts are named |",
        f"| {INCOMPLETE} | `export check`, `verify`: something is missing that would be needed to judge |",
        f"| {EXIT_STATUS['unsealed']} | `verify`: all right, but for entries that are not sealed yet |",
        f"| {INFRASTRUCTURE} | the database (see [errors](errors.md#the-store)), or an output or an anchor that cannot be "
        "written |",
        "",
        "A batch that meets an error of the database stops there; the outcome lines that were printed are durable.",
    ]
    names = root.context_settings["help_option_names"]
    for name in MODULES:
        load(name)
    for path, command in _walk(root, ("account-sanctions",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=_WIDTH, help_option_names=names)
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        lines += ["", f"## {' '.join(path)}", "", "```text", text, "```"]
    return page(lines)


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _walk(command.commands[name], (*path, name))
