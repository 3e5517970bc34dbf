"""The form of an attack: what is done, with what in hand, and what is to be found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from account_sanctions.application.verifying import CODES
from account_sanctions.application.verifying.codes import Layer, Verdict
from msgspec import Struct

from .attacker import Attacker

__all__ = ["Attack", "Hands"]

Hands = Literal["database", "keys", "outside"]
"""What the attacker has: the database alone, the writers' and the log's keys too, or a file that somebody else keeps."""


class Attack(Struct, frozen=True, kw_only=True):
    """One attack. `does` completes the sentence "The attacker ..."; `code` names the finding, `account` and `version` its place.

    `auditor`: what the auditor has instead of the trust file and the anchors. `only`: the database on which it can be done.
    """

    name: str
    does: str
    code: str
    run: Callable[[Attacker], object]
    account: str | None = None
    version: int | None = None
    hands: Hands = "database"
    verdict: Verdict | None = None
    auditor: Callable[[Attacker], dict[str, Any]] | None = None
    only: Literal["sqlite", "postgres"] | None = None

    @property
    def layer(self) -> Layer:
        """The layer that finds it."""
        return CODES[self.code].layer

    @property
    def expected(self) -> Verdict:
        """The verdict: that of the code, unless something graver is found too."""
        return self.verdict or CODES[self.code].verdict
