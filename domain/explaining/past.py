"""What is known of an account at an instant: the recorded events, what fell due after them, and the state they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from ..due import LinkEnd, due
from ..events import Event, Imposed, ProposalApproved, SanctionOverturned, SanctionProposed, ViolationRecorded
from ..evolve import fold
from ..policies.policy import Policy
from ..record import Recorded
from ..state import NOTHING, State

__all__ = ["FindLinks", "FindPolicy", "Past", "past"]

FindLinks = Callable[[State], Sequence[LinkEnd]]

FindPolicy = Callable[[str], Policy | None]
"""The policy of a digest, None where its text is not at hand."""


class Past(Struct, frozen=True, kw_only=True):
    """An account at `at` as known at a time.

    `records`: the events known and valid, oldest first. `fallen`: what fell due by `at` and is not recorded. `state`: the state
    that both make, with what is known to have been overturned void from its beginning.
    `version`: how many events are known, and `known` these, also those of later instants. `links`: as in `due`, and `find_links`
    how they are found for another state.
    """

    account: str
    at: datetime
    records: tuple[Recorded, ...]
    fallen: tuple[Event, ...]
    state: State
    version: int
    policies: FindPolicy
    known: tuple[Recorded, ...]
    find_links: FindLinks
    links: Sequence[LinkEnd] = ()

    def before(self, version: int, *, without: frozenset[str] = frozenset()) -> State:
        """The state that the event of this version was decided on; `without` some sanctions, as if they never had been."""
        events = [record.event for record in self.records if record.version < version]
        return fold(NOTHING, events, voided=dict.fromkeys(without, self.at) if without else None)

    def events(self) -> Iterator[Event]:
        """Every event, recorded or not."""
        for record in self.records:
            yield record.event
        yield from self.fallen

    def imposed(self, sanction: str) -> Imposed | None:
        """The event that imposed a sanction."""
        return next((e for e in self.events() if isinstance(e, Imposed) and e.sanction == sanction), None)

    def violation(self, name: str) -> Recorded | None:
        """The record of a violation."""
        return self._find(lambda event: isinstance(event, ViolationRecorded) and event.violation == name)

    def sanction(self, name: str) -> Recorded | None:
        """The record of a sanction; None for one that fell due and is not recorded yet."""
        return self._find(lambda event: isinstance(event, Imposed) and event.sanction == name)

    def proposal(self, name: str) -> Recorded | None:
        """The record of a proposal."""
        return self._find(lambda event: isinstance(event, SanctionProposed) and event.proposal == name)

    def approval(self, proposal: str) -> Recorded | None:
        """The record of the second person's yes."""
        return self._find(lambda event: isinstance(event, ProposalApproved) and event.proposal == proposal)

    def _find(self, wanted: Callable[[Event], bool]) -> Recorded | None:
        return next((record for record in self.records if wanted(record.event)), None)


def past(
    account: str,
    history: Sequence[Recorded],
    *,
    valid_at: datetime,
    known_at: datetime,
    policies: FindPolicy,
    find_links: FindLinks = lambda _recorded: (),
) -> Past:
    """The account at `valid_at` as it was known at `known_at`; the same state as `queries.state_at`.

    `find_links`: what `due` takes as `links`, for the recorded state.
    """
    known = [record for record in history if record.recorded_at <= known_at]
    valid = [record for record in known if record.event.at <= valid_at]
    later = [record.event for record in known[len(valid) :]]
    voided = {event.sanction: event.at for event in later if isinstance(event, SanctionOverturned)}
    state = fold(NOTHING, [record.event for record in valid], voided=voided)
    links = find_links(state)
    fallen = due(state, valid_at, links)
    return Past(
        account=account,
        at=valid_at,
        records=tuple(valid),
        fallen=fallen,
        state=fold(state, fallen) if fallen else state,
        version=len(known),
        policies=policies,
        known=tuple(known),
        find_links=find_links,
        links=links,
    )
