"""Files that appear whole or not at all: they are written in a hidden folder beside their place, and renamed into it.

Whoever is killed leaves the hidden folder behind, which no reader takes for an export and anybody may delete.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from .errors import ExportExists, ExportUnwritable

__all__ = ["placing_files", "placing_folder"]


@contextmanager
def placing_files(
    target: Path, *, replace: bool, besides: Callable[[str], tuple[str, ...]]
) -> Generator[Path, None, None]:
    """A folder to write the file `target.name` and its companions in; at the end they take their places, the file first.

    `besides` gives the names that companions may have; old ones go before the new file comes, so that none is ever beside a
    file that it does not speak of. Raises ExportExists (unless `replace`) and ExportUnwritable.
    """
    with _beside(target, replace=replace) as folder:
        yield folder
        _check_free(target, replace=replace)
        for name in besides(target.name):
            (target.parent / name).unlink(missing_ok=True)
        for file in sorted(folder.iterdir(), key=lambda file: file.name != target.name):
            _settle(file)
            file.replace(target.parent / file.name)
        _settle(target.parent)


@contextmanager
def placing_folder(target: Path, *, replace: bool) -> Generator[Path, None, None]:
    """A folder that becomes `target` at the end. Raises ExportExists (unless `replace`) and ExportUnwritable."""
    with _beside(target, replace=replace) as folder:
        inside = folder / target.name
        inside.mkdir()
        yield inside
        for path in sorted(inside.rglob("*"), reverse=True):
            _settle(path)
        _settle(inside)
        _check_free(target, replace=replace)
        before = folder / f"{target.name}.before"
        if target.exists():
            target.rename(before)
        try:
            inside.rename(target)
        except OSError:
            if before.exists():
                before.rename(target)
            raise
        _settle(target.parent)


@contextmanager
def _beside(target: Path, *, replace: bool) -> Generator[Path, None, None]:
    try:
        _check_free(target, replace=replace)
        folder = Path(mkdtemp(prefix=f".{target.name[:100]}.", suffix=".partial", dir=target.parent))
        try:
            yield folder
        finally:
            with suppress(OSError):
                rmtree(folder)
    except OSError as error:
        raise ExportUnwritable(f"{target}: {error.strerror or error}", file=str(target)) from None


def _check_free(target: Path, *, replace: bool) -> None:
    if not target.name:
        raise ExportExists(f"{target} is no name for an export", file=str(target))
    if replace or not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    raise ExportExists(f"{target} exists already: give another name, or replace it", file=str(target))


def _settle(path: Path) -> None:
    """What has been written is on the disk before anything has its name."""
    with suppress(PermissionError):  # Some systems let nobody open a folder.
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
