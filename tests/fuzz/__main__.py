"""Coverage-guided fuzzing: `make fuzz`, or `python -m tests.fuzz SECONDS [TARGET...]`.

Every target runs in a process of its own for that many seconds, with a bound on the time of one input and on memory. The
corpus stays in `build/fuzz` for the next run. What breaks a target is written to `build/fuzz/found/TARGET`: mend it, and keep
the input under `tests/fuzz/cases/TARGET`, where the tests read it for ever.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).resolve().parents[2] / "build" / "fuzz"
_TIME_OF_ONE: Final = 10
_MEMORY: Final = 2048
_DONE: Final = re.compile(rb"Done (\d+) runs in (\d+) second|stat::number_of_executed_units:\s*(\d+)")


def _attack(name: str, arguments: list[str]) -> None:
    """Run one target in this process; libFuzzer never comes back."""
    # It has no types, and is not installed where nobody fuzzes.
    atheris: Any = import_module("atheris")

    with atheris.instrument_imports(include=["account_sanctions"]):
        from tests.fuzz import targets

    atheris.Setup([sys.argv[0], *arguments], targets.TARGETS[name].read)
    atheris.Fuzz()


def _prepared(name: str) -> list[str]:
    from tests.fuzz.targets import TARGETS, cases_of

    target = TARGETS[name]
    corpus, found = _FOLDER / "corpus" / name, _FOLDER / "found" / name
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate((*target.seeds(), *(case.read_bytes() for case in cases_of(name)))):
        (corpus / f"seed-{number}").write_bytes(seed)
    arguments = [str(corpus), f"-artifact_prefix={found}/", f"-max_len={target.longest}", "-print_final_stats=1"]
    arguments += [f"-timeout={_TIME_OF_ONE}", f"-rss_limit_mb={_MEMORY}", "-detect_leaks=0"]
    if target.words:
        words = _FOLDER / f"{name}.dict"
        quoted = (word if word.startswith("\\x") else word.replace('"', '\\"') for word in target.words)
        words.write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
        arguments.append(f"-dict={words}")
    return arguments


def main(arguments: list[str]) -> int:
    """Run the targets one after the other; 1 where one of them was broken."""
    if arguments[:1] == ["--attack"]:
        _attack(arguments[1], arguments[2:])
    seconds = int(arguments[0]) if arguments else 60
    from tests.fuzz.targets import TARGETS

    broken = []
    for name in arguments[1:] or list(TARGETS):
        command = [sys.executable, "-m", "tests.fuzz", "--attack", name, *_prepared(name), f"-max_total_time={seconds}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        (_FOLDER / f"{name}.log").write_bytes(done.stdout)
        runs = list(_DONE.finditer(done.stdout))
        count = next((int(match[1] or match[3]) for match in reversed(runs)), 0)
        print(f"{name}: {count} inputs in {seconds} s, exit status {done.returncode}", flush=True)
        if done.returncode:
            broken.append(name)
            print(done.stdout[-3000:].decode("utf-8", "replace"), flush=True)
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
