"""Building the site of the docs as `make site` does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"


def build(docs: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Sphinx over a folder of pages; warnings are errors."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(docs), str(site)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
