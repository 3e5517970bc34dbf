"""What is answered where nobody can know: the host says so, there is no answer that would be right for all."""

from __future__ import annotations

from typing import Final, Literal, get_args

from ..domain.errors import SanctionsError
from ..domain.queries import Verdict

__all__ = ["WhenUnsure", "chosen", "unsure"]

WhenUnsure = Literal["deny", "allow", "raise"]
"""Fail closed (nobody may), fail open (everybody may), or raise the error."""

_CHOICES: Final = get_args(WhenUnsure)


def chosen(given: WhenUnsure) -> WhenUnsure:
    """The choice, checked before it is needed. Raises ValueError."""
    if given not in _CHOICES:
        raise ValueError(f"choose one of {', '.join(_CHOICES)}, not {given!r}")
    return given


def unsure(error: SanctionsError, choice: WhenUnsure) -> Verdict:
    """The answer that the host chose; `failure` is the error's code. Raises the error if that was chosen."""
    if choice == "raise":
        raise error
    return Verdict(allowed=choice == "allow", failure=error.code)
