"""Who folds parts: an executor, however many processes and machines are behind it."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

__all__ = ["Workforce"]


class Workforce(NamedTuple):
    """Parts are handed to `executor`, which folds `width` of them at a time; `lost`: what it raises where workers were lost."""

    executor: Executor
    width: int
    lost: tuple[type[BaseException], ...]
