"""The part of `AsyncSanctions` that is about evidence: sealing, checkpoints, proofs, erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sanctions import Sanctions
from .running import run

if TYPE_CHECKING:
    from ...infrastructure.evidence.proofs import ConsistencyProof, InclusionProof
    from ...infrastructure.evidence.sealing import Sealed

__all__ = ["AsyncEvidence"]


class AsyncEvidence:
    """Every method means what the method of `Sanctions` means, and raises what that raises."""

    door: Sanctions

    async def seal(self) -> list[Sealed]:
        """Sequence and seal all that is committed; returns the newest checkpoint of each partition that has one."""
        return await run(self.door.seal)

    async def checkpoints(self) -> list[Sealed]:
        """The newest checkpoint of each partition that has one, for somebody else to keep."""
        return await run(self.door.checkpoints)

    async def prove(self, account: str, version: int, under: Sealed | None = None) -> InclusionProof:
        """That an event stands in the log under its newest checkpoint, or under the one that is given."""
        return await run(self.door.prove, account, version, under)

    async def prove_growth(self, older: Sealed, newer: Sealed) -> ConsistencyProof:
        """That the log of the newer checkpoint begins with the older one's."""
        return await run(self.door.prove_growth, older, newer)

    async def finish_erasures(self, account: str | None = None) -> int:
        """Destroy the free text whose erasure is recorded, of one account or of all; returns how many texts."""
        return await run(self.door.finish_erasures, account)
