"""Reading files of one JSON object per line: from a file, a pipe or standard input, plain or gzip, of any size."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from ...domain.errors import Malformed
from ..unreadable import UnreadableFile

__all__ = ["Line", "UnreadableFile", "batches", "lines", "open_lines"]

LONGEST_LINE: Final = 4 * 1024 * 1024
_BLOCK: Final = 256 * 1024


class Line(NamedTuple):
    """A line that is not blank: its number in the file (from 1) and its bytes, or why it cannot be used."""

    number: int
    text: bytes | Malformed


@contextmanager
def open_lines(path: str) -> Generator[BinaryIO, None, None]:
    """The bytes of a file; `-` is standard input, an ending `.gz` is unpacked. Raises UnreadableFile."""
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        file: BinaryIO = Path(path).open("rb")  # noqa: SIM115 - closed below, outside the reach of this `except`
    except OSError as error:
        raise _unreadable(path, error) from None
    with file:
        # Unpacked bytes come through a buffer, so that both kinds can be read without waiting for more.
        yield io.BufferedReader(gzip.GzipFile(fileobj=file)) if path.endswith(".gz") else file


def _unreadable(path: str, error: Exception) -> UnreadableFile:
    return UnreadableFile(f"{path}: {getattr(error, 'strerror', None) or error}", file=path)


def batches(source: BinaryIO) -> Iterator[list[Line]]:
    """The lines in groups, each as large as what could be read without waiting: a slow pipe is answered line by line."""
    number, rest, too_long = 0, b"", False
    while block := _block(source):
        if number == 0 and not rest:
            block = block.removeprefix(BOM_UTF8)
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


def _block(source: BinaryIO) -> bytes:
    read: Callable[[int], bytes] = getattr(source, "read1", source.read)
    try:
        return read(_BLOCK)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(str(getattr(source, "name", "the input")), error) from None


def lines(source: BinaryIO) -> Iterator[Line]:
    """The lines one by one."""
    for group in batches(source):
        yield from group


def _add(group: list[Line], number: int, text: bytes, *, too_long: bool) -> None:
    if too_long or len(text) > LONGEST_LINE:
        group.append(Line(number, Malformed(f"the line is longer than {LONGEST_LINE} bytes", field=None)))
    elif text.strip():
        group.append(Line(number, text))
