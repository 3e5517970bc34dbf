"""What unit tests were told is on file in `said.json` (see `tests/unit/worded.py`), and nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path

_HERE = Path(__file__).parent


def test_what_is_on_file_belongs_to_a_test() -> None:
    names = json.loads((_HERE / "said.json").read_text(encoding="utf-8"))
    functions = {name.partition("[")[0] for name in names}
    gone = []
    for name in functions:
        file, _, function = name.partition("::")
        module = _HERE.parent / "unit" / file
        if not module.exists() or not re.search(
            rf"^def {function}\(", module.read_text(encoding="utf-8"), re.MULTILINE
        ):
            gone.append(name)
    assert gone == []
    assert len(functions) > 100
