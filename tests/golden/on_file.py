"""A text that is on file, word for word: `GOLDEN_WRITE=1` writes it anew, and what changed is then to be read in the diff."""

from __future__ import annotations

import json
import os
from pathlib import Path

__all__ = ["assert_on_file"]


def assert_on_file(file: Path, told: object) -> None:
    """What was told, as JSON, is what the file has."""
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN_WRITE"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
