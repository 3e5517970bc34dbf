"""Reading policy files: TOML, one policy a file, in one version or in several (`[[versions]]`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from ...domain.errors import SanctionsError
from ...domain.period import period_from_text
from ...domain.policies.book import PolicyBook, book_mistakes
from ...domain.policies.checks import check_policy
from ...domain.policies.policy import Policy
from ...domain.presets import OFFICIAL_ACCOUNT_FUNCTIONS
from .positions import Positions

__all__ = ["Mistake", "PolicyFileError", "read_policy", "read_policy_file"]

LARGEST: Final = 1024 * 1024
Path_ = tuple[str | int, ...]


class Mistake(Struct, frozen=True):
    """What is wrong in a policy file, and on which line (from 1; None: the file as a whole)."""

    line: int | None
    field: str
    sentence: str


class PolicyFileError(SanctionsError):
    """The policy file cannot be used: correct it where the message says, and try `policy check` on it."""

    code = "policy_file"

    def __init__(self, file: str, mistakes: tuple[Mistake, ...]) -> None:
        first = mistakes[0]
        where = file if first.line is None else f"{file}, line {first.line}"
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        super().__init__(f"{where}: {first.sentence}{more}", file=file, mistakes=msgspec.to_builtins(mistakes))
        self.file = file
        self.mistakes = mistakes


def read_policy_file(path: str | Path) -> PolicyBook:
    """The policy that a file lays down. Raises PolicyFileError, naming file and line, for anything that is wrong with it."""
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as error:
        raise PolicyFileError(name, (Mistake(None, "", f"it cannot be read: {error.strerror or error}"),)) from None
    return read_policy(body, name)


def read_policy(body: bytes, name: str) -> PolicyBook:
    """The policy of a file's bytes; `name` is what messages call the file. Raises PolicyFileError."""
    if len(body) > LARGEST:
        raise PolicyFileError(name, (Mistake(None, "", f"a policy file has at most {LARGEST} bytes"),))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise PolicyFileError(name, (Mistake(line, "", "this is not UTF-8"),)) from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(name, (_syntax(text, error),)) from None
    except RecursionError:
        raise PolicyFileError(name, (Mistake(None, "", "it is nested too deeply"),)) from None
    return _book(table, Positions(text), name)


def _syntax(text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    words = str(error)
    before, _, place = words.rpartition("(at ")
    line = place.removeprefix("line ").split(",")[0]
    number = int(line) if line.isdigit() else text.count("\n") + 1
    return Mistake(number, "", f"this is not TOML: {before.strip() or words}")


def _book(table: dict[str, Any], positions: Positions, name: str) -> PolicyBook:
    mistakes: list[Mistake] = []
    read: list[tuple[Policy, Path_]] = []
    for fields, path in _versions(table):
        try:
            policy = _policy(fields)
        except msgspec.ValidationError as error:
            mistakes.append(_shape(error, path, positions))
            continue
        read.append((policy, path))
        for where, sentence in check_policy(policy):
            at = (*path, *where)
            mistakes.append(Mistake(positions.line(at), _dotted(where), sentence))
    if not read and not mistakes:
        mistakes.append(Mistake(None, "versions", "there is no version in it"))
    if not mistakes:
        paths = {id(policy): path for policy, path in read}
        for policy, field, sentence in book_mistakes([policy for policy, _ in read]):
            mistakes.append(Mistake(positions.line((*paths[id(policy)], field)), field, sentence))
    if mistakes:
        raise PolicyFileError(name, tuple(sorted(mistakes, key=lambda one: one.line or 0)))
    return PolicyBook(policy for policy, _ in read)


def _versions(table: dict[str, Any]) -> list[tuple[Any, Path_]]:
    several = table.get("versions")
    if not isinstance(several, list):
        return [(table, ())]
    common = {key: value for key, value in table.items() if key != "versions"}
    return [
        ({**common, **one} if isinstance(one, Mapping) else one, ("versions", number))
        for number, one in enumerate(several)
    ]


def _policy(fields: Any) -> Policy:
    if isinstance(fields, Mapping):
        fields = {"functions": OFFICIAL_ACCOUNT_FUNCTIONS, **fields}
        if fields.get("appeal") is False:
            fields["appeal"] = None
    return msgspec.convert(fields, Policy, dec_hook=period_from_text)


def _shape(error: msgspec.ValidationError, path: Path_, positions: Positions) -> Mistake:
    what, _, where = str(error).partition(" - at `")
    inner = positions.parse(where.rstrip("`"))
    return Mistake(positions.line((*path, *inner)), _dotted(inner), what)


def _dotted(path: Path_) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
