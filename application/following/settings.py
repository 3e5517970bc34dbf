"""What may be said about a follower, and what of it makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import isawaitable, iscoroutine
from typing import Any, Final, Literal, TypedDict

from ...infrastructure.background import ErrorTold
from ...projections.parked import Parked
from .errors import HandlerNotAwaited

__all__ = ["Settings", "called", "check", "check_handler", "check_hold"]

_DAY: Final = 86_400


class Settings(TypedDict, total=False):
    """What may be said about any follower.

    `start`: where a new one begins, at the `beginning` (the default) or at what is recorded from `now` on. `attempts`: how
    often an event is handed over alone before it is parked (3). `poll`: seconds between looks at the log where nothing wakes
    it (0.5). `on_parked` is told of each event on which the handler failed, `on_error` of errors of the store (else both are
    logged). `wait(seconds)` takes the place of waiting after an error.
    """

    start: Literal["beginning", "now"]
    attempts: int
    poll: float
    on_parked: Callable[[Parked], None]
    on_error: ErrorTold
    wait: Callable[[float], object]


_KNOWN: Final = Settings.__annotations__.keys()


def check(batch: object, settings: Mapping[str, object]) -> None:
    """Raise TypeError for a setting that there is not, ValueError for one that makes no sense.

    What nobody reads would be taken for what was asked: a new follower that was to begin now would begin at the beginning.
    """
    for name in settings.keys() - _KNOWN:
        raise TypeError(f"a follower has no setting {name!r}: there are {', '.join(_KNOWN)}")
    attempts, start = settings.get("attempts", 1), settings.get("start", "now")
    if not (isinstance(batch, int) and isinstance(attempts, int) and batch >= 1 and attempts >= 1):
        raise ValueError("a batch holds at least one event, and each is tried at least once")
    if start not in ("beginning", "now"):
        raise ValueError(f"a follower starts at the 'beginning' or 'now', not {start!r}")


def check_hold(seconds: float) -> float:
    """For how long a process has a partition to itself. Raises ValueError."""
    if not 0 < seconds <= _DAY:
        raise ValueError(
            f"a process holds a partition for more than 0 seconds and at most a day ({_DAY}), not {seconds}"
        )
    return seconds


def check_handler(handler: object) -> None:
    """Raise TypeError for what cannot be called."""
    if not callable(handler):
        raise TypeError(f"a handler is a function, not {type(handler).__name__}")


def called(handler: Callable[..., object], *given: Any) -> None:
    """Call a handler. Raises HandlerNotAwaited where it has only promised to do its work, for which nobody here would wait."""
    result = handler(*given)
    if isawaitable(result):
        if iscoroutine(result):
            result.close()
        raise HandlerNotAwaited("this handler is a coroutine function: `AsyncSanctions` waits for those")
