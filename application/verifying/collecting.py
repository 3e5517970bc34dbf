"""Collecting findings: one of a kind for an account or a partition, and no more than anybody wants to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...domain.instants import text
from .findings import CODES, Finding

__all__ = ["Findings"]


class Findings:
    """Keeps the first finding of each layer of an account; counts the others. The codes of all of them make the verdict."""

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
        layer = CODES[code][0]
        place = (layer, account) if account is not None else (code, partition)
        if place in self._seen:
            self.codes.add(code)
            return
        between = None
        if after is not None or before is not None:
            between = (None if after is None else text(after), None if before is None else text(before))
        self._take(
            Finding(
                code=code,
                layer=layer,
                account=account,
                version=version,
                partition=partition,
                position=position,
                between=between,
                message=message,
            ),
            place,
        )

    def extend(self, findings: Iterable[Finding], codes: Iterable[str] = (), more: int = 0) -> None:
        """Take over what another verifier has found."""
        self.codes.update(codes)
        self.more += more
        for finding in findings:
            place = (
                (finding.layer, finding.account) if finding.account is not None else (finding.code, finding.partition)
            )
            if place not in self._seen:
                self._take(finding, place)

    def _take(self, finding: Finding, place: tuple[object, ...]) -> None:
        self.codes.add(finding.code)
        if len(self._seen) < 100_000:
            self._seen.add(place)
        if len(self.kept) < self.most:
            self.kept.append(finding)
        else:
            self.more += 1
