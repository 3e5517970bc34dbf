"""What a test says when something is not as expected: both sides, line by line, and only what differs marked."""

from __future__ import annotations

import difflib
import pprint
from datetime import datetime
from typing import Any

__all__ = ["difference", "same"]


def same(what: str, expected: object, found: object) -> None:
    """Raises AssertionError with `what` and a difference unless both are equal."""
    if expected != found:
        raise AssertionError(f"{what}\n{difference(expected, found)}")


def difference(expected: object, found: object) -> str:
    """The lines of both, `-` expected and `+` found; structs are shown as the documents they become."""
    one, other = (pprint.pformat(_plain(side), width=100, sort_dicts=True).splitlines() for side in (expected, found))
    lines = list(difflib.ndiff(one, other))
    return "\n".join(line for line in lines if not line.startswith("? "))


def _plain(value: object) -> Any:
    import msgspec

    from ..domain.period import period_to_text

    try:
        # Times are shown as text: a difference of a microsecond is to be seen.
        return msgspec.to_builtins(value, enc_hook=period_to_text)
    except (TypeError, NotImplementedError, ValueError):
        return value.isoformat() if isinstance(value, datetime) else value
