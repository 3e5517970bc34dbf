"""Signed notes as C2SP specifies them (c2sp.org/signed-note): a text, an empty line, and a line for each signature.

Names of keys are outside the signature; signatures by keys that are not known are ignored, which is how cosigners are added.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from .errors import BadKey, BadNote

__all__ = ["Note", "NoteSigner", "NoteVerifier", "joined", "notes_in", "open_note", "split_note"]

_ED25519: Final = b"\x01"
_DASH: Final = "\u2014 "
_LONGEST: Final = 1_000_000
_MOST_SIGNATURES: Final = 100


class Signature(Struct, frozen=True):
    """One signature: the name and the hash of its key, as the note claims them."""

    name: str
    key_hash: bytes
    signature: bytes


class Note(Struct, frozen=True):
    """A note as it was read; nothing of it has been verified."""

    text: str
    signatures: tuple[Signature, ...]


class NoteVerifier:
    """A public key by which notes are verified."""

    def __init__(self, name: str, public: bytes) -> None:
        _check_name(name)
        self.name = name
        self.public = public
        self.key_hash = _key_hash(name, public)
        self._key = Ed25519PublicKey.from_public_bytes(public)

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key of the form `name+hash+base64`. Raises BadKey."""
        try:
            name, found, encoded = vkey.strip().split("+", 2)
            raw = b64decode(encoded, validate=True)
            if raw[:1] != _ED25519:
                raise BadKey("a log's key is an Ed25519 key (C2SP type 1)")
            verifier = cls(name, raw[1:])
        except (ValueError, NotBase64) as error:
            raise BadKey(f"this is no verifier key: {error}") from None
        if verifier.key_hash.hex() != found:
            raise BadKey(f"the verifier key of {name!r} does not fit its own hash")
        return verifier

    @property
    def vkey(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.key_hash.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    def has_signed(self, note: Note) -> bool:
        """Whether one of the signatures is this key's and good."""
        for one in note.signatures:
            if one.name == self.name and one.key_hash == self.key_hash:
                try:
                    self._key.verify(one.signature, note.text.encode())
                except InvalidSignature:
                    return False
                return True
        return False


class NoteSigner:
    """A private key by which notes are signed."""

    def __init__(self, name: str, private: bytes) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(private)
        except ValueError as error:
            raise BadKey(f"this is no Ed25519 key: {error}") from None
        self.verifier = NoteVerifier(name, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The text as a signed note."""
        return f"{text}\n{self.signature_line(text)}"

    def signature_line(self, text: str) -> str:
        """The line that is added to a note of this text."""
        signed = b64encode(self.verifier.key_hash + self._key.sign(_checked(text).encode())).decode()
        return f"{_DASH}{self.verifier.name} {signed}\n"


def split_note(given: str) -> Note:
    """Read a note. Raises BadNote for what is none."""
    if len(given) > _LONGEST:
        raise BadNote("a note of more than a megabyte is refused")
    text, gap, lines = given.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadNote("a signed note is a text, an empty line, and lines of signatures")
    found: list[Signature] = []
    for line in lines[:-1].split("\n"):
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            raw = b64decode(encoded, validate=True)
        except (ValueError, NotBase64):
            raw = b""
        if b64encode(raw).decode() != encoded:
            raise BadNote("a signature is not written in its one canonical form")
        if not line.startswith(_DASH) or not space or not name or "+" in name or len(raw) < 5:
            raise BadNote("a line of the signatures cannot be read")
        found.append(Signature(name, raw[:4], raw[4:]))
    if len(found) > _MOST_SIGNATURES:
        raise BadNote(f"a note with more than {_MOST_SIGNATURES} signatures is refused")
    return Note(_checked(text + "\n"), tuple(found))


def open_note(given: str, verifiers: Iterable[NoteVerifier]) -> tuple[str, tuple[NoteVerifier, ...]]:
    """The text of a note and which of these keys have signed it. Raises BadNote when none has."""
    note = split_note(given)
    signed = tuple(verifier for verifier in verifiers if verifier.has_signed(note))
    if not signed:
        raise BadNote("no trusted key has signed this note")
    return note.text, signed


def joined(notes: Iterable[str]) -> str:
    """Several notes as one text, an empty line between two."""
    return "\n".join(notes)


def notes_in(content: str) -> Iterator[str]:
    """The notes of such a text: each ends with its lines of signatures. What is no note comes out as it stands."""
    lines: list[str] = []
    for line in content.splitlines(keepends=True):
        if lines and lines[-1].startswith(_DASH) and line == "\n":
            yield "".join(lines)
            lines = []
        else:
            lines.append(line)
    if lines:
        yield "".join(lines)


def _key_hash(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise BadKey(f"the name of a key is not empty and has neither blanks nor a plus sign: {name!r}")


def _checked(text: str) -> str:
    if not text.endswith("\n") or any(ord(character) < 32 and character != "\n" for character in text):
        raise BadNote("the text of a note ends with a line break and holds no control characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadNote("the text of a note is UTF-8: bytes that are none, read as half characters, are refused")
    return text
