"""Signed notes, checkpoints, marks and key files: good ones are accepted, and whatever was touched is not."""

from __future__ import annotations

import stat
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from account_sanctions.infrastructure.evidence.checkpoints import Checkpoint, origin_of
from account_sanctions.infrastructure.evidence.errors import BadKey, BadNote
from account_sanctions.infrastructure.evidence.keys import TRUST, WRITER_KEY, make_keys, read_keys, read_trust
from account_sanctions.infrastructure.evidence.marks import WriterKind, marker, verifier
from account_sanctions.infrastructure.evidence.notes import NoteSigner, NoteVerifier, open_note, split_note
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_CHECKPOINT = Checkpoint(origin_of("store", 0), 7, sha256(b"root").digest())
_KINDS: tuple[WriterKind, ...] = ("hmac-sha256", "ed25519")
# The example of c2sp.org/signed-note and of Go's golang.org/x/mod/sumdb/note.
_PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
_NEUMANN = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_published_note_is_accepted_with_its_published_key() -> None:
    text, signed = open_note(_NEUMANN, [NoteVerifier.parse(_PETER)])
    assert text.endswith("what your problem is.\n")
    assert [one.vkey for one in signed] == [_PETER]


def _signer(name: str = "log.example") -> NoteSigner:
    return NoteSigner(name, sha256(name.encode()).digest())


def test_note_with_any_character_changed_is_refused() -> None:
    signer = _signer()
    note = signer.sign(_CHECKPOINT.text)
    assert open_note(note, [signer.verifier])[0] == _CHECKPOINT.text
    for place, character in enumerate(note):
        other = "A" if character != "A" else "B"
        with pytest.raises(BadNote):
            open_note(note[:place] + other + note[place + 1 :], [signer.verifier])


def test_signatures_of_unknown_keys_are_ignored() -> None:
    signer, witness = _signer(), _signer("witness.example")
    note = signer.sign(_CHECKPOINT.text) + witness.signature_line(_CHECKPOINT.text)
    assert open_note(note, [signer.verifier])[1] == (signer.verifier,)
    assert len(open_note(note, [witness.verifier, signer.verifier])[1]) == 2
    with pytest.raises(BadNote, match="no trusted key"):
        open_note(note, [_signer("somebody.else").verifier])
    with pytest.raises(BadNote, match="no trusted key"):
        open_note(note, [])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014 name !!!\n",
        "\x07\n\n\u2014 n AAAAAAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        split_note(note)


def test_checkpoint_is_read_as_it_was_written() -> None:
    assert Checkpoint.parse(_CHECKPOINT.text) == _CHECKPOINT


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\nx\nAA==\n", "a\n1\nAA==\n", "a\n1\n!\n", "\n1\nA\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


@pytest.mark.parametrize("vkey", ["", "a+b", "a+00000000+AAAA", "a b+00000000+AQ==", _PETER.replace("c74f", "c74e")])
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(BadKey):
        NoteVerifier.parse(vkey)


@pytest.mark.parametrize("kind", _KINDS)
def test_mark_holds_for_its_event_and_its_key_alone(kind: WriterKind) -> None:
    secret, event = bytes(range(32)), sha256(b"event").digest()
    made = marker(kind, secret)
    public = (
        secret
        if kind == "hmac-sha256"
        else Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    )
    checks = verifier(kind, public)
    mark = made.mark(event)
    assert checks.key_id == made.key_id
    assert checks.holds(event, mark)
    assert not checks.holds(sha256(b"another").digest(), mark)
    assert not checks.holds(event, marker(kind, bytes(32)).mark(event))
    for bit in range(len(mark) * 8):
        wrong = bytearray(mark)
        wrong[bit // 8] ^= 1 << bit % 8
        assert not checks.holds(event, bytes(wrong))


@pytest.mark.parametrize("kind", _KINDS)
def test_keys_are_private_files_and_the_trust_file_verifies_what_they_sign(tmp_path: Path, kind: WriterKind) -> None:
    keys = make_keys(tmp_path / "keys", writer=kind)
    for file in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    trust = read_trust(tmp_path / "keys" / TRUST)
    event = sha256(b"event").digest()
    assert trust.mark_verifiers()[keys.writer.key_id].holds(event, keys.writer.mark(event))
    open_note(keys.log.sign(_CHECKPOINT.text), trust.log_verifiers())
    again = read_keys(tmp_path / "keys")
    assert again.writer.mark(event)[:8] == keys.writer.key_id
    secret = (tmp_path / "keys" / WRITER_KEY).read_text()
    assert (kind == "hmac-sha256") == (trust.writers[0].key in secret)


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    make_keys(tmp_path)
    with pytest.raises(BadKey, match="already"):
        make_keys(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"format":"x","logs":[],"writers":[]}',
        b'{"format":"account-sanctions/trust/1","logs":["x"],"writers":[]}',
    ],
)
def test_trust_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "trust.json"
    file.write_bytes(content)
    with pytest.raises(BadKey):
        read_trust(file)


@pytest.mark.parametrize("secret", [b"", b"short", b64encode(b"x" * 31), b"!"])
def test_key_file_that_cannot_be_used_is_refused(tmp_path: Path, secret: bytes) -> None:
    make_keys(tmp_path)
    (tmp_path / WRITER_KEY).write_bytes(b'{"kind":"hmac-sha256","name":"n","secret":"' + secret + b'"}')
    with pytest.raises(BadKey):
        read_keys(tmp_path)
