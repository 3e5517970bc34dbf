"""What the events of an export are found to be."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["ContentsFinding"]


class ContentsFinding(NamedTuple):
    """The first thing that is wrong with an account, a file or a partition."""

    code: str
    message: str
    file: str | None = None
    account: str | None = None
    version: int | None = None
    position: int | None = None
    grade: Literal["tampered", "incomplete"] = "tampered"
