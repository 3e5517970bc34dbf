"""Collecting findings: one of a kind for an account or a partition, the gravest first, and no more than anybody wants to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...domain.instants import text
from .findings import CODES, Finding, gravity

__all__ = ["Findings"]

# How many places are remembered as said already: a store that is damaged throughout must not fill the memory.
_REMEMBERED = 100_000


class Findings:
    """Keeps the first finding of each layer of an account; counts the others. The codes of all of them make the verdict.

    Where there are more than `most`, the gravest stay.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.more = 0
        self.codes: set[str] = set()
        self.kept: list[Finding] = []
        self._seen: set[tuple[object, ...]] = set()

    def add(
        self,
        code: str,
        message: str,
        *,
        account: str | None = None,
        version: int | None = None,
        partition: int | None = None,
        position: int | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
    ) -> None:
        """Note a finding; a later one of the same layer of an account is what follows from the first."""
        between = None
        if after is not None or before is not None:
            between = (None if after is None else text(after), None if before is None else text(before))
        self._take(
            Finding(
                code=code,
                layer=CODES[code].layer,
                account=account,
                version=version,
                partition=partition,
                position=position,
                between=between,
                message=message,
            )
        )

    def extend(self, findings: Iterable[Finding], codes: Iterable[str] = (), more: int = 0) -> None:
        """Take over what another verifier has found."""
        self.codes.update(codes)
        self.more += more
        for finding in findings:
            self._take(finding)

    def _take(self, finding: Finding) -> None:
        self.codes.add(finding.code)
        place = _place(finding)
        if place in self._seen:
            return
        if len(self._seen) < _REMEMBERED:
            self._seen.add(place)
        if len(self.kept) < self.most:
            self.kept.append(finding)
            return
        self.more += 1
        least = min(range(len(self.kept)), key=lambda at: gravity(self.kept[at].code), default=None)
        if least is not None and gravity(self.kept[least].code) < gravity(finding.code):
            self.kept[least] = finding


def _place(finding: Finding) -> tuple[object, ...]:
    """What is said once: a layer of an account, or a code of a partition. What befalls a whole partition is no account's."""
    code = CODES[finding.code]
    if code.layer == "exports":
        # Each file is one of its own, and its checker has left out what follows from what.
        return finding.code, finding.message
    if finding.account is None or code.everywhere:
        return finding.code, finding.partition
    return code.layer, finding.account
