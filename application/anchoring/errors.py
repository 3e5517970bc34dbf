"""What can go wrong where checkpoints are brought elsewhere: typed, with a stable code, and saying what to do."""

from __future__ import annotations

from ...domain.errors import SanctionsError

__all__ = ["AnchorContradicted", "AnchorNotKept", "BadTimestamp", "NothingSealed"]


class NothingSealed(SanctionsError):
    """There is no checkpoint yet: run `seal` first."""

    code = "nothing_sealed"


class AnchorContradicted(SanctionsError):
    """The log does not go on from the anchor that is kept there: keep that anchor, and run `verify` with it."""

    code = "anchor_contradicted"


class AnchorNotKept(SanctionsError):
    """The anchor could not be brought where it is to be kept: mend what the message says, and anchor again."""

    code = "anchor_not_kept"
    retriable = True


class BadTimestamp(SanctionsError):
    """The time stamp does not show what it should: ask for another one, and if it fails again, ask another authority."""

    code = "bad_timestamp"
