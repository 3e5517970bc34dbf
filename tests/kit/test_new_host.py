"""As a new user: build the wheel, install it elsewhere, write a small host with a bug in its glue, and find it with the kit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "test-your-host.md"
BUILT = ("pyproject.toml", "README.md", "LICENSE", "domain", "application", "infrastructure", "projections", "testing")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a new environment with the wheel in it; what it depends on is found where it is here, offline."""
    folder = tmp_path_factory.mktemp("host")
    source = folder / "source"
    source.mkdir()
    for name in BUILT:
        path = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(path, source / name, ignore=ignored) if path.is_dir() else shutil.copy(path, source / name)
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "."], source)
    run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], folder)
    found = folder / "venv" / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    offline = ["--no-deps", "--no-index", "--no-warn-script-location", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "--python", str(found), "install", *offline, str(wheel)], folder)
    site = Path(run([str(found), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip())
    # A path alone: the links of this checkout, which stand in files of their own there, are not followed.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return found


def run(command: list[str], folder: Path, status: int = 0) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV"))}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def project(folder: Path, planted: tuple[str, str] = ("", "")) -> Path:
    """The service and the tests of the page, a bug planted in the service."""
    for block in blocks(PAGE):
        name = block.info.rpartition(" ")[2]
        if name in ("service.py", "test_service.py", "test_every_order.py"):
            text = block.text
            if name == "service.py":
                assert planted[0] in text
                text = text.replace(*planted) if planted[0] else text
            # The page is content with fewer runs than it may take to come upon a bug.
            text = text.replace("max_examples=20", "max_examples=200" if planted[0] else "max_examples=20")
            (folder / name).write_text(text, encoding="utf-8")
    # Without the shortest way there, which the page shows and which takes its time.
    (folder / "conftest.py").write_text(
        "from hypothesis import Phase, settings\n"
        "settings.register_profile('found', derandomize=True, database=None, deadline=None, max_examples=200, "
        "phases=[Phase.generate], stateful_step_count=20)\n"
        "settings.load_profile('found')\n",
        encoding="utf-8",
    )
    return folder


def test_wheel_is_what_is_imported(python: Path, tmp_path: Path) -> None:
    said = run([str(python), "-c", "import account_sanctions.testing as kit; print(kit.__file__)"], tmp_path)
    assert said.startswith(str(python.parents[1]))


def test_host_without_a_bug_passes(python: Path, tmp_path: Path) -> None:
    said = run([str(python), "-m", "pytest", "-q", "test_service.py", "test_every_order.py"], project(tmp_path))
    assert "3 passed" in said


FORGETS_THE_END = (
    "    def suspend(self, account, moderator, functions, basis, **terms):\n",
    "    def suspend(self, account, moderator, functions, basis, **terms):\n"
    '        if terms.pop("until", None): terms["permanent"] = True\n',
)
WRONG_ACCOUNT = (
    '"lift", "account": account,',
    '"lift", "account": self.__dict__.setdefault("first", account),',
)
SWALLOWS = (
    '        self.sanctions.execute(\n            {"command": "lift"',
    "        import contextlib\n\n"
    "        with contextlib.suppress(Exception):\n"
    '          self.sanctions.execute(\n            {"command": "lift"',
)
LOSES_THE_FACTS = (
    '"basis": basis,',
    '"basis": {name: part for name, part in basis.items() if name != "facts"},',
)
OVERWRITES_THE_REASON = (
    '"reason": reason,',
    '"reason": "released in the console",',
)
KEEPS_ANSWERS = (
    "        return bool(self.sanctions.may(account, function))",
    "        kept = self.__dict__.setdefault('kept', {})\n"
    "        return kept.setdefault((account, function), bool(self.sanctions.may(account, function)))",
)


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        pytest.param(FORGETS_THE_END, "the state of gh_", id="forgets the end"),
        pytest.param(WRONG_ACCOUNT, "AssertionError: the ", id="wrong account"),
        pytest.param(SWALLOWS, "the command was accepted, and by the policy it is", id="swallows a refusal"),
        pytest.param(LOSES_THE_FACTS, "the history of gh_", id="loses the facts"),
        pytest.param(OVERWRITES_THE_REASON, "the history of gh_", id="overwrites the reason"),
        pytest.param(KEEPS_ANSWERS, "AssertionError: gh_", id="keeps answers"),
    ],
)
def test_planted_bug_is_found(python: Path, tmp_path: Path, planted: tuple[str, str], said: str) -> None:
    found = run([str(python), "-m", "pytest", "-q", "test_every_order.py"], project(tmp_path, planted), status=1)
    assert said in found, found
