"""The page on what `verify` finds."""

from __future__ import annotations

from typing import Final

from account_sanctions.application.verifying.codes import CODES
from account_sanctions.application.verifying.findings import EXIT_STATUS

from .shared import head, page

__all__ = ["findings_page"]

_LAYERS: Final = {
    "content": "the bytes of events and free text, hashed again, each chained to the one before it in its account",
    "log": "every event once and in order in the log, its tree built anew, each signed root held against it",
    "writers": "the writer's mark on each event, made with a key that is not in the database",
    "anchors": "checkpoints that somebody else keeps, held against the log as it is now",
    "replay": "every recorded decision taken again, and every row that was made of the events",
    "exports": "exports that were given beside the store, checked with their own files and held against its log",
}
_VERDICTS: Final = {
    "verified": "nothing is wrong",
    "tampered": "something was changed, added or removed",
    "inconsistent": "the bytes are right and what they say, or what was made of them, is not",
    "incomplete": "nothing wrong was found, and not everything could be looked at",
    "unsealed": "the end of the log is under no checkpoint yet; nothing else is wrong",
}


def findings_page() -> str:
    """Every code with its layer, its verdict, what it means and what to do."""
    lines = [
        *head("Findings"),
        "`verify` names each thing that is wrong by a stable code. The verdict is that of the gravest. How it looks, and what it",
        "cannot see, is told in [what verification detects](../explanation/what-verification-detects.md).",
        "",
        "## Verdicts",
        "",
        "| verdict | exit status | meaning |",
        "|---|---|---|",
        *(f"| `{verdict}` | {EXIT_STATUS[verdict]} | {_VERDICTS[verdict]} |" for verdict in EXIT_STATUS),
        "",
        "## Layers",
        "",
        "| layer | what it looks at |",
        "|---|---|",
        *(f"| `{layer}` | {what} |" for layer, what in _LAYERS.items()),
        "",
        "## Codes",
        "",
        "| code | layer | verdict | meaning | what to do |",
        "|---|---|---|---|---|",
        *(
            f"| `{name}` | `{code.layer}` | `{code.verdict}` | {code.meaning} | {code.remedy} |"
            for name, code in sorted(CODES.items())
        ),
    ]
    return page(lines)
