"""Compare the newest wheel with the tree: it holds every tracked file of the five folders, its metadata, and nothing else.

Usage: python tests/wheel_contents.py DIST_FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import BadZipFile, ZipFile

PACKAGE = "account_sanctions"
FOLDERS = ("domain", "application", "infrastructure", "projections", "testing")
# Modules that stand beside the package, because other programs load them by name.
BESIDE = "testing/entry/"
SUFFIXES = (".py", ".html", ".css", ".json", ".sql", ".toml")
MARKER = "py.typed"


def newest_wheel(dist: Path) -> Path:
    """The wheel that was built last. Ends the program where there is none."""
    wheels = sorted(dist.glob(f"{PACKAGE}-*.whl"), key=lambda path: path.stat().st_mtime_ns)
    if not wheels:
        sys.exit(f"there is no wheel of {PACKAGE} in {dist}: run `make wheel`")
    return wheels[-1]


def tracked(root: Path) -> set[str]:
    """What git knows of the folders, by the names that the files have in the wheel."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", *FOLDERS], cwd=root, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        sys.exit(f"git cannot list the files of {root}: {listing.stderr.strip()}")
    names = [name for name in listing.stdout.split("\0") if name]
    return {name.removeprefix(BESIDE) if name.startswith(BESIDE) else f"{PACKAGE}/{name}" for name in names}


def packed(wheel: Path) -> tuple[set[str], set[str]]:
    """The wheel's files: those of the package and others, and those of its metadata folder."""
    try:
        with ZipFile(wheel) as archive:
            names = {name for name in archive.namelist() if not name.endswith("/")}
    except BadZipFile as error:
        sys.exit(f"{wheel} is not a wheel: {error}")
    metadata = "-".join(wheel.stem.split("-")[:2]) + ".dist-info/"
    about = {name for name in names if name.startswith(metadata)}
    return names - about, about


def complaints(expected: set[str], found: set[str], about: set[str]) -> list[str]:
    """One sentence for each way in which the wheel differs from the tree."""
    said: list[str] = []
    if missing := expected - found:
        said.append(
            f"not in the wheel, or not yet built into it: {_names(missing)}; "
            "name its folder in [tool.setuptools] packages and its kind in package-data"
        )
    if superfluous := found - expected:
        said.append(f"in the wheel but not in git: {_names(superfluous)}")
    if unmarked := {f"{PACKAGE}/{folder}/{MARKER}" for folder in FOLDERS} - expected:
        said.append(f"a typed package needs these files, git does not have them: {_names(unmarked)}")
    if strangers := {name for name in expected if not name.endswith((*SUFFIXES, f"/{MARKER}"))}:
        said.append(f"of a kind that this check does not know: {_names(strangers)}")
    kinds = {name.rpartition("/")[2] for name in about}
    if lost := {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE"} - kinds:
        said.append(f"the wheel's metadata has no {_names(lost)}")
    return said


def main(arguments: list[str]) -> int:
    """Compare; 0 if the wheel is whole, 1 if not, 2 for a wrong call."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    wheel = newest_wheel(Path(arguments[0]))
    expected = tracked(Path(__file__).resolve().parent.parent)
    if not expected:
        sys.exit("git tracks nothing in the package's folders: is this file in tests/ of the repository?")
    found, about = packed(wheel)
    said = complaints(expected, found, about)
    for sentence in said:
        sys.stderr.write(f"{wheel.name}: {sentence}\n")
    if not said:
        sys.stdout.write(f"{wheel.name}: {len(found)} files, as in git\n")
    return 1 if said else 0


def _names(files: set[str]) -> str:
    return ", ".join(sorted(files))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
