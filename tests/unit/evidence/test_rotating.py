"""Rotations of keys: whoever trusts the old key follows them to the new ones, and nobody else can lead him anywhere."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from account_sanctions.infrastructure.evidence.errors import BadKey, BadNote
from account_sanctions.infrastructure.evidence.keys import WriterTrust, make_keys, read_keys
from account_sanctions.infrastructure.evidence.marks import WriterKind
from account_sanctions.infrastructure.evidence.notes import NoteSigner
from account_sanctions.infrastructure.evidence.rotating import Rotation, follow, rotation_text, says


def _signer(name: str) -> NoteSigner:
    return NoteSigner("log.example", sha256(name.encode()).digest())


def _writer(folder: Path, kind: WriterKind) -> WriterTrust:
    return make_keys(folder, writer=kind).trust_of_writer


def test_chain_of_rotations_is_followed(tmp_path: Path) -> None:
    first, second, third = (_signer(name) for name in ("one", "two", "three"))
    public, secret = _writer(tmp_path / "a", "ed25519"), _writer(tmp_path / "b", "hmac-sha256")
    rotations = [
        (1, first.sign(rotation_text("s", 1, second.verifier, public))),
        (2, second.sign(rotation_text("s", 2, third.verifier, secret))),
        (3, third.sign(rotation_text("s", 3, third.verifier))),
    ]
    found = follow([first.verifier], "s", rotations)
    expected = [one.verifier.vkey for one in (first, second, third)]
    assert [one.vkey for one in found.logs] == expected
    assert found.writers == (public,), "a secret cannot be handed over in a note"
    assert secret.key not in rotations[1][1]
    assert [one.vkey for one in follow([first.verifier], "s", rotations).logs] == expected


@pytest.mark.parametrize(
    ("number", "stored", "store", "signer"),
    [(1, 1, "s", "stranger"), (2, 1, "s", "one"), (1, 2, "s", "one"), (1, 1, "other", "one"), (0, 0, "s", "one")],
)
def test_rotation_that_is_not_the_next_one_of_this_store_is_refused(
    number: int, stored: int, store: str, signer: str
) -> None:
    note = _signer(signer).sign(rotation_text(store, number, _signer("two").verifier))
    with pytest.raises(BadNote):
        follow([_signer("one").verifier], "s", [(stored, note)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "account-sanctions/rotation/1\ns\n1\n",
        "account-sanctions/rotation/1\ns\n1\nno-key\n",
        "account-sanctions/rotation/2\ns\n1\n{}\n",
        "account-sanctions/rotation/1\ns\nx\n{}\n",
        "account-sanctions/rotation/1\ns\n1\n{}\nwriter\nmore\n",
    ],
)
def test_what_is_no_rotation_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Rotation.parse(text.format(_signer("two").verifier.vkey))


@pytest.mark.parametrize(
    "line", ["writer", "writer rot13 AA==", "key ed25519 AA==", "writer ed25519 !", "writer ed25519 AA=="]
)
def test_writer_that_cannot_be_read_is_refused(line: str) -> None:
    note = _signer("one").sign(rotation_text("s", 1, _signer("two").verifier) + line + "\n")
    with pytest.raises(BadNote):
        follow([_signer("one").verifier], "s", [(1, note)])


def test_rotation_is_known_again_whatever_its_number() -> None:
    one, two = _signer("one"), _signer("two")
    note = one.sign(rotation_text("s", 1, two.verifier))
    assert says(note, rotation_text("s", 2, two.verifier))
    assert not says(note, rotation_text("s", 2, one.verifier))
    assert not says(note, rotation_text("t", 1, two.verifier))


def test_trust_file_of_another_folder_is_noticed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert make_keys(tmp_path / name).trust_of_writer.kind == "hmac-sha256"
    (tmp_path / "a" / "trust.json").write_bytes((tmp_path / "b" / "trust.json").read_bytes())
    with pytest.raises(BadKey, match="another folder"):
        _ = read_keys(tmp_path / "a").trust_of_writer
