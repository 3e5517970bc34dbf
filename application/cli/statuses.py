"""With which status a command ends after which error; imported when there is one, for it needs half of the package."""

from __future__ import annotations

from typing import Final

from ...domain.errors import Malformed, SanctionsError
from ...infrastructure.errors import StoreError
from ...infrastructure.evidence.errors import BadKey, BadNote, KeysMissing
from ..anchoring.errors import AnchorNotKept
from ..exporting.errors import DsaMappingError, ExportExists, ExportUnwritable, LibraryMissing
from ..horizon import CheckpointElsewhere, PartitionUnsaid, PositionAhead
from ..policies import PolicyFileError, UnknownPolicy
from ..replaying.errors import EngineUnreachable, ReplayInterrupted, ReplaySource
from .app import DENIED, INFRASTRUCTURE, USAGE
from .lines import UnreadableFile

__all__ = ["OutputFailed", "status_of"]


class OutputFailed(SanctionsError):
    """What was asked for could not be printed: make room, then run the command again."""

    code = "output_failed"


_OF_INFRASTRUCTURE: Final = (
    *(StoreError, OutputFailed, ExportUnwritable),
    *(EngineUnreachable, ReplayInterrupted, AnchorNotKept),
)
_OF_USAGE: Final = (
    *(Malformed, UnknownPolicy, PolicyFileError, UnreadableFile),
    *(DsaMappingError, ExportExists, LibraryMissing, ReplaySource),
    *(BadKey, BadNote, KeysMissing),
    *(CheckpointElsewhere, PartitionUnsaid, PositionAhead),
)


def status_of(error: SanctionsError) -> int:
    """The exit status."""
    if isinstance(error, _OF_INFRASTRUCTURE):
        return INFRASTRUCTURE
    # What is malformed here is an argument: lines of a file have outcomes instead.
    return USAGE if isinstance(error, _OF_USAGE) else DENIED
