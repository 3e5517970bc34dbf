"""What can stop a replay: typed, with a stable code, and saying what to do. What is wrong with an account is a finding."""

from __future__ import annotations

from ...domain.errors import SanctionsError

__all__ = ["EngineUnreachable", "ReplayInterrupted", "ReplaySource"]


class ReplaySource(SanctionsError):
    """This export cannot be replayed: export the whole record as Parquet, and check it with `export check`."""

    code = "replay_source"


class EngineUnreachable(SanctionsError):
    """No Dask cluster answers at this address, or it has no workers: start it, and check the address."""

    code = "engine_unreachable"


class ReplayInterrupted(SanctionsError):
    """A part of the replay was lost more than once, or was not done in time: look at the workers, then replay again."""

    code = "replay_interrupted"
