"""Policy files: TOML, one policy a file, in one version or in several (`[[versions]]`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from ...domain.errors import SanctionsError
from ...domain.policies.book import PolicyBook
from .reading import LARGEST, Mistake, PolicyText, read_text, versions_mistakes

__all__ = ["Checked", "Mistake", "PolicyFileError", "check_policy_files", "read_policy", "read_policy_file"]

_STANDARD_INPUT: Final = "-"


class PolicyFileError(SanctionsError):
    """The policy file cannot be used: correct it where the message says, and try `policy check` on it."""

    code = "policy_file"

    def __init__(self, file: str, mistakes: tuple[Mistake, ...]) -> None:
        first = mistakes[0]
        where = file if first.line is None else f"{file}, line {first.line}"
        field = f"{first.field}: " if first.field else ""
        more = f" (and {len(mistakes) - 1} more; `policy check` shows all)" if len(mistakes) > 1 else ""
        super().__init__(f"{where}: {field}{first.sentence}{more}", file=file, mistakes=msgspec.to_builtins(mistakes))
        self.file = file
        self.mistakes = mistakes


class Checked(Struct, frozen=True):
    """What a check of a policy file came to: the policies in it, and its mistakes in the order of the lines."""

    file: str
    policies: tuple[str, ...]
    mistakes: tuple[Mistake, ...]


def read_policy_file(path: str | Path) -> PolicyBook:
    """The policy that a file lays down; `-` is standard input.

    Raises PolicyFileError, naming file and line, for anything that is wrong with it.
    """
    return _book(_read_file(path))


def read_policy(body: bytes, name: str) -> PolicyBook:
    """The policy of a file's bytes; `name` is what messages call the file. Raises PolicyFileError."""
    return _book(read_text(body, name))


def check_policy_files(paths: Iterable[str | Path]) -> list[Checked]:
    """Everything that is wrong with these files, each by itself, and the versions of one policy among one another."""
    texts = [_read_file(path) for path in dict.fromkeys(map(str, paths))]
    besides: dict[str, list[Mistake]] = {}
    complete = [text for text in texts if text.whole]
    for name in dict.fromkeys(version.policy.id for text in complete for version in text.versions):
        # A file is one policy; its other ids are mistakes that the comparison names.
        book = [one for text in complete if any(v.policy.id == name for v in text.versions) for one in text.versions]
        for file, mistake in versions_mistakes(book):
            besides.setdefault(file, []).append(mistake)
    return [
        Checked(
            text.file,
            tuple(version.policy.name for version in text.versions),
            _in_order((*text.mistakes, *besides.get(text.file, ()))),
        )
        for text in texts
    ]


def _book(text: PolicyText) -> PolicyBook:
    besides = [mistake for _, mistake in versions_mistakes(text.versions)] if text.whole else []
    mistakes = _in_order((*text.mistakes, *besides))
    if mistakes:
        raise PolicyFileError(text.file, mistakes)
    return PolicyBook(version.policy for version in text.versions)


def _in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    return tuple(sorted(dict.fromkeys(mistakes), key=lambda one: one.line or 0))


def _read_file(path: str | Path) -> PolicyText:
    # A name may hold bytes that are no text; what is said about it must be.
    name = str(path).encode("utf-8", "backslashreplace").decode()
    try:
        body = _beginning(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return PolicyText(name, mistakes=(Mistake(None, "", f"it cannot be read: {reason}"),))
    return read_text(body, name)


def _beginning(path: str | Path) -> bytes:
    """As much of a file as may be in it, and one byte more: what has no end is not read to its end."""
    if str(path) == _STANDARD_INPUT:
        return sys.stdin.buffer.read(LARGEST + 1)
    with Path(path).open("rb") as file:
        return file.read(LARGEST + 1)
