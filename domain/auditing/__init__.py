"""Judging a record: whether every recorded event is what the rules give, decided again on the state before it."""

from .judging import Finding, FindPolicy, judge

__all__ = ["FindPolicy", "Finding", "judge"]
