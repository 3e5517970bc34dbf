"""A named run: commands without an id get one from their content, so that the same file again does only what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from msgspec import json

from ...domain.errors import SanctionsError

__all__ = ["Run"]

_BYTES: Final = 16


class Run:
    """The ids of one run: its name, what the command says, and the how-manyth it is of those that say the same.

    Where a line stands does not matter: lines may be added, taken out or moved between two tries. What is remembered is a number
    for each line, some hundred bytes.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: set[int] = set()
        self._again: Counter[int] = Counter()

    def identified(self, given: Mapping[str, Any] | SanctionsError) -> Mapping[str, Any] | SanctionsError:
        """The command with an id; one that has its own, or cannot be read, stays as it is."""
        if isinstance(given, SanctionsError) or "command_id" in given:
            return given
        try:
            text = json.encode(given, order="deterministic")
        except RecursionError:
            return given  # No command is nested so deeply: it is refused as what it is.
        digest = blake2b(text, digest_size=_BYTES)
        return {**given, "command_id": f"{self._name}:{digest.hexdigest()}:{self._number(digest.digest())}"}

    def _number(self, digest: bytes) -> int:
        short = int.from_bytes(digest[:8])
        if short in self._seen:
            self._again[short] += 1
            return 1 + self._again[short]
        self._seen.add(short)
        return 1
