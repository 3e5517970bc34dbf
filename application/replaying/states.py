"""Folding accounts one after the other: each counted at the instant, with the ends of what its sanctions exist because of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec.structs import replace

from ...domain.due import LinkEnd, advance
from ...domain.state import State
from ..linking import FindState, link_ends
from .folding import AccountFold, Row, Unfoldable, read_only_mapper
from .results import Instant
from .tally import Counting

__all__ = ["States"]

# How many accounts are kept that others hang on: one that many hang on is read once.
_KEPT = 500


class States:
    """Folds accounts one after the other, and looks up the others because of which their sanctions exist."""

    def __init__(self, instant: Instant, rows_of: Callable[[str], Iterable[Row]]) -> None:
        self.fold = AccountFold(read_only_mapper(), instant)
        self.counting = Counting()
        self.instant = instant

        @lru_cache(_KEPT)
        def known(name: str) -> State:
            return self.fold.known(name, rows_of(name))

        @lru_cache(_KEPT)
        def recorded(name: str) -> State:
            return self.fold.recorded(name, rows_of(name))

        self._known: FindState = known
        self._recorded: FindState = recorded

    def add(self, account: str, rows: Callable[[], Iterable[Row]]) -> tuple[State, tuple[LinkEnd, ...]] | None:
        """Fold an account and count it; what is recorded of it, None where it cannot be folded."""
        at = self.instant.valid_at
        try:
            state, topics, recorded = self.fold.fold(account, rows)
            links = link_ends(state.live.values(), self._known)
            all_links = link_ends(recorded.live.values(), self._recorded)
        except Unfoldable as error:
            finding = error.finding
            if finding.account != account:
                said = f"a sanction exists because of account {finding.account!r}, and that cannot be folded: "
                finding = replace(finding, account=account, version=None, message=said + finding.message)
            self.counting.tally.find(finding)
            return None
        if topics:
            self.counting.add(account, advance(state, at, links), topics, at, links)
        return recorded, all_links
