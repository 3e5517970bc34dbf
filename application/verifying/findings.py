"""What a verification found: each thing with its place, its layer, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from .codes import CODES, Code, Layer, Verdict, gravity

__all__ = ["CODES", "EXIT_STATUS", "Code", "Finding", "Layer", "Verdict", "Verification", "gravity", "verdict_of"]

EXIT_STATUS: Final[dict[Verdict, int]] = {
    "verified": 0,
    "tampered": 1,
    "inconsistent": 3,
    "incomplete": 4,
    "unsealed": 5,
}


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong. `between`: after which instant and before which it was done, as far as can be said.

    `position` counts from 1 within `partition`.
    """

    code: str
    layer: Layer
    account: str | None = None
    version: int | None = None
    partition: int | None = None
    position: int | None = None
    between: tuple[str | None, str | None] | None = None
    message: str


class Verification(Struct, frozen=True, kw_only=True):
    """What was verified and what was found.

    `sealed`: entries under a checkpoint; `more`: findings that are not listed; `skipped`: what was not looked at, in
    sentences (`since` and `account` leave most of a store aside).
    """

    verdict: Verdict
    events: int
    accounts: int
    sealed: int
    findings: tuple[Finding, ...]
    more: int = 0
    skipped: tuple[str, ...] = ()

    @property
    def exit_status(self) -> int:
        """The exit status of `verify`."""
        return EXIT_STATUS[self.verdict]


def verdict_of(codes: Iterable[str]) -> Verdict:
    """The gravest that these codes make."""
    worst: Literal["verified"] | str = max(codes, key=gravity, default="verified")
    return "verified" if worst == "verified" else CODES[worst].verdict
