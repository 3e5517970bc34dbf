"""A policy in its successive versions, and which of them is in force when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from msgspec import UNSET

from ..errors import PolicyNotInForce
from .policy import Policy

__all__ = ["BookMistake", "PolicyBook", "book_mistakes"]

_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
BookMistake = tuple[Policy, str, str]
"""What is wrong with the versions of a policy: the version, the field, a sentence."""


class PolicyBook:
    """The versions of one policy. A version is in force from its `effective_from` until its `effective_until`, or the next one.

    A book of a single version that was asked for by name (`pinned`) decides at any time, whatever its dates. Raises ValueError
    for versions that contradict each other.
    """

    def __init__(self, versions: Iterable[Policy], *, pinned: bool = False) -> None:
        ordered = sorted(versions, key=_start)
        if not ordered:
            raise ValueError("a policy has at least one version")
        # A version that was asked for by name stands alone: what it replaces, and when, is no matter.
        mistakes = [] if pinned and len(ordered) == 1 else book_mistakes(ordered)
        if mistakes:
            raise ValueError("; ".join(f"{policy.name}: {sentence}" for policy, _, sentence in mistakes))
        self._versions: Final = tuple(ordered)
        self._always: Final = ordered[0] if pinned and len(ordered) == 1 else None

    @classmethod
    def of(cls, policy: Policy) -> PolicyBook:
        """The book that always says what this policy says."""
        return cls((policy,), pinned=True)

    @property
    def id(self) -> str:
        """The policy's id."""
        return self._versions[0].id

    @property
    def name(self) -> str:
        """`id@version` where there is one version, else the id."""
        return self._versions[0].name if len(self._versions) == 1 else self.id

    @property
    def versions(self) -> Sequence[Policy]:
        """All versions, the earliest first."""
        return self._versions

    @property
    def newest(self) -> Policy:
        """The version that comes last."""
        return self._versions[-1]

    def version(self, version: str) -> Policy | None:
        """The version of this name."""
        return next((policy for policy in self._versions if policy.version == version), None)

    def at(self, instant: datetime) -> Policy:
        """The version in force. Raises PolicyNotInForce where there is none."""
        if self._always is not None:
            return self._always
        found: Policy | None = None
        for policy in self._versions:
            if _start(policy) <= instant:
                found = policy
        if found is None or (found.effective_until is not UNSET and instant >= found.effective_until):
            known = ", ".join(_dated(policy) for policy in self._versions)
            raise PolicyNotInForce(
                f"no version of the policy {self.id} is in force at {instant.isoformat()}; there are {known}",
                policy=self.id,
                at=instant.isoformat(),
            )
        return found

    def knows_function(self, function: str) -> bool:
        """Whether some version has this function in its catalogue."""
        return any(policy.knows_function(function) for policy in self._versions)


def book_mistakes(versions: Sequence[Policy]) -> list[BookMistake]:
    """What keeps these versions from making one book: another id, a version twice, dates that overlap or go in a circle."""
    found: list[BookMistake] = []
    by_version: dict[str, Policy] = {}
    for policy in versions:
        if policy.id != versions[0].id:
            found.append(
                (policy, "id", f"the versions of one policy have one id, not {versions[0].id!r} and {policy.id!r}")
            )
        if policy.version in by_version:
            found.append((policy, "version", f"the version {policy.version!r} is there twice"))
        by_version[policy.version] = policy
    ordered = sorted(versions, key=_start)
    for earlier, later in pairwise(ordered):
        if later.effective_from is UNSET or _start(later) == _start(earlier):
            found.append(
                (later, "effective_from", f"it begins when {earlier.version!r} begins; give each version its own date")
            )
        elif earlier.effective_until is not UNSET and earlier.effective_until > later.effective_from:
            found.append((earlier, "effective_until", f"it overlaps with {later.version!r}, which begins before"))
    for policy in versions:
        found.extend(_replacing(policy, by_version))
    return found


def _replacing(policy: Policy, by_version: dict[str, Policy]) -> Iterable[BookMistake]:
    replaced = policy.replaces
    if replaced is UNSET:
        return
    if replaced not in by_version:
        # A version that stands alone, in a file of its own, may replace one that stands elsewhere.
        if len(by_version) > 1:
            yield policy, "replaces", f"there is no version {replaced!r} here"
        return
    seen = {policy.version}
    follows: object = replaced
    while isinstance(follows, str) and follows in by_version:
        if follows in seen:
            yield policy, "replaces", f"the versions replace each other in a circle: {follows!r} comes round again"
            return
        seen.add(follows)
        follows = by_version[follows].replaces
    if _start(by_version[replaced]) >= _start(policy):
        yield policy, "replaces", f"it replaces {replaced!r}, which does not begin before it"


def _start(policy: Policy) -> datetime:
    return _BEGINNING if policy.effective_from is UNSET else policy.effective_from


def _dated(policy: Policy) -> str:
    start = "the beginning" if policy.effective_from is UNSET else policy.effective_from.isoformat()
    end = "" if policy.effective_until is UNSET else f" until {policy.effective_until.isoformat()}"
    return f"{policy.version} (from {start}{end})"
