"""Proofs from both databases, checked by the script that stands alone: they hold, and with any bit flipped they do not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence import check_proof
from account_sanctions.infrastructure.evidence.check_proof import DoesNotHoldError, check
from account_sanctions.infrastructure.evidence.errors import BadProof, NotProvable
from account_sanctions.infrastructure.evidence.keys import Keys, make_keys
from account_sanctions.infrastructure.evidence.proofs import proof_bytes, read_proof
from account_sanctions.infrastructure.evidence.proving import Prover
from account_sanctions.infrastructure.evidence.sealing import Sealer

from tests.integration.support import command

_ACCOUNTS = 5


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return make_keys(tmp_path / "keys")


@pytest.fixture
def trust(keys: Keys) -> Any:
    return msgspec.to_builtins(keys.trust)


class Proving:
    """A store that was sealed at 200 and at 700 entries, and what proves things of it."""

    def __init__(self, sanctions: Sanctions, keys: Keys) -> None:
        self.sanctions = sanctions
        self.database = sanctions.store.database
        self.prover = Prover(self.database, sanctions.store.identity.store_id)
        self.sealer = Sealer(self.database, sanctions.store.identity.store_id, keys.log, sanctions.clock)
        for count in (200, 500):
            sanctions.execute_many(command("note", f"gh_{n % _ACCOUNTS}", text="seen") for n in range(count))
            sanctions.store.settle_log()
            self.sealer.seal(0)

    def inclusion(self, account: str, version: int) -> bytes:
        with self.database.reading() as cursor:
            return proof_bytes(self.prover.inclusion(cursor, account, version, 0))

    def consistency(self, older: int, newer: int) -> bytes:
        with self.database.reading() as cursor:
            seals = self.prover.reader.checkpoints(cursor, 0)
            return proof_bytes(self.prover.consistency(cursor, seals[older], seals[newer]))


@pytest.fixture
def proving(url: str, keys: Keys) -> Iterator[Proving]:
    with Sanctions.open(url) as sanctions:
        yield Proving(sanctions, keys)


def test_every_event_is_proved(proving: Proving, trust: Any) -> None:
    for number in range(_ACCOUNTS):
        for version in (1, 2, 70, 139, 140):
            said = check(json.loads(proving.inclusion(f"gh_{number}", version)), trust)
            assert said.startswith(f"gh_{number}, version {version}, is entry ")


def test_growth_is_proved_and_its_reverse_is_not(proving: Proving, trust: Any) -> None:
    assert check(json.loads(proving.consistency(0, 1)), trust).endswith("700 entries go on from 200")
    assert check(json.loads(proving.consistency(1, 1)), trust)
    with pytest.raises(NotProvable):
        proving.consistency(1, 0)
    turned = json.loads(proving.consistency(0, 1))
    turned["older"], turned["newer"] = turned["newer"], turned["older"]
    with pytest.raises(DoesNotHoldError):
        check(turned, trust)


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_proof_with_any_bit_flipped_is_refused(proving: Proving, trust: Any, kind: str) -> None:
    proof = proving.inclusion("gh_3", 77) if kind == "inclusion" else proving.consistency(0, 1)
    assert check(json.loads(proof), trust)
    for bit in range(len(proof) * 8):
        wrong = bytearray(proof)
        wrong[bit // 8] ^= 1 << bit % 8
        try:
            found = json.loads(bytes(wrong))
        except ValueError:
            continue
        with pytest.raises(DoesNotHoldError):
            check(found, trust)


def test_proof_for_another_log_or_under_another_key_is_refused(proving: Proving, trust: Any, tmp_path: Path) -> None:
    proof = json.loads(proving.inclusion("gh_1", 1))
    other = msgspec.to_builtins(make_keys(tmp_path / "others").trust)
    with pytest.raises(DoesNotHoldError, match="no trusted key"):
        check(proof, other)
    with pytest.raises(DoesNotHoldError):
        check({**proof, "partition": 1}, trust)
    with pytest.raises(DoesNotHoldError, match="too long"):
        check({**proof, "path": [*proof["path"], proof["path"][0]]}, trust)
    with pytest.raises(DoesNotHoldError, match="too short"):
        check({**proof, "path": proof["path"][:-1]}, trust)


def test_event_that_is_not_sealed_or_not_there_has_no_proof(proving: Proving) -> None:
    proving.sanctions.execute(command("note", "gh_new", text="seen"))
    for account, version in (("gh_new", 1), ("gh_1", 500), ("nobody", 1)):
        with pytest.raises(NotProvable):
            proving.inclusion(account, version)


@pytest.mark.parametrize("found", [None, [], {}, {"format": "x"}, {"format": check_proof.__name__}, 7, "text"])
def test_what_is_no_proof_is_refused(found: Any, trust: Any) -> None:
    with pytest.raises(DoesNotHoldError):
        check(found, trust)
    with pytest.raises(BadProof):
        read_proof(json.dumps(found).encode())


def test_script_runs_alone(proving: Proving, trust: Any, tmp_path: Path) -> None:
    script = shutil.copy(check_proof.__file__, tmp_path / "alone.py")
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    (tmp_path / "good.json").write_bytes(proving.inclusion("gh_2", 5))
    (tmp_path / "bad.json").write_bytes(proving.inclusion("gh_2", 5).replace(b"gh_2", b"gh_3"))
    found = [
        subprocess.run(
            [sys.executable, "-I", script, *files], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        for files in (["good.json", "trust.json"], ["bad.json", "trust.json"], ["none.json", "trust.json"], [])
    ]
    assert [one.returncode for one in found] == [0, 1, 2, 2]
    assert found[0].stdout.startswith("it holds: gh_2, version 5, is entry ")
    assert found[1].stderr.startswith("it does not hold: ")
