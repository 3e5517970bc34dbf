"""Sanctions as WeChat's penalty pushes: what the push can say of them, and what has to stay behind.

A push says what was imposed, in whole days from its own time, and nothing of what came later: it is the sanction as it was
decided. What it cannot say is left out and counted by reason, and never rounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Struct

from ...domain import events as e
from ...domain.due import consequence_functions
from ...domain.errors import Malformed
from ...domain.instants import to_micros
from ...domain.state import Sanction
from ...domain.terms import Consequence
from ...infrastructure.store import Store
from ..importing.wechat import PREFIX
from ..importing.wechat_push import (
    EVENT,
    FUNCTION,
    LISTING,
    PAGE,
    AccountBan,
    Delisting,
    Detail,
    FunctionBan,
    PageBan,
    Warned,
)
from .lines import open_bytes
from .placing import placing_files
from .source import Selection, StoredAccount, snapshot_of

__all__ = ["PushesExported", "export_pushes"]

_DAY: Final = timedelta(days=1)
_NOT_WHOLE: Final = "not_whole_days"
_TYPES: Final[dict[type[Detail], int]] = {Warned: 1, FunctionBan: 2, Delisting: 3, AccountBan: 4, PageBan: 10}


class PushesExported(Struct, frozen=True):
    """How many pushes were written, how many sanctions (or parts of one) have none, by reason, and how many changed later.

    Reasons: `warning` (a push wants a deadline), `overturned`, `never_in_force`, `consequence` (its order announced it),
    `not_whole_days`, `page_with_end` (the push knows none), `consequences_of_an_order` (more than one, or a warning).
    """

    pushes: int
    without: dict[str, int]
    changed_later: int


class _Told(NamedTuple):
    reason: str
    contents: tuple[str, ...]


_NOTHING_TOLD: Final[Mapping[str, _Told]] = {}


def export_pushes(
    store: Store,
    target: Path,
    *,
    now: datetime,
    selection: Selection | None = None,
    narratives: bool = False,
    replace: bool = False,
    progress: Callable[[int], None] = lambda _accounts: None,
) -> PushesExported:
    """Write the penalty pushes of the sanctions that the selection holds, one JSON object per line.

    `narratives`: with the reason and the content as they were put on record. The same sanction has the same `punish_id` in every
    export. Raises ExportExists (unless `replace`), ExportUnwritable, Malformed and `StoreError`.
    """
    chosen = selection or Selection()
    if chosen.since is not None and chosen.until is not None and chosen.since >= chosen.until:
        raise Malformed("the range of time is empty: its end does not lie after its beginning", field="until")
    count, changed, without = 0, 0, Counter[str]()
    with (
        snapshot_of(store, now) as snapshot,
        placing_files(target, replace=replace, besides=lambda _: ()) as folder,
        open_bytes(folder / target.name) as file,
    ):
        for account in snapshot.accounts(chosen.account):
            told = _told(account) if narratives else _NOTHING_TOLD
            for sanction in account.state.sanctions():
                if not chosen.holds(sanction.at):
                    continue
                made = list(_pushes(account, sanction, told))
                pushes = [one for one in made if not isinstance(one, str)]
                file.writelines(msgspec.json.encode(one) + b"\n" for one in pushes)
                without.update(one for one in made if isinstance(one, str))
                count += len(pushes)
                changed += bool(pushes) and len(sanction.terms) > 1
            progress(1)
    return PushesExported(count, dict(sorted(without.items())), changed)


def _told(account: StoredAccount) -> Mapping[str, _Told]:
    """The free text of sanctions, by their id."""
    return {
        record.event.sanction: _Told(record.event.narrative.facts or "", record.event.narrative.evidence)
        for record in account.narrated
        if isinstance(record.event, e.Imposed) and record.event.narrative is not None
    }


def _pushes(account: StoredAccount, sanction: Sanction, told: Mapping[str, _Told]) -> Iterator[dict[str, Any] | str]:
    """The pushes of a sanction, and for what has none the reason."""
    why = _without_push(sanction)
    if why is not None:
        yield why
        return
    reason, contents = told.get(sanction.id, _Told("", ()))
    for part, detail in enumerate(_parts(sanction)):
        if isinstance(detail, str):
            yield detail
            continue
        yield {
            "MsgType": "event",
            "Event": EVENT,
            "event_type": _TYPES[type(detail)],
            "punish_id": _punish_id(account, sanction, part),
            "appid": account.name,
            "punish_time": _seconds(sanction.from_),
            "illegal_reason": reason,
            "illegal_content": contents,
            "rule_name": sanction.basis.clause,
            "rule_url": "",
            "adjust_guide_url": "",
            "detail": msgspec.json.encode(detail).decode(),
        }


def _without_push(sanction: Sanction) -> str | None:
    if sanction.kind == "warning":
        return "warning"
    if sanction.status == "overturned":
        return "overturned"
    if sanction.caused_by is not None:
        return "consequence"
    if sanction.ended_at is not None and sanction.ended_at <= sanction.from_:
        return "never_in_force"
    return None


def _punish_id(account: StoredAccount, sanction: Sanction, part: int) -> str:
    """That of the push by which it came, else one that follows from what is pushed."""
    if part == 0 and sanction.id.startswith(PREFIX):
        return sanction.id.removeprefix(PREFIX)
    hashed = sha256(b"account-sanctions/punish-id/1\0")
    for one in (account.snapshot.store.identity.store_id, account.name, sanction.id, str(part)):
        raw = one.encode()
        hashed.update(len(raw).to_bytes(8) + raw)
    return hashed.hexdigest()[:32]


def _parts(sanction: Sanction) -> Iterator[Detail | str]:
    """What has to be said of a sanction, one push each, and why something cannot be said."""
    terms, start = sanction.terms[0], sanction.from_
    match sanction.kind:
        case "rectification":
            yield _warned(sanction)
        case "ban":
            days = _days(start, terms.until)
            yield _NOT_WHOLE if days is None else AccountBan(banned_days=days)
        case _:
            functions = dict(terms.functions)
            if LISTING in functions:
                days = _days(start, functions.pop(LISTING))
                yield _NOT_WHOLE if days is None else Delisting(suspended_days=days)
            for name in [name for name in functions if name.startswith(PAGE)]:
                end = functions.pop(name)
                yield PageBan(path=name.removeprefix(PAGE)) if end is None else "page_with_end"
            if functions:
                each = _all_days(start, functions)
                names = tuple(map(_label, functions))
                yield _NOT_WHOLE if each is None else FunctionBan(banned_function_names=names, banned_days=each)


def _warned(sanction: Sanction) -> Warned | str:
    order, deadline = sanction.order, sanction.terms[0].until
    if order is None or deadline is None or len(order.on_default) != 1:
        return "consequences_of_an_order"
    announced = _announced(order.on_default[0], deadline)
    if isinstance(announced, str):
        return announced
    kind, names, days = announced
    return Warned(
        warned_type=kind, rectify_deadline=_seconds(deadline), warned_function_names=names, warned_ban_days=days
    )


def _announced(
    consequence: Consequence, deadline: datetime
) -> tuple[Literal[1, 2, 3], tuple[str, ...], tuple[int, ...]] | str:
    if consequence.ban is not UNSET:
        days = _days(deadline, consequence.ban.end.resolve(deadline))
        return _NOT_WHOLE if days is None else (1, (), (days,))
    functions = consequence_functions(consequence, deadline)
    if not functions or any(name.startswith(PAGE) or (name == LISTING and len(functions) > 1) for name in functions):
        return "consequences_of_an_order"
    each = _all_days(deadline, functions)
    if each is None:
        return _NOT_WHOLE
    return (3, (), each) if LISTING in functions else (2, tuple(map(_label, functions)), each)


def _all_days(start: datetime, ends: Mapping[str, datetime | None]) -> tuple[int, ...] | None:
    found = [_days(start, end) for end in ends.values()]
    known = tuple(days for days in found if days is not None)
    return known if len(known) == len(found) else None


def _label(function: str) -> str:
    return function.removeprefix(FUNCTION)


def _days(start: datetime, end: datetime | None) -> int | None:
    """In whole days; 0, which the push takes for permanent, only where there is no end. None: it is not in whole days."""
    if end is None:
        return 0
    days, rest = divmod(end - start, _DAY)
    return None if rest or days < 1 else days


def _seconds(instant: datetime) -> int:
    return to_micros(instant) // 1_000_000
