"""Anchors: files that no contradiction writes over, commits in git, what a service is sent, and time stamps."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.anchoring import git, posting
from account_sanctions.application.anchoring.errors import (
    AnchorContradicted,
    AnchorNotKept,
    BadTimestamp,
    NothingSealed,
)
from account_sanctions.application.anchoring.files import anchor_text, newest, write_anchor
from account_sanctions.application.anchoring.git import commit_anchor
from account_sanctions.application.anchoring.posting import post
from account_sanctions.application.anchoring.timestamping import keep_stamp, stamp, stamped_at
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.notes import notes_in, open_note

from tests.integration.authority import REFUSAL, STAMPED_AT, Answering, Authority, answering
from tests.integration.following import notes
from tests.integration.support import cli, command

AUTHORITY = Authority()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def sanctions(url: str, folder: Path) -> Iterator[Sanctions]:
    with Sanctions.open(url, keys=folder) as opened:
        yield opened


@pytest.fixture
def service() -> Iterator[Answering]:
    with answering() as said:
        yield said


def _seal(sanctions: Sanctions, count: int = 3) -> None:
    assert all(outcome.accepted for outcome in sanctions.execute_many(notes(count)))
    sanctions.seal()


def test_anchor_gives_way_to_a_newer_one(sanctions: Sanctions, tmp_path: Path) -> None:
    file = tmp_path / "anchor"
    with pytest.raises(NothingSealed):
        newest(sanctions)
    _seal(sanctions)
    assert write_anchor(sanctions, file, newest(sanctions))
    first = file.read_text()
    assert not write_anchor(sanctions, file, newest(sanctions)), "nothing is new"
    _seal(sanctions)
    assert write_anchor(sanctions, file, newest(sanctions))
    assert file.read_text() != first
    assert [name.name for name in tmp_path.iterdir() if name.name.startswith(".")] == []


def test_several_partitions_are_several_notes_in_one_file(tmp_path: Path, folder: Path) -> None:
    url = f"sqlite:///{tmp_path / 'parts.db'}"
    with Sanctions.open(url, partitions=4, keys=folder) as sanctions:
        sanctions.execute_many(notes(40, accounts=20))
        sanctions.seal()
        text = anchor_text(newest(sanctions))
        found = list(notes_in(text))
        assert len(found) == 4
        for note in found:
            open_note(note, sanctions.store.securing.keys.trust.log_verifiers())  # type: ignore[union-attr]
        write_anchor(sanctions, tmp_path / "anchor", newest(sanctions))
        sanctions.execute_many(notes(40, accounts=20))
        sanctions.seal()
        assert write_anchor(sanctions, tmp_path / "anchor", newest(sanctions))
        verified = sanctions.verify(trust=folder / "trust.json", anchors=[tmp_path / "anchor"])
    assert verified.verdict == "verified"


@pytest.mark.parametrize("kept", ["longer", "another store", "no anchor", "no text"])
def test_anchor_that_the_log_contradicts_is_not_written_over(
    sanctions: Sanctions, folder: Path, tmp_path: Path, kept: str
) -> None:
    file = tmp_path / "anchor"
    _seal(sanctions)
    with Sanctions.open(f"sqlite:///{tmp_path / 'other.db'}", keys=folder) as other:
        _seal(other, 9)
        theirs = anchor_text(newest(other))
    mine = newest(sanctions)
    if kept == "longer":
        text = theirs.replace(other.store.identity.store_id, sanctions.store.identity.store_id)
    else:
        text = theirs if kept == "another store" else "my diary\n"
    content = b"\xff\xfe" if kept == "no text" else text.encode()
    file.write_bytes(content)
    with pytest.raises(AnchorContradicted, match="not written over"):
        write_anchor(sanctions, file, mine)
    assert file.read_bytes() == content


def test_anchor_of_another_history_of_the_same_length_is_not_written_over(tmp_path: Path, folder: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
    with Sanctions.open(urls[0], keys=folder):
        pass
    (tmp_path / "two.db").write_bytes((tmp_path / "one.db").read_bytes())
    for number, url in enumerate(urls):
        with Sanctions.open(url, keys=folder) as sanctions:
            sanctions.execute_many([command("note", text=f"history {number}"), command("note", "gh_2", text="same")])
            sanctions.seal()
            if number == 0:
                assert write_anchor(sanctions, tmp_path / "anchor", newest(sanctions))
            else:
                sanctions.execute(command("note", text="more"))
                sanctions.seal()
                with pytest.raises(AnchorContradicted):
                    write_anchor(sanctions, tmp_path / "anchor", newest(sanctions))


def test_file_that_cannot_be_written_is_an_error(sanctions: Sanctions, tmp_path: Path) -> None:
    _seal(sanctions)
    with pytest.raises(AnchorNotKept):
        write_anchor(sanctions, tmp_path / "none" / "anchor", newest(sanctions))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "anchors")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "anchors@example.org")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    return tmp_path / "repo"


def _log(repository: Path) -> list[str]:
    done = subprocess.run(
        ["git", "-C", str(repository), "log", "--format=%s"], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def test_each_anchor_is_a_commit(sanctions: Sanctions, repository: Path) -> None:
    store = sanctions.store.identity.store_id
    files: list[Path] = []
    for count in (3, 0, 4):
        _seal(sanctions, count)
        files.append(commit_anchor(sanctions, repository, newest(sanctions)))
    assert _log(repository) == [f"Anchor 7 entries of {store}", f"Anchor 3 entries of {store}"]
    assert {file.name for file in files} == {f"account-sanctions-{store}.checkpoint"}


def test_commit_that_was_killed_is_made_by_the_next(
    sanctions: Sanctions, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _seal(sanctions)
    run = git._git

    def killed(folder: Path, *arguments: str) -> str:
        if arguments[0] == "commit":
            raise KeyboardInterrupt
        return run(folder, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(git, "_git", killed)
        with pytest.raises(KeyboardInterrupt):
            commit_anchor(sanctions, repository, newest(sanctions))
    commit_anchor(sanctions, repository, newest(sanctions))
    assert len(_log(repository)) == 1


def test_directory_without_git_is_an_error_that_says_so(sanctions: Sanctions, tmp_path: Path) -> None:
    _seal(sanctions)
    (tmp_path / "plain").mkdir()
    with pytest.raises(AnchorNotKept, match="not a git repository"):
        commit_anchor(sanctions, tmp_path / "plain", newest(sanctions))


def test_git_that_is_not_there_is_an_error(
    sanctions: Sanctions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _seal(sanctions)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnchorNotKept, match="could not be run"):
        commit_anchor(sanctions, tmp_path, newest(sanctions))


def test_service_is_sent_the_notes(url: str, sanctions: Sanctions, service: Answering) -> None:
    _seal(sanctions)
    done = cli(url, "anchor", "--post", service.url, "--json")
    assert done.status == 0, done
    assert done.document["kept"] == [service.url]
    ((path, kind, body),) = service.got
    assert (path, kind) == ("/checkpoints", "text/plain; charset=utf-8")
    assert body.decode() == anchor_text(newest(sanctions))


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 500, 503])
def test_service_that_does_not_take_it_is_an_error(service: Answering, status: int) -> None:
    service.status, service.headers = status, {"Location": f"{service.url}/elsewhere"}
    with pytest.raises(AnchorNotKept, match=str(status)):
        post(service.url, b"note", "text/plain")
    assert len(service.got) == 1, "nothing is sent anywhere else"


def test_answer_without_an_end_is_not_read_to_its_end(service: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_LONGEST_ANSWER", 3)
    with pytest.raises(AnchorNotKept, match="longer"):
        post(service.url, b"note", "text/plain")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "notes", "", "http://", "http://[", "http://x:y/"])
def test_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(AnchorNotKept):
        post(url, b"note", "text/plain")


def test_service_that_says_nothing_is_given_up() -> None:
    with socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(AnchorNotKept, match="http://127"):
            post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", b"note", "text/plain", seconds=0.05)


def test_nobody_there_is_an_error_of_the_infrastructure(url: str, sanctions: Sanctions) -> None:
    _seal(sanctions)
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://someone:secret@127.0.0.1:{free.getsockname()[1]}/"
    done = cli(url, "anchor", "--post", address).failed(10, "anchor_not_kept")
    assert "secret" not in done.err


def test_anchor_is_stamped_and_the_stamp_checked(
    url: str, sanctions: Sanctions, service: Answering, tmp_path: Path
) -> None:
    _seal(sanctions)
    service.authority = AUTHORITY
    anchor, pem = tmp_path / "anchor", tmp_path / "authority.pem"
    pem.write_bytes(AUTHORITY.pem)
    made = cli(url, "anchor", "--out", str(anchor), "--timestamp", service.url, "--json")
    assert made.document["kept"] == [str(anchor), f"{anchor}.tsr"]
    assert service.got[0][1] == "application/timestamp-query"
    check = ("verify-timestamp", str(anchor), "--certificates", str(pem))
    assert cli(url, *check, "--json").document["stamped_at"] == "2026-01-31T12:00:00Z"
    anchor.write_bytes(anchor.read_bytes() + b"\n")
    cli(url, *check).failed(1, "bad_timestamp")
    assert cli(url, "anchor", "--timestamp", service.url).status == 2


def test_stamp_is_believed_from_a_known_authority_alone(service: Answering, tmp_path: Path) -> None:
    service.authority = AUTHORITY
    (tmp_path / "note").write_bytes(b"a note")
    answer = keep_stamp(service.url, tmp_path / "note").read_bytes()
    for name, authority in (("good", AUTHORITY), ("other", Authority())):
        (tmp_path / name).write_bytes(authority.pem)
    assert stamped_at(answer, b"a note", tmp_path / "good") == STAMPED_AT
    with pytest.raises(BadTimestamp):
        stamped_at(answer, b"a note", tmp_path / "other")
    with pytest.raises(BadTimestamp):
        stamped_at(answer, b"another note", tmp_path / "good")
    with pytest.raises(BadTimestamp, match="cannot be read"):
        stamped_at(answer, b"a note", tmp_path / "none")


def test_stamp_with_a_byte_changed_does_not_hold(service: Answering, tmp_path: Path) -> None:
    service.authority = AUTHORITY
    answer = stamp(service.url, b"a note")
    (tmp_path / "pem").write_bytes(AUTHORITY.pem)
    place = answer.index(STAMPED_AT.strftime("%Y%m%d").encode())
    for at in (place + 7, len(answer) - 1, len(answer) // 2):
        wrong = bytearray(answer)
        wrong[at] ^= 1
        with pytest.raises(BadTimestamp):
            stamped_at(bytes(wrong), b"a note", tmp_path / "pem")


class Wrong(Authority):
    """Answers another question than it is asked."""

    def answer(self, request: bytes) -> bytes:
        return self.stamp(request[:32], 5)


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", REFUSAL])
def test_answer_that_is_no_stamp_is_refused(service: Answering, body: bytes) -> None:
    service.body = body
    with pytest.raises(BadTimestamp):
        stamp(service.url, b"a note")


def test_stamp_that_answers_another_question_is_refused(service: Answering) -> None:
    service.authority = Wrong()
    with pytest.raises(BadTimestamp, match="another question"):
        stamp(service.url, b"a note")


def test_stamp_that_cannot_be_kept_is_an_error(service: Answering, tmp_path: Path) -> None:
    service.authority = AUTHORITY
    with pytest.raises(AnchorNotKept):
        keep_stamp(service.url, tmp_path / "none")


def test_anchor_is_printed_where_nowhere_else(url: str, sanctions: Sanctions) -> None:
    cli(url, "anchor").failed(1, "nothing_sealed")
    _seal(sanctions)
    assert cli(url, "anchor").out == anchor_text(newest(sanctions))
