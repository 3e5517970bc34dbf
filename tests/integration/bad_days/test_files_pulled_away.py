"""What happens to a SQLite file beneath a running process: deleted, moved, replaced, restored, read-only, read for long."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch
from account_sanctions.infrastructure.errors import OutcomeUnknown, StoreError, StoreReplaced
from sqlalchemy import Connection

from tests.integration.support import assert_sound, command, database, restrict, rows
from tests.unmeasured import unmeasured


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database(tmp_path)


@pytest.fixture
def sanctions(url: str) -> Iterator[Sanctions]:
    with Sanctions.open(url) as opened:
        opened.execute(restrict("gh_1", sanction="s-1", command_id="c-1"))
        yield opened


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _copy(url: str, to: Path) -> None:
    """A backup as SQLite makes it."""
    with closing(sqlite3.connect(_file(url))) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def _restore(url: str, backup: Path) -> None:
    """Put a backup back through SQLite, which other processes may have open meanwhile."""
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(_file(url))) as target:
        source.backup(target)


def _delete(url: str) -> None:
    for each in (f"{_file(url)}{tail}" for tail in ("", "-wal", "-shm")):
        Path(each).unlink(missing_ok=True)


def _move(url: str) -> None:
    _file(url).rename(_file(url).with_name("moved.db"))


def _replace(url: str) -> None:
    other = _file(url).with_name("other.db")
    _copy(url, other)
    other.replace(_file(url))


@pytest.mark.parametrize("how", [_delete, _move, _replace], ids=lambda how: how.__name__.strip("_"))
def test_process_whose_file_was_pulled_away_says_so_instead_of_losing_what_it_is_given(
    url: str, sanctions: Sanctions, how: Callable[[str], None]
) -> None:
    how(url)
    for call in (
        lambda: sanctions.execute(restrict("gh_2")),
        lambda: sanctions.execute_many([restrict("gh_2")]),
        lambda: sanctions.may("gh_1", "mass_send"),
        lambda: sanctions.state("gh_1"),
        lambda: sanctions.history("gh_1"),
        sanctions.sweep,
    ):
        with pytest.raises(StoreReplaced) as caught:
            call()
        assert (caught.value.code, caught.value.retriable) == ("store_replaced", False)
        assert caught.value.details["path"] == str(_file(url))
    if how is _replace:
        with Sanctions.open(url) as again:
            assert again.execute(restrict("gh_1", sanction="s-1", command_id="c-1")).status == "duplicate"
        assert_sound(url)
    else:
        assert not _file(url).exists(), "nothing was made in its place"


def test_file_that_comes_back_is_not_trusted_before_the_store_is_opened_again(url: str, sanctions: Sanctions) -> None:
    """A file of this name may be another one that was given the old one's number by the system."""
    _move(url)
    with pytest.raises(StoreReplaced):
        sanctions.may("gh_1", "mass_send")
    _file(url).with_name("moved.db").rename(_file(url))
    with pytest.raises(StoreReplaced):
        sanctions.may("gh_1", "mass_send")
    with Sanctions.open(url) as again:
        assert not again.may("gh_1", "mass_send")


@pytest.mark.parametrize("how", [_delete, _move, _replace], ids=lambda how: how.__name__.strip("_"))
def test_commit_to_a_file_that_was_pulled_away_meanwhile_is_unknown(
    url: str, sanctions: Sanctions, how: Callable[[str], None]
) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        list(sanctions.execute_stream([restrict("gh_2", command_id="c-2")], before=lambda *_: how(url)))
    assert caught.value.details["commands"] == [["gh_2", "c-2"]]
    with pytest.raises(StoreReplaced):
        sanctions.execute(restrict("gh_2", command_id="c-2"))
    sanctions.close()
    if how is _replace:
        # Its write-ahead log may or may not have been found by the file that is there now.
        with Sanctions.open(url) as again:
            assert again.execute(restrict("gh_2", command_id="c-2")).status in ("accepted", "duplicate")
            assert again.execute(restrict("gh_2", command_id="c-2")).status == "duplicate"
        assert_sound(url)


@pytest.mark.parametrize("how", [_delete, _move, _replace], ids=lambda how: how.__name__.strip("_"))
def test_follower_whose_file_was_pulled_away_says_so(
    url: str, sanctions: Sanctions, how: Callable[[str], None]
) -> None:
    handed: list[str] = []

    def pulls(_connection: Connection, batch: Batch) -> None:
        handed.extend(event.id for event in batch)
        how(url)

    follower = sanctions.follow("seen", pulls)
    with pytest.raises(OutcomeUnknown):
        follower.step()
    assert handed == ["gh_1/1"]
    for call in (follower.step, lambda: follower.begin_again(lambda _connection: None)):
        with pytest.raises(StoreReplaced):
            call()
    assert handed == ["gh_1/1"]
    assert _file(url).exists() == (how is _replace), "nothing was made in its place"


def test_backup_that_is_restored_under_a_running_process_is_what_it_goes_on_with(
    url: str, sanctions: Sanctions, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    _copy(url, backup)
    given = [restrict("gh_1", sanction=f"s-{number}", command_id=f"c-{number}") for number in range(2, 6)]
    assert {sanctions.execute(each).status for each in given} == {"accepted"}
    _restore(url, backup)
    assert sanctions.state("gh_1").version == 1
    assert sanctions.may("gh_1", "mass_send").because == ("s-1",)
    assert sanctions.execute(restrict("gh_1", sanction="s-1", command_id="c-1")).status == "duplicate"
    assert {sanctions.execute(each).status for each in given} == {"accepted"}, "sent again, they are decided now"
    assert_sound(url)


def test_backup_that_is_restored_between_two_chunks_of_a_batch_leaves_no_gap(
    url: str, sanctions: Sanctions, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    _copy(url, backup)
    outcomes = sanctions.execute_stream((restrict("gh_1", command_id=f"b-{number}") for number in range(4)), chunk=2)
    assert [next(outcomes).version, next(outcomes).version] == [2, 3]
    _restore(url, backup)
    assert [outcome.version for outcome in outcomes] == [2, 3]
    assert_sound(url)


def test_policy_that_a_restored_backup_does_not_have_is_kept_again(url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    Sanctions.open(url).close()
    _copy(url, backup)
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict("gh_1"))
        _restore(url, backup)
        assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(0,)]
        sanctions.execute(restrict("gh_1"))
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_long_reader_holds_up_no_writer_and_what_grew_meanwhile_shrinks_afterwards(
    url: str, sanctions: Sanctions
) -> None:
    log = Path(f"{_file(url)}-wal")
    with closing(sqlite3.connect(_file(url), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM sanctions_events").fetchone()
        text = "x" * 9_000
        for number in range(400):
            sanctions.execute(command("note", f"gh_{number % 5}", text=text))
        assert reader.execute("SELECT count(*) FROM sanctions_events").fetchone() == before, (
            "one instant, all the while"
        )
        grown = log.stat().st_size
        assert grown > 400 * len(text), "what the reader does not see yet cannot be folded in"
        reader.execute("COMMIT")
    sanctions.execute(command("note", "gh_1", text="-"))
    grown = log.stat().st_size
    assert rows(url, "PRAGMA wal_checkpoint(RESTART)")[0][0] == 0
    sanctions.execute(command("note", "gh_1", text="-"))
    assert log.stat().st_size == grown, "it is written from its beginning again"
    assert_sound(url)


# A process that may not write: root may write anywhere, so it becomes nobody, who may not even read the library's files; it
# has used everything before.
_AS_NOBODY = """
import os, sys
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError
from tests.integration.support import restrict

def said(work):
    try:
        return work()
    except StoreError as error:
        return f"{error.code} {error.retriable}"

with Sanctions.open("sqlite://") as elsewhere:
    elsewhere.execute(restrict("gh_1"))
    elsewhere.execute_many([restrict("gh_1")])
    elsewhere.may("gh_1", "mass_send")
    elsewhere.sweep()
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    sanctions = Sanctions.open(sys.argv[1])
except StoreError as error:
    print("open:", error.code, error.retriable)
else:
    print("may:", said(lambda: sanctions.may("gh_1", "mass_send").allowed))
    print("execute:", said(lambda: sanctions.execute(restrict("gh_2")).status))
    print("execute_many:", said(lambda: sanctions.execute_many([restrict("gh_2")])[0].status))
    print("sweep:", said(lambda: sanctions.sweep().events))
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody can look into."""
    folder = Path(tempfile.mkdtemp(prefix="sanctions-shared-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="becoming somebody else needs root's rights"
)
@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_file_in_a_folder_that_cannot_be_written_is_read_or_refused_and_never_half_written(
    shared: Path, mode: str
) -> None:
    url = database(shared)
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict("gh_1"))
    rows(url, f"PRAGMA journal_mode = {mode}")
    before = _file(url).read_bytes()
    shared.chmod(0o555)
    command = [sys.executable, "-c", _AS_NOBODY, url]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=unmeasured())
    said = done.stdout.decode().splitlines()
    assert done.stderr == b""
    if mode == "wal":
        assert said == ["open: store_read_only False"], "in WAL mode even a reader needs files beside it"
    else:
        assert said[0] == "may: False"
        assert set(said[1:]) == {f"{name}: store_read_only False" for name in ("execute", "execute_many", "sweep")}
    assert _file(url).read_bytes() == before


def test_error_of_a_folder_is_one_of_the_stores(url: str) -> None:
    with pytest.raises(StoreError):
        Sanctions.open(f"{url}/below.db")
