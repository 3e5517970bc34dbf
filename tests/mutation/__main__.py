"""Mutation testing of the domain: `make mutate MUTATE="period due deciding.ending"`, or every module when none is named.

mutmut finds a mutant by the path of its file, and here `domain/` is installed as `account_sanctions.domain`: so the package is
laid out once more under `build`, with the fast tests beside it, and mutmut runs there. What was found for a module is
kept there and taken up again by the next run, as long as the module is the same; what survived is tried again, for the tests
may have become better.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

_ROOT: Final = Path(__file__).resolve().parents[2]
_PARTS: Final = ("domain", "application", "infrastructure", "projections", "testing")
_TESTS: Final = (
    "__init__.py",
    "conftest.py",
    "depth.py",
    "postgres.py",
    "roominess.py",
    "thorough.py",
    "unmeasured.py",
    "unit",
    "property",
    "golden",
    "integration",
)
# What decides, fast: no database, no processes; what only words the result of the domain for people is left out.
_PROPERTIES: Final = ("model", "laws", "policies", "policies_naive", "policies_reckoning", "policies_firing", "links")
_OF_HISTORIES: Final = ("explaining", "explaining_events", "auditing")
_LEFT_OUT: Final = (
    *("evidence", "exporting", "presets", "replaying", "reports", "test_driver_errors.py", "test_http.py"),
    *("test_meter.py", "test_policy_fuzz.py", "test_terminal.py", "test_turns.py"),
)
_SELECTED: Final = (
    "tests/unit",
    *(f"tests/property/test_{name}.py" for name in (*_PROPERTIES, *_OF_HISTORIES)),
    *(f"tests/golden/test_{name}.py" for name in ("stored_events", "decided", "malformed")),
    *(f"--ignore=tests/unit/{name}" for name in _LEFT_OUT),
    "--ignore=tests/unit/checking",
    "--deselect=tests/unit/test_policy_files.py::test_file_of_a_thousand_tables_is_answered_in_seconds",
)
# Searching the space goes through all of the domain: only for mutants of the search itself, and not through the large spaces.
_SEARCHING: Final = (
    "tests/unit/checking",
    "--deselect=tests/unit/checking/test_model.py::test_the_default_policy_keeps_every_rule_with_two_things",
    "--deselect=tests/unit/checking/test_model.py::test_a_preset_keeps_every_rule_in_everything_that_can_be_reached",
    "--deselect=tests/unit/checking/test_own_rules.py::test_what_has_ended_is_kept_apart_where_a_rule_looks_at_it",
    "--deselect=tests/unit/checking/test_model.py"
    "::test_a_preset_keeps_every_rule_with_two_things_as_far_as_it_was_looked_at",
)
# A test failed, it could not go on, it never ended (a change that makes an endless loop): the change was noticed.
_KILLED: Final = (1, 3, 24, -24, 36, 152, 255)
_CONFIG: Final = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {only}
also_copy = ["src"]
pytest_add_cli_args_test_selection = {selected}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider"]
use_git_change_detection = false
timeout_multiplier = 4.0
timeout_constant = 3.0

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
filterwarnings = ["ignore"]
"""


class _Run(NamedTuple):
    """Modules whose mutants the same tests are shown, and where the package is laid out for them."""

    tree: Path
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def lay_out(self) -> None:
        self.tree.mkdir(parents=True, exist_ok=True)
        for name in (part for part in _PARTS if (_ROOT / part).is_dir()):
            _copy(_ROOT / name, self.tree / "src" / "account_sanctions" / name)
        for name in _TESTS:
            _copy(_ROOT / "tests" / name, self.tree / "tests" / name)
        only = [f"src/account_sanctions/domain/{name.replace('.', '/')}.py" for name in self.modules]
        config = _CONFIG.format(only=only, selected=[*self.tests])
        (self.tree / "pyproject.toml").write_text(config, encoding="utf-8")

    def try_again(self) -> None:
        """Forget what survived, and which test calls which function: mutmut looks at either only once."""
        (self.tree / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
        for meta in (self.tree / "mutants").rglob("*.meta"):
            kept = json.loads(meta.read_text(encoding="utf-8"))
            codes: dict[str, int | None] = kept["exit_code_by_key"]
            kept["exit_code_by_key"] = {name: code if code in _KILLED else None for name, code in codes.items()}
            meta.write_text(json.dumps(kept, indent=4), encoding="utf-8")

    def mutmut(self, *arguments: str, quiet: bool = False) -> str:
        environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutation", "PYTHONPATH": str(self.tree / "mutants")}
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", *arguments],
            cwd=self.tree,
            env=environment,
            check=not quiet,
            text=True,
            stdout=subprocess.PIPE if quiet else None,
        )
        return done.stdout or ""


def _runs(modules: Sequence[str]) -> Iterator[_Run]:
    """The search by exhaustion apart from what it goes through."""
    every = [
        str(file.relative_to(_ROOT / "domain").with_suffix("")) for file in sorted((_ROOT / "domain").rglob("*.py"))
    ]
    chosen = modules or [name.replace(os.sep, ".") for name in every]
    searching = tuple(name for name in chosen if name.startswith("checking"))
    others = tuple(name for name in chosen if name not in searching)
    if others:
        yield _Run(_ROOT / "build" / "mutation", others, _SELECTED)
    if searching:
        yield _Run(_ROOT / "build" / "mutation-checking", searching, _SEARCHING)


def _copy(source: Path, target: Path) -> None:
    """Bring the copy up to date; a file that is the same keeps its time, so that mutmut keeps what it found."""
    if source.is_file():
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return
    for file in source.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            _copy(file, target / file.relative_to(source))
    for file in target.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts and not (source / file.relative_to(target)).exists():
            file.unlink()


def _outcome(run: _Run) -> bool:
    """Whether some survived; said of each, and of each module how many were killed."""
    found: dict[str, Counter[str]] = {}
    survivors = []
    for line in run.mutmut("results", "--all", "true", quiet=True).splitlines():
        name, _, status = line.strip().rpartition(": ")
        module = name.rpartition(".")[0].removeprefix("account_sanctions.domain.")
        found.setdefault(module, Counter())[status] += 1
        if status not in ("killed", "not checked", "timeout"):
            survivors.append(f"{name}: {status}")
    print("\n".join(survivors))
    for module, statuses in sorted(found.items()):
        checked = sum(number for status, number in statuses.items() if status != "not checked")
        if checked:
            killed = statuses["killed"] + statuses["timeout"]
            print(f"{module}: {killed} of {checked} killed ({100 * killed / checked:.1f} %) {dict(statuses)}")
    return bool(survivors)


def main(modules: list[str]) -> int:
    """Run, and say of every module how many mutants were killed; 1 where some were not."""
    survived = False
    for run in _runs(modules):
        run.lay_out()
        run.try_again()
        run.mutmut("run", "--max-children", os.environ.get("MUTATE_PROCESSES", "2"))
        survived |= _outcome(run)
    return survived


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
