"""Check a proof offline: python check_proof.py PROOF TRUST

PROOF is a file that `account-sanctions prove` wrote, TRUST the trust file of the auditor. Nothing else of the library is
needed: this file may be copied, read and run alone. Exit status 0: it holds; 1: it does not; 2: usage.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["DoesNotHoldError", "check"]


class DoesNotHoldError(Exception):
    """The proof does not show what it claims."""


def decoded(text: str) -> bytes:
    """Base 64 in its one canonical form."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("this base 64 is not canonical")
    return raw


def after_length(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def climbed(start: tuple[bytes, bytes], number: int, last: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """From two hashes at a place up to two roots; the second is of the whole tree, the first of what is left of the place."""
    before, after = start
    for sibling in path:
        if last == 0:
            raise DoesNotHoldError("the path is too long")
        if number & 1 or number == last:
            before, after = node(sibling, before), node(sibling, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node(after, sibling)
        number, last = number >> 1, last >> 1
    if last:
        raise DoesNotHoldError("the path is too short")
    return before, after


def signed_root(note: str, vkeys: list[str]) -> tuple[str, int, bytes]:
    """The log's name, size and root in a note that one of the keys has signed."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for vkey in vkeys:
        name, _, encoded = vkey.split("+", 2)
        key = decoded(encoded)
        key_hash = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        for line in signatures.removesuffix("\n").split("\n"):
            dash, signer, signature = line.split(" ")
            raw = decoded(signature)
            if (dash, signer, raw[:4], key[:1]) == ("\u2014", name, key_hash, b"\1"):
                Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
                origin, size, root = text.split("\n")[:3]
                return origin, int(size), decoded(root)
    raise DoesNotHoldError("no trusted key has signed the checkpoint")


def check_inclusion(proof: dict[str, Any], vkeys: list[str]) -> str:
    """From the event's bytes up to the signed root: RFC 9162, 2.1.3.2."""
    event, position = proof["event"], proof["position"]
    account, topic, state = event["account"].encode(), event["topic"].encode(), decoded(event["state"])
    previous, version = decoded(event["previous"]), event["version"].to_bytes(8, "big")
    if len(previous) != 32:
        raise DoesNotHoldError("the hash of the event before it has 32 bytes")
    parts = previous + version + after_length(account) + after_length(topic) + after_length(state)
    event_hash = hashlib.sha256(b"account-sanctions/event/1\0" + parts).digest()
    place = proof["partition"].to_bytes(8, "big") + position.to_bytes(8, "big")
    leaf = hashlib.sha256(b"\0" + b"account-sanctions/leaf/1\0" + place + event_hash).digest()
    origin, size, root = signed_root(proof["checkpoint"], vkeys)
    if not 0 < position <= size or not origin.endswith(f"/{proof['partition']}"):
        raise DoesNotHoldError("the checkpoint is not of this log, or does not reach so far")
    _, found = climbed((leaf, leaf), position - 1, size - 1, list(map(decoded, proof["path"])))
    if found != root:
        raise DoesNotHoldError("the event is not in the log that the checkpoint signs")
    return f"{event['account']}, version {event['version']}, is entry {position} of {size} of {origin}"


def check_consistency(proof: dict[str, Any], vkeys: list[str]) -> str:
    """That the newer log begins with the whole older one: RFC 9162, 2.1.4.2."""
    origin, old, old_root = signed_root(proof["older"], vkeys)
    other, new, new_root = signed_root(proof["newer"], vkeys)
    path = list(map(decoded, proof["path"]))
    if origin != other or not 0 < old <= new:
        raise DoesNotHoldError("the two checkpoints are not of one log, or in the wrong order")
    if old == new:
        found = (old_root, new_root) if old_root == new_root and not path else (b"", b"")
    else:
        hashes = path if old & (old - 1) else [old_root, *path]
        number, last = old - 1, new - 1
        while number & 1:
            number, last = number >> 1, last >> 1
        found = climbed((hashes[0], hashes[0]), number, last, hashes[1:])
    if found != (old_root, new_root):
        raise DoesNotHoldError("the newer log does not begin with the older one")
    return f"{origin}: {new} entries go on from {old}"


CHECKS = {
    "account-sanctions/inclusion-proof/1": check_inclusion,
    "account-sanctions/consistency-proof/1": check_consistency,
}


def check(proof: Any, trust: Any) -> str:
    """What the proof shows, in a sentence. Raises DoesNotHoldError."""
    try:
        return CHECKS[proof["format"]](proof, trust["logs"])
    except InvalidSignature:
        raise DoesNotHoldError("the signature of a checkpoint is wrong") from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError) as error:
        raise DoesNotHoldError(f"the proof cannot be read: {error}") from None


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        documents = [json.loads(Path(name).read_bytes()) for name in arguments]
    except (OSError, ValueError, RecursionError) as error:
        sys.stderr.write(f"a file cannot be read: {error}\n")
        return 2
    try:
        sys.stdout.write(f"it holds: {check(*documents)}\n")
    except DoesNotHoldError as error:
        sys.stderr.write(f"it does not hold: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
