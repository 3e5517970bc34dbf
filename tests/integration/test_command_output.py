"""What is printed: plain when piped, colour on a terminal, and nothing from outside that could drive the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.integration.support import (
    HOLDER,
    MODERATOR,
    as_lines,
    cli,
    command,
    process,
    restrict,
    spawn,
)

# What a terminal acts on (C0, C1, DEL) and what makes text read as something else (bidirectional marks, separators).
_DRIVERS = [chr(n) for n in (*range(32), *range(0x7F, 0xA0)) if n not in (0x0A,)]
_DISGUISES = [chr(n) for n in (0x061C, 0x200E, 0x200F, 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
_PROSE = "line one\nline two \u202egnihtemos\u202c \u2066x\u2069 end"
_NAME = "gh\u202e_1\u2066"


def _harmless(text: str) -> None:
    found = sorted({f"U+{ord(sign):04X}" for sign in (*_DRIVERS, *_DISGUISES) if sign in text})
    assert not found, f"{found} in {text!r}"


def test_piped_output_has_no_escape_sequences(url: str) -> None:
    given = as_lines([restrict(sanction="s-1"), b"{"])
    for arguments in (
        ("apply", "-"),
        ("state", "gh_1"),
        ("history", "gh_1"),
        ("check", "gh_1", "mass_send"),
        ("policy", "list"),
        ("policy", "show", "default"),
        ("sweep",),
        ("rebuild",),
        ("--help",),
    ):
        shown = cli(url, *arguments, given=given)
        _harmless(shown.out + shown.err)
    shown = process(url, "history", "gh_1")
    assert "FunctionsRestricted" in shown.out
    _harmless(shown.out + shown.err)


def test_ids_and_reasons_from_outside_cannot_drive_the_terminal(url: str) -> None:
    given = [
        restrict(_NAME, sanction=f"s{_NAME}", basis={"clause": f"c{_NAME}", "facts": _PROSE}),
        command("note", _NAME, by={"kind": "moderator", "id": f"m{_NAME}"}, text=_PROSE),
        command("appeal", _NAME, by=HOLDER, appeal=f"a{_NAME}", sanction=f"s{_NAME}", statement=_PROSE),
    ]
    done = cli(url, "apply", "-", given=as_lines(given))
    assert done.status == 0, done.out
    for arguments in (("state", _NAME), ("history", _NAME), ("check", _NAME, "mass_send")):
        shown = cli(url, *arguments)
        _harmless(shown.out + shown.err)
        assert "\\u202e" in shown.out


def test_control_characters_in_a_name_are_malformed(url: str) -> None:
    done = cli(url, "apply", "-", given=as_lines(restrict(f"gh{sign}[31m") for sign in _DRIVERS))
    assert done.status == 1
    assert {each["error"]["code"] for each in done.documents} == {"malformed"}
    assert {each["error"]["details"]["field"] for each in done.documents} == {"account"}
    assert len(done.documents) == len(_DRIVERS)


def test_refused_name_in_an_outcome_line_cannot_drive_the_terminal(url: str) -> None:
    done = cli(url, "apply", "-", given=as_lines(restrict(f"gh{sign}[31m") for sign in _DRIVERS))
    _harmless(done.out + done.err)


def test_errors_about_hostile_arguments_are_harmless(url: str) -> None:
    hostile = "\x1b]0;owned\x07\x9b31m\u202e"
    for arguments in (
        ("state", hostile),
        ("history", hostile),
        ("check", hostile, "mass_send"),
        ("check", "gh_1", hostile),
        ("policy", "show", hostile),
        ("apply", f"/nowhere/{hostile}"),
        ("state", "gh_1", "--at", hostile),
        (hostile,),
        ("history", "gh_1", "--html", f"/nowhere/{hostile}"),
    ):
        shown = cli(url, *arguments)
        _harmless(shown.out + shown.err)


def test_database_url_with_hostile_text_is_harmless() -> None:
    shown = cli("nodb://\x1b[31m\u202e", "state", "gh_1").failed(10, "store_unreachable")
    _harmless(shown.out + shown.err)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_terminal_gets_sentences_and_nothing_hostile(url: str) -> None:
    import pty

    given = [
        restrict(_NAME, sanction="s-1"),
        restrict(_NAME, functions=[f"fly{_NAME}"]),
        command("note", by=MODERATOR, text="\x1b[31mred"),
    ]
    leader, follower = pty.openpty()
    try:
        with spawn(url, "apply", "-", stdout=follower) as running:
            os.close(follower)
            running.communicate(as_lines(given), timeout=30)
        shown = _everything(leader)
    finally:
        os.close(leader)
    assert [line.split()[1] for line in shown.splitlines()] == ["1:", "2:", "3:"]
    for word in ("accepted", "refused", "malformed", "unknown_function", "FunctionsRestricted"):
        assert word in shown
    for disguise in _DISGUISES:
        assert disguise not in shown
    assert "\x1b[31mred" not in shown


def _everything(leader: int) -> str:
    parts: list[bytes] = []
    try:
        while part := os.read(leader, 65536):
            parts.append(part)
    except OSError:  # how Linux says that the other side has closed
        pass
    return b"".join(parts).decode()


def test_output_that_is_full_is_not_blamed_on_the_input(url: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("wb") as sink, spawn(url, "apply", "-", stdout=sink) as running:
        _, error = running.communicate(as_lines([restrict()]), timeout=30)
    text = error.decode()
    assert running.returncode != 0
    assert "Traceback" not in text
    assert "unreadable_file" not in text, "the input could be read; it was the output that could not be written"
