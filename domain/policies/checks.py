"""What can be wrong with a policy although each of its fields can be read: a list of mistakes, each with its place."""

from __future__ import annotations

from collections.abc import Iterator

from .policy import Policy

__all__ = ["check_policy"]

Finding = tuple[tuple[str | int, ...], str]


def check_policy(policy: Policy) -> list[Finding]:
    """The mistakes in a policy: where, and a sentence."""
    return list(_ladders_exist(policy))


def _ladders_exist(policy: Policy) -> Iterator[Finding]:
    for name, clause in (policy.clauses or {}).items():
        if isinstance(clause.ladder, str) and clause.ladder not in policy.ladders:
            yield ("clauses", name, "ladder"), f"there is no ladder {clause.ladder!r}"
