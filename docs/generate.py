"""Writes what follows from the code: the reference pages and the JSON Schema of policy files.

`python docs/generate.py` writes them; with `--check` it writes nothing and fails when a file is not what it would write. What
the code cannot say (what a field means, an example) stands in `words.py`, and a field without its line is an error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from account_sanctions.application.policies.schema import policy_schema
from generating.command_line import command_line_page
from generating.commands import commands_page
from generating.errors import errors_page
from generating.events import events_page
from generating.findings import findings_page
from generating.lifecycle import lifecycle_page
from generating.policies import policies_page

ROOT: Final = Path(__file__).resolve().parents[1]


def schema() -> str:
    """The JSON Schema of policy files, as it is shipped."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/reference/commands.md": commands_page,
    "docs/reference/events.md": events_page,
    "docs/reference/errors.md": errors_page,
    "docs/reference/findings.md": findings_page,
    "docs/reference/policies.md": policies_page,
    "docs/reference/lifecycle.md": lifecycle_page,
    "docs/reference/command-line.md": command_line_page,
    "application/policies/policy.schema.json": schema,
}


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` compare them; the exit status."""
    stale: list[str] = []
    for name, written in PAGES.items():
        path, text = ROOT / name, written()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"{name} is not what the code says: run python docs/generate.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
