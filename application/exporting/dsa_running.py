"""Exporting statements of reasons: a line for each, all of them or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from ...domain.errors import Malformed
from ...infrastructure.store import Store
from .dsa import Lacking, Left, Made, statements
from .dsa_mapping import DsaMapping
from .dsa_statement import Country
from .errors import DsaIncomplete
from .lines import open_bytes
from .placing import placing_files
from .source import Selection, snapshot_of

__all__ = ["DsaReport", "export_statements"]

_SHOWN: Final = 20


class DsaReport(Struct, frozen=True):
    """What became of the decisions: how many statements; how many decisions have none, by reason; how many had to be fitted."""

    statements: int
    without: dict[str, int]
    remarks: dict[str, int]


def export_statements(
    store: Store,
    target: Path,
    *,
    now: datetime,
    mapping: DsaMapping | None = None,
    territory: tuple[Country, ...] = (),
    selection: Selection | None = None,
    overturned: Path | None = None,
    replace: bool = False,
    progress: Callable[[int], None] = lambda _accounts: None,
) -> DsaReport:
    """Write a statement of reasons for each decision that the selection holds, one JSON object per line.

    `mapping`: what the record does not hold. `territory`: the countries where the decisions apply, in place of the mapping's.
    `overturned`: a file for the `puid` of each decision that is wrong after all: a statement made earlier has to be taken back.
    The same decision has the same `puid` in every export. Raises DsaIncomplete, naming the fields, where a mandatory fact is not
    known (nothing is written then), ExportExists, ExportUnwritable and `StoreError`.
    """
    chosen = selection or Selection()
    if chosen.since is not None and chosen.until is not None and chosen.since >= chosen.until:
        raise Malformed("the range of time is empty: its end does not lie after its beginning", field="until")
    count, without, remarks, lacking = 0, Counter[str](), Counter[str](), list[Lacking]()
    with ExitStack() as stack, snapshot_of(store, now) as snapshot:
        file = _file(stack, target, replace=replace)
        wrong = None if overturned is None else _file(stack, overturned, replace=replace)
        for account in snapshot.accounts(chosen.account):
            for made in statements(account, chosen, mapping or DsaMapping(), territory):
                match made:
                    case Made(statement, fitted):
                        count += 1
                        remarks.update(fitted)
                        file.write(msgspec.json.encode(statement) + b"\n")
                    case Left(reason, puid):
                        without[reason] += 1
                        if wrong is not None and reason == "overturned":
                            wrong.write(f"{puid}\n".encode())
                    case Lacking():
                        lacking.append(made)
            progress(1)
            if len(lacking) >= _SHOWN:
                break
        if lacking:
            raise _incomplete(lacking)
    return DsaReport(count, dict(sorted(without.items())), dict(sorted(remarks.items())))


def _file(stack: ExitStack, target: Path, *, replace: bool) -> BinaryIO:
    folder = stack.enter_context(placing_files(target, replace=replace, besides=lambda _name: ()))
    return stack.enter_context(open_bytes(folder / target.name))


def _incomplete(lacking: list[Lacking]) -> DsaIncomplete:
    first = lacking[0]
    others = sorted({one.field for one in lacking} - {first.field})
    more = f"; fields that lack elsewhere: {', '.join(others)}" if others else ""
    return DsaIncomplete(
        f"sanction {first.sanction!r} of {first.account!r}: {first.message}{more}",
        field=first.field,
        problems=msgspec.to_builtins(lacking[:_SHOWN]),
    )
