"""Time stamps of RFC 3161: an authority signs that an anchor was there at an instant. The checkpoint itself says no time.

Requests, answers and their signatures are the work of the library rfc3161-client, which is an extra (`timestamp`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..exporting.errors import LibraryMissing
from .errors import AnchorNotKept, BadTimestamp
from .posting import post

__all__ = ["keep_stamp", "stamp", "stamped_at"]

_QUERY: Final = "application/timestamp-query"


def stamp(url: str, data: bytes) -> bytes:
    """Ask the authority at an address for a time stamp over these bytes; returns its answer as it came (DER).

    That it answers this question is checked; whether to believe it is for whoever has its certificates: `stamped_at`. Raises
    AnchorNotKept, BadTimestamp, and LibraryMissing without the extra.
    """
    _needed()
    from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = post(url, request.as_bytes(), _QUERY)
    try:
        found = decode_timestamp_response(answer)
        granted = PKIStatus(found.status) in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        info = found.tst_info if granted else None
    except ValueError as error:
        raise BadTimestamp(f"the answer is no time stamp: {error}") from None
    if info is None:
        raise BadTimestamp(f"the authority refused (status {found.status}): {' '.join(found.status_string)}")
    if info.nonce != request.nonce or info.message_imprint.message != request.message_imprint.message:
        raise BadTimestamp("the time stamp answers another question")
    return answer


def keep_stamp(url: str, file: Path) -> Path:
    """Have a file stamped, and keep the answer beside it as `FILE.tsr`. Raises as `stamp` does."""
    beside = file.with_name(f"{file.name}.tsr")
    try:
        beside.write_bytes(stamp(url, file.read_bytes()))
    except OSError as error:
        raise AnchorNotKept(f"{beside}: {error.strerror or error}", file=str(beside)) from None
    return beside


def stamped_at(answer: bytes, data: bytes, certificates: Path) -> datetime:
    """When the authority has seen these bytes. `certificates`: those that are believed, as PEM.

    Raises BadTimestamp where the time stamp is of other bytes, damaged, or of an authority that is not among them.
    """
    _needed()
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        believed = load_pem_x509_certificates(certificates.read_bytes())
    except (OSError, ValueError) as error:
        raise BadTimestamp(f"{certificates}: these certificates cannot be read: {error}") from None
    try:
        found = decode_timestamp_response(answer)
        VerifierBuilder(roots=believed).build().verify_message(found, data)
        return found.tst_info.gen_time.astimezone(UTC)
    except (VerificationError, ValueError) as error:
        raise BadTimestamp(f"the time stamp does not hold: {error}") from None


def _needed() -> None:
    try:
        import rfc3161_client as _  # noqa: F401 - whether it is there
    except ImportError:
        raise LibraryMissing(
            "time stamps need rfc3161-client: pip install 'account-sanctions[timestamp]'", extra="timestamp"
        ) from None
