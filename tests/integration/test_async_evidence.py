"""Evidence through the asynchronous door: keys, sealing, proofs and erasure as through the other one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from account_sanctions.application import AsyncSanctions
from account_sanctions.infrastructure.evidence.check_proof import check
from account_sanctions.infrastructure.evidence.errors import KeysMissing
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.proofs import proof_bytes

from tests.integration.awaited import async_url
from tests.integration.support import REVIEWER, command, restrict, rows


def test_what_is_written_sealed_and_proved(url: str, tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")

    async def work() -> None:
        async with await AsyncSanctions.open(async_url(url), keys=tmp_path / "keys") as sanctions:
            await sanctions.execute(restrict(sanction="s-1", basis={"clause": "4", "facts": "words"}))
            (first,) = await sanctions.seal()
            await sanctions.execute(command("erase_personal_data", by=REVIEWER, reason="asked for"))
            (second,) = await sanctions.checkpoints()
            assert (first.size, second.size) == (1, 2), "the erasure was sealed by itself"
            assert await sanctions.finish_erasures() == 0
            told = (await sanctions.history("gh_1")).events
            assert told[0].fields["untold"] == "erased"
            for proof in (await sanctions.prove("gh_1", 1), await sanctions.prove_growth(first, second)):
                assert check(json.loads(proof_bytes(proof)), msgspec.to_builtins(keys.trust))

    asyncio.run(work())
    assert all(mark for (mark,) in rows(url, "SELECT mark FROM sanctions_events"))


def test_without_keys_nothing_is_sealed(url: str) -> None:
    async def work() -> None:
        async with await AsyncSanctions.open(async_url(url)) as sanctions:
            with pytest.raises(KeysMissing):
                await sanctions.seal()

    asyncio.run(work())
