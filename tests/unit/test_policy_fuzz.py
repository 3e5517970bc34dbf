"""Nothing but a book or a PolicyFileError comes of any bytes."""

from __future__ import annotations

import random
from importlib import resources
from typing import Final

from account_sanctions.application.policies import PolicyFileError
from account_sanctions.application.policies.files import Mistake, read_policy
from hypothesis import given
from hypothesis import strategies as st

PRESETS: Final = sorted(
    entry.read_bytes()
    for entry in (resources.files("account_sanctions.application") / "presets").iterdir()
    if entry.name.endswith(".toml")
)


def sound(body: bytes) -> None:
    """The bytes are a policy, or refused with sentences that lead to lines of the file; nothing else comes out."""
    found: tuple[Mistake, ...] = ()
    try:
        read_policy(body, "fuzz.toml")
    except PolicyFileError as error:
        found = error.mistakes or (Mistake(0, "", ""),)
    lines = body.count(b"\n") + 1
    assert all(one.sentence and (one.line is None or 1 <= one.line <= lines) for one in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_book_or_a_policy_file_error(body: bytes) -> None:
    sound(body)


WORDS: Final = (
    b"id", b"version", b"clauses", b"ladders", b"steps", b"impose", b"[", b"]", b"[[", b"]]", b"{", b"}", b"=", b".", b"\n",
    b'"', b"'''", b'"""', b",", b"#", b"for", b"ban", b"permanent", b"true", b"1.5", b"-1", b"2026-01-01", b"P7D", b"\\u0000",
    b"99999999999999999999", b"versions", b"appeal", b"false", b"\xff", b"\x00", b"null", b"nan", b"weight", b"at",
)  # fmt: skip


@given(st.sampled_from(PRESETS), st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_presets_are_a_book_or_a_policy_file_error(body: bytes, seed: int, times: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    for _ in range(times):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + chance.choice((0, 0, 1, 1, 3, 20, 200)))
        lines = body.split(b"\n")
        piece = chance.choice((chance.choice(WORDS), chance.choice(lines), b"", bytes([chance.randrange(256)])))
        body = body[:start] + piece + body[end:]
    sound(body)


@given(st.sampled_from(PRESETS), st.data())
def test_presets_with_lines_exchanged_are_a_book_or_a_policy_file_error(body: bytes, data: st.DataObject) -> None:
    lines = body.split(b"\n")
    one, other = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    value = data.draw(st.sampled_from([b"7", b"1.5", b"[]", b"{}", b'"x"', b"true", b"2026-01-01", b'[""]', b"-3"]))
    lines[one], lines[other] = lines[other], lines[one]
    if b" = " in lines[one]:
        lines[one] = lines[one].partition(b" = ")[0] + b" = " + value
    sound(b"\n".join(lines))
