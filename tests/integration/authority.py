"""A time stamping authority of its own (RFC 3161) for the tests: a certificate, and answers that it signs, in a server here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["REFUSAL", "STAMPED_AT", "Answering", "Authority", "answering"]

STAMPED_AT: Final = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + body


def _integer(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytes([first * 40 + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return _der(0x06, body)


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


_SHA256 = _sequence(_oid("2.16.840.1.101.3.4.2.1"), _der(0x05))
_RSA_SHA256 = _sequence(_oid("1.2.840.113549.1.1.11"), _der(0x05))


class Authority:
    """Stamps what it is asked to, always at the same instant."""

    def __init__(self) -> None:
        root_key, self._key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("root", "stamps"))
        base = x509.CertificateBuilder().issuer_name(root_name)
        base = base.not_valid_before(STAMPED_AT - timedelta(days=1)).not_valid_after(STAMPED_AT + timedelta(days=900))
        root = base.subject_name(root_name).public_key(root_key.public_key()).serial_number(1)
        self.root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
            root_key, SHA256()
        )
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        leaf = base.subject_name(name).public_key(self._key.public_key()).serial_number(2)
        self.certificate = leaf.add_extension(usage, critical=True).sign(root_key, SHA256())

    @property
    def pem(self) -> bytes:
        """What whoever believes it is given."""
        return self.root.public_bytes(Encoding.PEM)

    def stamp(self, digest: bytes, nonce: int | None) -> bytes:
        """The answer to a request for this digest."""
        info = _sequence(
            _integer(1),
            _oid("1.2.3.4.1"),
            _sequence(_SHA256, _der(0x04, digest)),
            _integer(7),
            _der(0x18, STAMPED_AT.strftime("%Y%m%d%H%M%SZ").encode()),
            *([] if nonce is None else [_integer(nonce)]),
        )
        attributes = _sequence(_oid("1.2.840.113549.1.9.3"), _der(0x31, _oid(_TST_INFO))) + _sequence(
            _oid("1.2.840.113549.1.9.4"), _der(0x31, _der(0x04, sha256(info).digest()))
        )
        signature = self._key.sign(_der(0x31, attributes), padding.PKCS1v15(), SHA256())
        signer = _sequence(
            _integer(1),
            _sequence(self.certificate.issuer.public_bytes(), _integer(self.certificate.serial_number)),
            _SHA256,
            _der(0xA0, attributes),
            _RSA_SHA256,
            _der(0x04, signature),
        )
        signed = _sequence(
            _integer(3),
            _der(0x31, _SHA256),
            _sequence(_oid(_TST_INFO), _der(0xA0, _der(0x04, info))),
            _der(0xA0, self.certificate.public_bytes(Encoding.DER)),
            _der(0x31, signer),
        )
        token = _sequence(_oid("1.2.840.113549.1.7.2"), _der(0xA0, signed))
        return _sequence(_sequence(_integer(0)), token)

    def answer(self, request: bytes) -> bytes:
        """The answer to a request as it came: its digest is its only octet string of 32 bytes, its nonce its last integer."""
        place = request.index(b"\x04\x20")
        digest, rest = request[place + 2 : place + 34], request[place + 34 :]
        nonce = int.from_bytes(rest[2 : 2 + rest[1]]) if rest[:1] == b"\x02" else None
        return self.stamp(digest, nonce)


REFUSAL: Final = _sequence(_sequence(_integer(2)))


class Answering:
    """A server on this machine: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"kept"
        self.authority: Authority | None = None
        self.got: list[tuple[str, str, bytes]] = []
        self.url = ""


@contextmanager
def answering() -> Iterator[Answering]:
    """The server, as long as the context lasts."""
    said = Answering()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said.got.append((self.path, self.headers["Content-Type"], body))
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.body if said.authority is None else said.authority.answer(body))

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        said.url = f"http://127.0.0.1:{server.server_port}/checkpoints"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield said
        finally:
            server.shutdown()
            thread.join()
