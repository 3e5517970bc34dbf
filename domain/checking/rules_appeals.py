"""That appeals are heard as the policy lays down: within their window, as often as it grants, with the outcome that was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from .. import events as e
from ..state import Sanction, State
from ..vocabulary import AppealStatus
from .instants import asking_again, window_end
from .reckoning import is_harsher
from .steps import Step

__all__ = ["appeals_are_heard_as_laid_down"]


def appeals_are_heard_as_laid_down(step: Step) -> Iterator[str]:
    """Filed where the policy gives an appeal, in time and within its limit; settled as decided; windows move as laid down."""
    for event in step.events:
        if isinstance(event, e.AppealFiled):
            yield from _filed(step, event)
        status = _settled(event)
        if status is not None:
            name, wanted = status
            now = step.after.appeals.find(name)
            if now is None or now.status != wanted:
                yield f"{type(event).__name__} was recorded, and appeal {name} is {'gone' if now is None else now.status}"
    for one in step.after.sanctions():
        before = step.before.sanction(one.id)
        if one is not before:
            yield from _window(step, before, one)


def _settled(event: e.Event) -> tuple[str, AppealStatus] | None:
    match event:
        case e.AppealFiled():
            return event.appeal, "open"
        case e.AppealDecided():
            return event.appeal, event.outcome
        case e.AppealWithdrawn():
            return event.appeal, "withdrawn"
        case e.AppealClosed():
            return event.appeal, "moot"
        case _:
            return None


def _filed(step: Step, event: e.AppealFiled) -> Iterator[str]:
    one = step.before.sanction(event.sanction)
    if one is None or one.overturned_at is not None or one.appeal_terms is None:
        yield f"appeal {event.appeal} was accepted, and there is no appeal against {event.sanction}"
        return
    if _asks_again(one, step.before, step.at):
        return
    closes = window_end(one)
    if closes is not None and step.at >= closes:
        yield f"appeal {event.appeal} was accepted after the window had closed at {closes.isoformat()}"
    if one.appeals_left <= 0:
        yield f"appeal {event.appeal} was accepted, and no further one is allowed"


def _asks_again(one: Sanction, state: State, now: datetime) -> bool:
    again = asking_again(one, state)
    waiting = any(each.sanction == one.id and each.status == "open" for each in state.appeals.values())
    return again is not None and now >= again and not waiting


class _Terms(NamedTuple):
    """How many appeals are left, since when the window runs, when the holder was told, when the last appeal was filed."""

    left: int
    since: datetime
    notice: datetime | None
    last: datetime | None


def _window(step: Step, before: Sanction | None, now: Sanction) -> Iterator[str]:
    """How many appeals are left, since when the window runs, and when the holder was told of it: by hand, event by event."""
    wanted = None if before is None else _terms(before)
    for event in step.events:
        if getattr(event, "sanction", None) != now.id:
            continue
        if isinstance(event, e.Imposed):
            wanted = _Terms(0 if event.appealable is None else event.appealable.limit, event.at, None, None)
        elif wanted is None:
            continue
        elif isinstance(event, e.AppealFiled):
            wanted = wanted._replace(left=max(0, wanted.left - 1), last=event.at)
        elif isinstance(event, e.NoticeServed) and wanted.notice is None:
            wanted = wanted._replace(notice=event.at)
        elif isinstance(event, e.SanctionChanged) and before is not None and before.appeal_terms is not None:
            wanted = _Terms(wanted.left + 1, event.at, None, wanted.last) if is_harsher(before, event) else wanted
    found = _terms(now)
    if wanted is None or wanted == found:
        return
    for name, is_so, should in zip(_NAMES, found, wanted, strict=True):
        if is_so != should:
            yield f"{name} of {now.id} is {_told(is_so)}, and by the events {_told(should)}"


_NAMES: Final = ("the number of appeals left", "the beginning of the window", "the notice", "the last appeal")


def _terms(one: Sanction) -> _Terms:
    return _Terms(one.appeals_left, one.window_from, one.notice_at, one.last_appeal_at)


def _told(value: datetime | int | None) -> str:
    return value.isoformat() if isinstance(value, datetime) else "none" if value is None else str(value)
