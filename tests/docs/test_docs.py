"""The documentation says what is so: its code runs, its commands print what it shows, its links lead somewhere.

Blocks of a page run in their order, in one temporary folder:

- ```python: executed, all in one namespace. ```output after it: what it printed.
- ```console: lines that begin with `$ ` run in a shell with the program on its PATH (on the pages of IN_PROCESSES the program
  itself, on the others a fork of a process that has imported it, see `tests.forked`); the lines up to the next `$ ` are what it
  prints, `...` standing for anything (a line of its own: for any lines). No lines: whatever it prints.
- ```jsonl NAME, ```json NAME, ```toml NAME or ```python NAME.py: a file of that name. TOML without a name is read, and nothing
  more.
- ```python no-run: not executed; an HTML comment before it says why.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.forked import program
from tests.postgres import fresh_database

from .pages import PAGES, ROOT, Block, anchors, blocks, links

EXECUTED = ("python", "console", "output", "jsonl", "json", "toml")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


WITH_CODE = [page for page in PAGES if any(block.language in ("python", "console") for block in blocks(page))]


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A page may say where log records go; the tests after it are to know nothing of that."""
    loggers = [logging.getLogger(name) for name in ("account_sanctions", "account_sanctions.accounts")]
    before = [(logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


# What they show holds on a server too: their examples take the database from DATABASE_URL.
ON_BOTH = [
    ROOT / "docs" / "how-to" / f"{name}.md" for name in ("share-a-transaction", "use-with-django", "use-with-fastapi")
]

# Here each command is a process from its first instruction, as it is for a reader.
IN_PROCESSES = [ROOT / "docs" / "tutorial" / "first-sanctions.md"]


@pytest.fixture(scope="module")
def forked() -> Iterator[Path]:
    """The folder of a program that costs a fork."""
    with program() as folder:
        yield folder


@pytest.mark.parametrize("page", WITH_CODE, ids=named)
def test_page_says_what_happens(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forked: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if page not in IN_PROCESSES:
        monkeypatch.setenv("PATH", os.pathsep.join([str(forked), os.environ["PATH"]]))
    run_page(page, tmp_path, monkeypatch)


@pytest.mark.parametrize("page", ON_BOTH, ids=named)
def test_page_says_what_happens_on_a_server(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", fresh_database())
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    run_page(page, tmp_path, monkeypatch)


def run_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ACCOUNT_SANCTIONS_DB", "ACCOUNT_SANCTIONS_KEYS", "ACCOUNT_SANCTIONS_POLICY"):
        monkeypatch.delenv(name, raising=False)
    module = ModuleType("__page__")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # libraries that read annotations look names up there
    namespace: dict[str, Any] = vars(module)
    printed = ""
    for block in blocks(page):
        words = block.info.split()
        if block.language == "python" and len(words) == 1:
            printed = run_python(block, namespace, page)
        elif block.language == "output":
            assert matches(block.text, printed), differing(page, block.line, block.text, printed)
        elif block.language == "console":
            run_console(block, page)
        elif len(words) == 2 and "no-run" not in words:
            (tmp_path / words[1]).parent.mkdir(exist_ok=True)
            (tmp_path / words[1]).write_text(block.text, encoding="utf-8")


def run_python(block: Block, namespace: dict[str, Any], page: Path) -> str:
    # Blank lines before the code, so that a traceback names the line of the page.
    code = compile("\n" * (block.line - 1) + block.text, str(page), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code, namespace)  # noqa: S102 - running the pages' own code is what this test is for
    return said.getvalue()


def run_console(block: Block, page: Path) -> None:
    environment = {**os.environ, "COLUMNS": "160"}
    for command, expected in commands(block):
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stdout, f"{named(page)}: {command}\n{done.stdout}"
        if expected:
            assert matches(expected, done.stdout), differing(page, block.line, f"$ {command}\n{expected}", done.stdout)
        else:
            assert done.returncode == 0, f"{named(page)}: {command}\n{done.stdout}"


def commands(block: Block) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        else:
            command, expected = found[-1]
            found[-1] = (command, f"{expected}{line}\n")
    return found


def matches(expected: str, found: str) -> bool:
    lines = [line.rstrip() for line in expected.rstrip().splitlines()]
    pattern = ""
    for line in lines:
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += r"[^\n]*?".join(map(re.escape, line.split("..."))) + r"\n"
    shown = "".join(f"{line.rstrip()}\n" for line in found.rstrip().splitlines())
    return re.fullmatch(pattern, shown) is not None


def differing(page: Path, line: int, expected: str, found: str) -> str:
    return f"{named(page)}, line {line}: the page says\n{expected}\nand the program says\n{found}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_page_every_block_is_run_or_says_why_not(page: Path) -> None:
    for block in blocks(page):
        if "no-run" in block.info.split():
            assert block.above.startswith("<!--"), f"{named(page)}, line {block.line}: no reason is given"
        assert block.language in (*EXECUTED, "mermaid", "text", "sql"), (
            f"{named(page)}, line {block.line}: {block.info!r}"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_page_toml_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_page_every_link_leads_somewhere(page: Path) -> None:
    dead: list[str] = []
    for number, target in links(page):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(f"{named(page)}, line {number}: {target}")
    assert not dead, "\n".join(dead)


def test_every_page_can_be_reached_from_the_map() -> None:
    reached = {ROOT / "docs" / "index.md"}
    waiting = list(reached)
    while waiting:
        page = waiting.pop()
        for _, target in links(page):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file in PAGES and file not in reached:
                reached.add(file)
                waiting.append(file)
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} <= reached


def test_reference_pages_are_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))


@pytest.mark.parametrize("note", DECISIONS, ids=named)
def test_decision_note_is_short(note: Path) -> None:
    assert 10 <= len(note.read_text(encoding="utf-8").splitlines()) <= 25


def test_decision_notes_are_numbered_without_gaps() -> None:
    assert [int(note.name[:4]) for note in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_pages_name_no_machine_and_no_private_host() -> None:
    suspicious = re.compile(r"/(?:home|root|work|Users|tmp)/\w|https?://(?:\d{1,3}\.){3}\d|localhost")
    found = [named(page) for page in PAGES if suspicious.search(page.read_text(encoding="utf-8"))]
    assert found == []
