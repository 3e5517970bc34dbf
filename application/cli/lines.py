"""Reading files of one JSON object per line: from a file, a pipe or standard input, plain or gzip, of any size."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ...domain.errors import Malformed, SanctionsError

__all__ = ["Line", "UnreadableFile", "batches", "lines", "open_lines"]

LONGEST_LINE: Final = 4 * 1024 * 1024
_BLOCK: Final = 256 * 1024


class UnreadableFile(SanctionsError):
    """The file cannot be read: check the path and its permissions."""

    code = "unreadable_file"


class Line(NamedTuple):
    """A line that is not blank: its number in the file (from 1) and its bytes, or why it cannot be used."""

    number: int
    text: bytes | Malformed


@contextmanager
def open_lines(path: str) -> Generator[BinaryIO, None, None]:
    """The bytes of a file; `-` is standard input, an ending `.gz` is unpacked. Raises UnreadableFile."""
    try:
        if path == "-":
            yield sys.stdin.buffer
        elif path.endswith(".gz"):
            with gzip.open(path, "rb") as unpacked:
                yield io.BufferedReader(unpacked)
        else:
            with Path(path).open("rb") as file:
                yield file
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}", file=path) from None


def batches(source: BinaryIO) -> Iterator[list[Line]]:
    """The lines in groups, each as large as what could be read without waiting: a slow pipe is answered line by line."""
    read = getattr(source, "read1", source.read)
    number, rest, too_long = 0, b"", False
    while block := read(_BLOCK):
        *complete, rest = (rest + block).split(b"\n")
        group: list[Line] = []
        for text in complete:
            number += 1
            _add(group, number, text, too_long=too_long)
            too_long = False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
        if group:
            yield group
    if rest or too_long:
        group = []
        _add(group, number + 1, rest, too_long=too_long)
        yield group


def lines(source: BinaryIO) -> Iterator[Line]:
    """The lines one by one."""
    for group in batches(source):
        yield from group


def _add(group: list[Line], number: int, text: bytes, *, too_long: bool) -> None:
    if too_long or len(text) > LONGEST_LINE:
        group.append(Line(number, Malformed(f"the line is longer than {LONGEST_LINE} bytes", field=None)))
    elif text.strip():
        group.append(Line(number, text))
