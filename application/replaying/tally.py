"""What is kept of a part of the accounts: figures and a digest that can be added to those of any other part, in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ...domain.due import LinkEnd
from ...domain.queries import restrictions
from ...domain.state import State
from .canonical import state_bytes
from .code import code_digest
from .multiset import MultisetHash
from .results import Finding

__all__ = ["MOST_FINDINGS", "Counting", "Tally"]

MOST_FINDINGS = 100
"""How many findings are listed."""


class Tally(Struct, kw_only=True):
    """Figures over some accounts; as small for a million of them as for one. Its bytes can go from process to process."""

    events: int = 0
    accounts: int = 0
    topics: dict[str, int] = {}
    standings: dict[str, int] = {}
    kinds: dict[str, int] = {}
    restrictions: dict[str, int] = {}
    compared: int = 0
    moved_on: int = 0
    findings: list[Finding] = []
    more: int = 0
    lanes: bytes = MultisetHash().lanes
    code: str = ""

    def find(self, finding: Finding) -> None:
        """Note what does not fit."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    def merge(self, other: Tally) -> None:
        """Take another part in."""
        self.events += other.events
        self.accounts += other.accounts
        self.compared += other.compared
        self.moved_on += other.moved_on
        self.more += other.more
        for mine, others in (
            (self.topics, other.topics),
            (self.standings, other.standings),
            (self.kinds, other.kinds),
            (self.restrictions, other.restrictions),
        ):
            _add(mine, others)
        for finding in other.findings:
            self.find(finding)
        total = MultisetHash(self.lanes)
        total.merge(other.lanes)
        self.lanes = total.lanes


class Counting:
    """Counts states, one account after the other."""

    def __init__(self) -> None:
        self.tally = Tally(code=code_digest())
        self._digest = MultisetHash()

    def add(
        self, account: str, state: State, topics: Mapping[str, int], at: datetime, links: Sequence[LinkEnd]
    ) -> None:
        """An account, its state advanced to `at`; `topics`: those of the events that were known, and how often each."""
        tally = self.tally
        tally.accounts += 1
        tally.events += sum(topics.values())
        _add(tally.topics, topics)
        _count(tally.standings, state.standing)
        if state.live:
            for sanction in state.live.values():
                if sanction.status == "in_force":
                    _count(tally.kinds, sanction.kind)
            for restriction in restrictions(state, at, links):
                _count(tally.restrictions, restriction.function)
        self._digest.add(state_bytes(account, state))

    def finish(self) -> Tally:
        """The figures as they stand."""
        self.tally.lanes = self._digest.lanes
        return self.tally


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _add(counts: dict[str, int], others: Mapping[str, int]) -> None:
    for name, count in others.items():
        counts[name] = counts.get(name, 0) + count
