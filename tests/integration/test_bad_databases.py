"""Databases that cannot be used: foreign, damaged, read-only, full. An error says so, and nothing is written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.support import as_lines, assert_sound, cli, database, process, restrict, rows, tables

_ONE = as_lines([restrict("gh_2", sanction="s-1")])
_COMMANDS = [
    ("apply", "-"),
    ("state", "gh_1"),
    ("check", "gh_1", "mass_send"),
    ("history", "gh_1"),
    ("sweep",),
    ("rebuild",),
    ("import", "mediawiki", "-"),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of some pages, its write-ahead log folded in."""
    folder = tmp_path_factory.mktemp("template")
    given = as_lines(
        restrict(f"gh_{n % 40}", sanction=f"s-{n}", basis={"clause": "4.2", "facts": "x" * 500}) for n in range(400)
    )
    assert cli(database(folder), "apply", "-", given=given).status == 0
    rows(database(folder), "PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "sanctions.db"


@pytest.fixture
def url(template: Path, tmp_path: Path) -> str:
    shutil.copy(template, tmp_path)
    return database(tmp_path)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _beside(file: Path) -> set[str]:
    """The files in the folder, but for what SQLite itself keeps while a file is open."""
    return {each.name for each in file.parent.iterdir()}


@pytest.mark.parametrize("arguments", _COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize(
    "content",
    [b"hello, I am a letter\n" * 400, os.urandom(8192), b"a short letter"],
    ids=["text", "noise", "short_text"],
)
def test_file_that_is_no_database_is_refused_and_stays(
    tmp_path: Path, arguments: tuple[str, ...], content: bytes
) -> None:
    file = tmp_path / "letter.db"
    file.write_bytes(content)
    cli(database(tmp_path, "letter.db"), *arguments, given=_ONE).failed(10, "not_a_database")
    assert file.read_bytes() == content
    assert _beside(file) == {"letter.db"}


@pytest.mark.parametrize("arguments", _COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_database_of_another_application_stays_byte_for_byte(
    tmp_path: Path, arguments: tuple[str, ...], mode: str
) -> None:
    file = tmp_path / "shop.db"
    with closing(sqlite3.connect(file)) as shop:
        shop.execute(f"PRAGMA journal_mode = {mode}")
        shop.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT)")
        shop.execute("INSERT INTO orders VALUES (1, 'tea')")
        shop.commit()
    before = file.read_bytes()
    shown = cli(database(tmp_path, "shop.db"), *arguments, given=_ONE).failed(10, "foreign_database")
    assert "orders" in shown.err
    assert file.read_bytes() == before


def test_database_whose_meta_table_is_somebody_elses_is_refused(tmp_path: Path) -> None:
    url = database(tmp_path)
    rows(url, "CREATE TABLE sanctions_meta (key TEXT PRIMARY KEY, value TEXT)")
    before = _file(url).read_bytes()
    cli(url, "apply", "-", given=_ONE).failed(10, "foreign_database")
    assert _file(url).read_bytes() == before


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_truncated_database_is_an_error_and_is_not_written(url: str, keep: float) -> None:
    whole = _file(url).read_bytes()
    _file(url).write_bytes(whole[: int(len(whole) * keep)])
    shown = cli(url, "apply", "-", given=as_lines(restrict(f"gh_{n}", sanction="new") for n in range(40)))
    assert shown.status >= 10, shown
    assert any(f"error: {code}: " in shown.err for code in ("store_corrupt", "not_a_database", "store_full")), shown.err
    assert "Traceback" not in shown.err


def test_database_with_a_damaged_page_is_corrupt(url: str) -> None:
    content = bytearray(_file(url).read_bytes())
    (size,), *_ = rows(url, "PRAGMA page_size")
    ((root,),) = rows(url, "SELECT rootpage FROM sqlite_master WHERE name = 'sanctions_events'")
    content[(root - 1) * size : root * size] = b"\xa5" * size
    _file(url).write_bytes(content)
    for arguments in (("apply", "-"), ("state", "gh_1"), ("history", "gh_1"), ("rebuild",)):
        cli(url, *arguments, given=_ONE).failed(10, "store_corrupt")


def test_stored_event_that_cannot_be_read_is_an_error(url: str) -> None:
    rows(url, "DROP TRIGGER sanctions_events_no_update")
    rows(url, "UPDATE sanctions_events SET state = x'7b7d' WHERE account = 'gh_1' AND version = 1")
    before = tables(url)
    bad = as_lines([restrict("gh_1", sanction="new")])
    for arguments in (("apply", "-"), ("state", "gh_1"), ("history", "gh_1"), ("rebuild",)):
        cli(url, *arguments, given=bad).failed(10, "unreadable_event")
    assert tables(url) == before


def test_narrative_that_cannot_be_read_is_an_error(url: str) -> None:
    rows(url, "DROP TRIGGER sanctions_narratives_no_update")
    rows(url, "UPDATE sanctions_narratives SET body = x'ff00' WHERE account = 'gh_1'")
    cli(url, "history", "gh_1").failed(10, "unreadable_event")
    assert cli(url, "state", "gh_1").status == 0


def test_read_only_database_is_read_and_refuses_writing(url: str) -> None:
    before = tables(url)
    locked = f"sqlite:///file:{_file(url)}?mode=ro&uri=true"
    assert cli(locked, "state", "gh_1", "--json").document["version"] == 10
    assert cli(locked, "check", "gh_1", "mass_send").status == 1
    assert cli(locked, "history", "gh_1").status == 0
    for arguments in (("apply", "-"), ("rebuild",)):
        cli(locked, *arguments, given=_ONE).failed(10, "store_read_only")
    assert tables(url) == before


@pytest.mark.parametrize("url_tail", ["missing/folder/x.db", "."], ids=["missing_folder", "a_folder"])
def test_database_that_cannot_be_opened_is_an_error(tmp_path: Path, url_tail: str) -> None:
    for arguments in (("state", "gh_1"), ("apply", "-")):
        cli(f"sqlite:///{tmp_path / url_tail}", *arguments, given=_ONE).failed(10, "store_unreachable")


@pytest.mark.parametrize("url", ["", "x.db", "nodb://x", "sqlite:/", "mysql://u@h/d"])
def test_url_that_is_none_is_an_error(url: str) -> None:
    cli(url, "state", "gh_1").failed(10, "store_unreachable")


def test_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    cli(f"postgresql:///d?host={tmp_path}", "state", "gh_1").failed(10, "server_down")


def test_secret_in_a_url_is_not_repeated() -> None:
    shown = cli("mysql://user:hunter2@h/d", "state", "gh_1").failed(10, "store_unreachable")
    assert "hunter2" not in shown.err + shown.out


def test_quota_on_the_file_is_a_full_disk_and_keeps_what_was_there(url: str) -> None:
    resource = pytest.importorskip("resource", reason="file-size limits are a POSIX facility")
    limit = _file(url).stat().st_size + 40_000

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    given = as_lines(restrict(f"new_{n}", basis={"clause": "4.2", "facts": "x" * 9000}) for n in range(2000))
    shown = process(url, "apply", "-", given=given, preexec_fn=small)
    shown.failed(10, "store_full")
    _assert_acknowledged_are_there(url, shown.out)
    assert cli(url, "apply", "-", given=_ONE).status == 0, "with room again, it goes on"
    assert_sound(url)


def _assert_acknowledged_are_there(url: str, out: str) -> None:
    acknowledged = [line for line in out.splitlines() if '"status":"accepted"' in line]
    ((count,),) = rows(url, "SELECT count(*) FROM sanctions_events WHERE account LIKE 'new%'")
    assert count == len(acknowledged)
    assert_sound(url)


# Mounts are private to the process and vanish with it.
_SMALL_DISK = (
    'mount -t tmpfs -o size=$SIZE none "$1" && cp "$2" "$1/sanctions.db" && shift 2 && "$@"; '
    'status=$?; cp "$0"/* "$OUT"; exit $status'
)
_READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift 2 && "$@"'


def _in_a_mount(
    script: str, folder: Path, file: Path, *arguments: str, out: Path
) -> subprocess.CompletedProcess[bytes]:
    main = "from account_sanctions.application.cli import main; main()"
    url = f"sqlite:///{folder / 'sanctions.db'}"
    return subprocess.run(
        [
            *("unshare", "-m", "sh", "-c", script, str(folder), str(folder), str(file)),
            *(sys.executable, "-c", main, "--db", url, *arguments),
        ],
        input=as_lines(restrict(f"new_{n}", basis={"clause": "4.2", "facts": "x" * 9000}) for n in range(500)),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "OUT": str(out), "SIZE": str(file.stat().st_size + 120_000)},
    )


@pytest.fixture
def mounts() -> None:
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("private mounts need the rights of root and util-linux")


@pytest.mark.usefixtures("mounts")
def test_full_disk_is_an_error_and_keeps_what_was_there(url: str, tmp_path: Path) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    done = _in_a_mount(_SMALL_DISK, disk, _file(url), "apply", "-", out=out)
    error = done.stderr.decode()
    assert done.returncode == 10, error
    assert "error: store_full: " in error
    assert "Traceback" not in error
    _assert_acknowledged_are_there(database(out), done.stdout.decode())


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("arguments", [("apply", "-"), ("state", "gh_1")], ids=lambda arguments: arguments[0])
def test_read_only_file_system_is_an_error_and_stays(url: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    before = tables(url)
    done = _in_a_mount(_READ_ONLY, tmp_path, _file(url), *arguments, out=tmp_path)
    error = done.stderr.decode()
    assert "Traceback" not in error
    if arguments[0] == "apply":
        assert done.returncode == 10, error
    if done.returncode:
        assert "error: store_read_only: " in error or "error: store_unreachable: " in error
    assert tables(url) == before


def test_error_of_the_database_says_which_database(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_bytes(b"hello, I am a letter\n" * 400)
    rows(database(tmp_path, "shop.db"), "CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    for name in ("letter.db", "shop.db", "missing/folder.db"):
        shown = cli(database(tmp_path, name), "state", "gh_1")
        assert shown.status == 10
        assert name in shown.err, "an error says what and where"
