"""The page on attacks has the table of those that are tried; `GOLDEN_WRITE=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from .test_attacks import ATTACKS

_PAGE: Final = Path(__file__).parents[3] / "docs" / "explanation" / "what-verification-detects.md"
_BEGIN, _END = "<!-- attacks -->\n", "<!-- /attacks -->\n"


def _table() -> str:
    lines = ["", "| with | the attacker | layer | code | verdict |", "|---|---|---|---|---|"]
    lines += [
        f"| {attack.hands} | {attack.does} | {attack.layer} | `{attack.code}` | {attack.expected} |"
        for attack in ATTACKS
    ]
    return "\n".join([*lines, "", ""])


def test_page_has_every_attack() -> None:
    text = _PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    expected = before + _BEGIN + _table() + _END + after
    if os.environ.get("GOLDEN_WRITE"):
        _PAGE.write_text(expected, encoding="utf-8")
    else:
        assert text == expected
