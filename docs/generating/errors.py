"""The page on errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from account_sanctions.application.cli.app import INFRASTRUCTURE, USAGE
from account_sanctions.application.cli.listing import MODULES, load
from account_sanctions.domain import errors
from account_sanctions.infrastructure.errors import StoreError

from .shared import first, head, page

__all__ = ["errors_page"]


def errors_page() -> str:
    """Every error with its code and what to do."""
    import_module("account_sanctions.application.cli.statuses")  # the last errors are defined there
    for command in MODULES:
        load(command)
    found = list(_subclasses(errors.SanctionsError))
    ours = [kind for kind in found if errors.Refused in kind.__bases__ and kind.__module__ == errors.__name__]
    store = [kind for kind in found if issubclass(kind, StoreError)]
    others = [kind for kind in found if kind not in (*ours, *store, errors.Refused)]
    lines = [
        *head("Errors"),
        "Every error is a `SanctionsError` with three attributes: `code` (stable), `message` (a sentence that says what",
        "happened) and `details` (data: names, found and expected values). `retriable` is true where the same command may",
        "succeed when it is sent again. An error means that nothing has changed, `outcome_unknown` excepted.",
        "",
        "## Refusals",
        "",
        "`Sanctions.execute` raises them; in a batch and on the command line they are outcomes with status `refused`.",
        "",
        *_error_table(ours),
        "",
        "## The store",
        "",
        f"The database did not do what was asked. They are never outcomes; the command line ends with status {INFRASTRUCTURE}.",
        "`version_conflict` and `deadlock` are handled inside `Sanctions`: it decides again, and raises `VersionConflict` only",
        "when it gives up. When which of them comes, and what a host does, is told in [bad days](../explanation/bad-days.md).",
        "",
        *_error_table(store),
        "",
        "## Reading and finding",
        "",
        "`malformed` has a status of its own in a batch. The others end a command of the command line with status "
        f"{USAGE}, where the [exit statuses](command-line.md#exit-statuses) do not say otherwise.",
        "",
        *_error_table(others),
    ]
    return page(lines)


def _subclasses(kind: type[errors.SanctionsError]) -> Iterator[type[errors.SanctionsError]]:
    seen: set[str] = set()
    waiting = list(kind.__subclasses__())
    while waiting:
        one = waiting.pop(0)
        waiting += one.__subclasses__()
        if one.__name__ not in seen:
            seen.add(one.__name__)
            yield one


def _error_table(kinds: Iterable[type[errors.SanctionsError]]) -> list[str]:
    lines = ["| code | class | retriable | what to do |", "|---|---|---|---|"]
    for kind in sorted(kinds, key=lambda one: one.code):
        retriable = "yes" if kind.retriable else "-"
        lines.append(f"| `{kind.code}` | `{kind.__name__}` | {retriable} | {first(kind)} |")
    return lines
