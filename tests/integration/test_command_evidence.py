"""Evidence on the command line: keys, seal, prove, verify-proof, verify; what is printed and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.evidence.keys import LOG_KEY, NARRATIVE_KEY, WRITER_KEY, make_keys

from tests.integration.support import MODERATOR, as_lines, cli, command, process, restrict, rows

_HOSTILE = "gh\u202e_evil"
_LINES = as_lines(
    [
        restrict(sanction="s-1", basis={"clause": "4.2", "facts": "telephone 555-0100"}),
        command("note", "gh_2", text="seen"),
        command("note", "gh_2", text="seen again"),
    ]
)


@pytest.fixture
def keys(tmp_path: Path) -> str:
    make_keys(tmp_path / "keys")
    return str(tmp_path / "keys")


@pytest.fixture
def sealed(file_url: str, keys: str) -> str:
    assert cli(file_url, "--keys", keys, "apply", "-", given=_LINES).status == 0
    assert cli(file_url, "seal", "--keys", keys).status == 0
    return file_url


def _files(folder: Path) -> dict[str, str]:
    return {file.name: (folder / file.name).read_text() for file in folder.iterdir()}


@pytest.mark.parametrize(("writer", "kind"), [("hmac", "hmac-sha256"), ("ed25519", "ed25519")])
def test_keys_are_made_once(file_url: str, tmp_path: Path, writer: str, kind: str) -> None:
    folder = tmp_path / "new" / "keys"
    made = cli(file_url, "keys", "init", str(folder), "--writer", writer, "--json")
    assert (made.status, made.document["writer"]["kind"]) == (0, kind)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    before = _files(folder)
    assert set(before) == {LOG_KEY, WRITER_KEY, NARRATIVE_KEY, "trust.json"}
    cli(file_url, "keys", "init", str(folder)).failed(2, "bad_key")
    assert _files(folder) == before
    assert not Path(file_url.removeprefix("sqlite:///")).exists(), "keys need no database"


def test_keys_are_shown_without_their_secrets(file_url: str, keys: str) -> None:
    secrets = [json.loads((Path(keys) / name).read_bytes())["secret"] for name in (LOG_KEY, WRITER_KEY, NARRATIVE_KEY)]
    for arguments in (("keys", "show", keys), ("keys", "show", keys, "--json")):
        shown = cli(file_url, *arguments)
        assert shown.status == 0
        assert not any(secret in shown.out for secret in secrets)
        assert json.loads((Path(keys) / "trust.json").read_bytes())["logs"][0] in shown.out.replace("\n", "")


def test_keys_are_rotated_and_everything_still_verifies(sealed: str, keys: str, tmp_path: Path) -> None:
    anchor, trust = str(tmp_path / "anchor"), str(Path(keys) / "trust.json")
    cli(sealed, "anchor", "--out", anchor)
    before = cli(sealed, "keys", "show", keys, "--json").document
    for number, arguments in enumerate([(), ("--only", "writer", "--writer", "ed25519"), ("--only", "log")], 1):
        done = cli(sealed, "keys", "rotate", keys, *arguments, "--json")
        assert (done.status, done.document["rotation"]) == (0, number)
        assert cli(sealed, "--keys", keys, "apply", "-", given=as_lines([command("note", text="more")])).status == 0
        assert cli(sealed, "--keys", keys, "seal").status == 0
    after = cli(sealed, "keys", "rotate", keys, "--only", "narratives", "--json").document
    assert after["rotation"] is None
    assert [before[name] == after[name] for name in ("log", "writer", "narratives")] == [False] * 3
    assert (len(after["trust"]["logs"]), len(after["trust"]["writers"])) == (3, 3)
    assert cli(sealed, "verify", "--trust", trust, "--anchor", anchor).status == 0
    assert "555-0100" in cli(sealed, "--keys", keys, "history", "gh_1").out


def test_keys_reach_every_command_that_writes(file_url: str, keys: str, tmp_path: Path) -> None:
    (tmp_path / "wiki.jsonl").write_text(
        json.dumps({"seq": 1, "ts": "2024-01-01T00:00:00Z", "action": "block", "account": "u", "actor": "a"}) + "\n"
    )
    (tmp_path / "push.jsonl").write_text(
        json.dumps(
            {
                "Event": "wxa_punish_event",
                "event_type": 4,
                "punish_id": "1",
                "appid": "wx1",
                "punish_time": 1699784109,
                "illegal_reason": "r",
                "detail": '{"banned_days":3}',
            }
        )
        + "\n"
    )
    given = [restrict(sanction="s", at="2024-01-01T00:00:00Z", for_="P1D")]
    for arguments, lines in (
        (("apply", "--trusted-times", "-"), as_lines(given)),
        (("sweep",), b""),
        (("import", "mediawiki", str(tmp_path / "wiki.jsonl")), b""),
        (("import", "wechat", str(tmp_path / "push.jsonl")), b""),
    ):
        assert cli(file_url, *arguments, "--keys", keys, given=lines).status == 0
    marks = rows(file_url, "SELECT mark FROM sanctions_events")
    assert len(marks) >= 4
    assert all(mark for (mark,) in marks)


def test_environment_gives_keys(file_url: str, keys: str) -> None:
    done = process(file_url, "seal", env={**os.environ, "ACCOUNT_SANCTIONS_KEYS": keys})
    assert (done.status, done.err.splitlines()[-1]) == (0, "nothing is recorded yet")
    assert process(file_url, "seal", env={**os.environ, "ACCOUNT_SANCTIONS_KEYS": ""}).status == 2


def test_what_needs_keys_says_so(file_url: str, tmp_path: Path) -> None:
    cli(file_url, "seal").failed(2, "keys_missing")
    for arguments in (("seal",), ("apply", "-"), ("state", "gh_1")):
        cli(file_url, "--keys", str(tmp_path / "none"), *arguments, given=b"").failed(2, "bad_key")


def test_seal_says_how_far_it_went(sealed: str, keys: str) -> None:
    again = cli(sealed, "--keys", keys, "seal", "--json").document
    assert [(one["partition"], one["size"]) for one in again["checkpoints"]] == [(0, 3)]
    assert cli(sealed, "--keys", keys, "seal").out == "partition 0: 3 entries under a checkpoint\n"
    assert rows(sealed, "SELECT count(*) FROM sanctions_checkpoints") == [(1,)]


def test_proof_is_written_and_checked_by_others(sealed: str, keys: str, tmp_path: Path) -> None:
    proof, trust = str(tmp_path / "proof.json"), str(Path(keys) / "trust.json")
    made = cli(sealed, "prove", "gh_2", "2", "--out", proof)
    assert made.out == f"wrote {proof}: the proof that version 2 of gh_2 is entry 3 of partition 0\n"
    assert "555" not in Path(proof).read_text()
    checked = process("sqlite:///nowhere", "verify-proof", proof, "--trust", trust)
    assert (checked.status, checked.out.startswith("it holds: gh_2, version 2, is entry 3 of 3 of ")) == (0, True)
    said = cli(sealed, "verify-proof", proof, "--trust", trust, "--json").document
    assert (said["holds"], said["format"]) == (True, "account-sanctions/inclusion-proof/1")
    printed = cli(sealed, "prove", "gh_2", "2")
    assert json.loads(printed.out) == json.loads(Path(proof).read_bytes())


def test_proof_under_an_anchor_that_was_kept(sealed: str, keys: str, tmp_path: Path) -> None:
    anchor, trust = str(tmp_path / "anchor"), str(Path(keys) / "trust.json")
    cli(sealed, "anchor", "--out", anchor)
    cli(sealed, "--keys", keys, "apply", "-", given=as_lines([command("note", text="later")]))
    cli(sealed, "--keys", keys, "seal")
    old = json.loads(cli(sealed, "prove", "gh_1", "1", "--under", anchor).out)
    assert old["checkpoint"] == Path(anchor).read_text()
    cli(sealed, "prove", "gh_1", "2", "--under", anchor).failed(1, "not_provable")
    grown = str(tmp_path / "growth.json")
    for old_name, new_name in ((anchor, "newest"), ("3", "4"), (anchor, "4")):
        assert cli(sealed, "prove", "--consistency", old_name, new_name, "--out", grown).status == 0
        said = cli(sealed, "verify-proof", grown, "--trust", trust).out
        assert said.endswith("4 entries go on from 3\n")
    cli(sealed, "prove", "--consistency", "newest", anchor).failed(1, "not_provable")
    cli(sealed, "prove", "--consistency", "2", "newest").failed(1, "not_provable")
    cli(sealed, "prove", "--consistency", anchor, "newest", "--partition", "1").failed(1, "not_provable")
    cli(sealed, "prove", "--consistency", str(tmp_path / "none"), "newest").failed(2, "unreadable_file")


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: {**proof, "position": proof["position"] + 1},
        lambda proof: {**proof, "path": [*proof["path"], proof["path"][0]]},
        lambda proof: {**proof, "path": proof["path"][1:]},
        lambda proof: {**proof, "more": 1},
        lambda proof: {**proof, "event": {**proof["event"], "account": _HOSTILE}},
        lambda proof: [proof],
        lambda proof: {**proof, "format": "account-sanctions/inclusion-proof/2"},
    ],
)
def test_proof_that_does_not_hold_is_refused(sealed: str, keys: str, tmp_path: Path, change: Any) -> None:
    file, trust = tmp_path / "proof.json", str(Path(keys) / "trust.json")
    file.write_text(json.dumps(change(json.loads(cli(sealed, "prove", "gh_1", "1").out))))
    done = cli(sealed, "verify-proof", str(file), "--trust", trust)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("it does not hold: ")
    assert "\u202e" not in done.err
    assert cli(sealed, "verify-proof", str(file), "--trust", trust, "--json").document["holds"] is False


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000, b"null", b"{}", b" " * 5_000_000])
def test_what_is_no_proof_is_refused(file_url: str, keys: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "proof.json"
    file.write_bytes(content)
    assert cli(file_url, "verify-proof", str(file), "--trust", f"{keys}/trust.json").status == 1


def test_files_that_are_not_there_are_wrong_usage(file_url: str, keys: str, tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text("{}")
    cli(file_url, "verify-proof", str(tmp_path / "none"), "--trust", f"{keys}/trust.json").failed(2, "unreadable_file")
    cli(file_url, "verify-proof", str(tmp_path / "proof.json"), "--trust", str(tmp_path)).failed(2, "bad_key")
    for arguments in (
        ("prove",),
        ("prove", "gh_1"),
        ("prove", "gh_1", "0"),
        ("prove", "gh_1", "1", "--consistency", "1", "2"),
    ):
        assert cli(file_url, *arguments).status == 2
    cli(file_url, "prove", "gh_1", "1").failed(1, "not_provable")
    cli(file_url, "prove", "", "1").failed(2, "malformed")
    assert cli(file_url, "prove", "gh_1", str(2**63)).status == 2


def test_proof_of_a_log_that_was_touched_is_not_made(sealed: str) -> None:
    rows(sealed, "DROP TRIGGER sanctions_events_no_update")
    rows(sealed, "UPDATE sanctions_events SET state = CAST(replace(state, 'mass_send', 'publish') AS BLOB)")
    done = cli(sealed, "prove", "gh_1", "1").failed(1, "not_provable")
    assert "run `verify`" in done.err


def _verify(url: str, *arguments: str) -> tuple[int, str]:
    done = cli(url, "verify", *arguments, "--json")
    return done.status, done.document["verdict"]


def test_verdicts_and_their_exit_statuses(sealed: str, keys: str, tmp_path: Path) -> None:
    anchor = str(tmp_path / "anchor")
    cli(sealed, "anchor", "--out", anchor)
    trusted = ("--trust", f"{keys}/trust.json")
    full = (*trusted, "--anchor", anchor)
    assert _verify(sealed, *full) == (0, "verified")
    assert _verify(sealed) == (4, "incomplete")
    assert _verify(sealed, *trusted) == (4, "incomplete")
    assert _verify(sealed, *full, "--account", "gh_2") == (0, "verified")
    assert _verify(sealed, *full, "--since", anchor, "--jobs", "1") == (0, "verified")
    assert "not looked at: " in cli(sealed, "verify", *full, "--since", anchor).err
    cli(sealed, "--keys", keys, "apply", "-", given=as_lines([command("note", text="later")]))
    assert _verify(sealed, *full) == (5, "unsealed")
    rows(sealed, "DELETE FROM sanctions_intervals")
    assert _verify(sealed, *full) == (3, "inconsistent")
    rows(sealed, "DROP TRIGGER sanctions_events_no_delete")
    rows(sealed, "DELETE FROM sanctions_events WHERE account = 'gh_2' AND version = 1")
    found = cli(sealed, "verify", *full, "--json")
    assert (found.status, found.document["verdict"]) == (1, "tampered")
    assert set(found.document) == {"verdict", "events", "accounts", "sealed", "findings", "more", "skipped"}
    few = cli(sealed, "verify", *full, "--max-findings", "1", "--json").document
    assert (len(few["findings"]), few["more"] > 0) == (1, True)


def test_findings_for_people(sealed: str, keys: str) -> None:
    with Sanctions.open(sealed, keys=keys) as sanctions:
        sanctions.execute({**command("note", "gh_3", by=MODERATOR, text="x"), "account": "gh <b>_3"})
    rows(sealed, "DROP TRIGGER sanctions_events_no_update")
    rows(sealed, "UPDATE sanctions_events SET account = ? WHERE account = 'gh <b>_3'", _HOSTILE)
    done = cli(sealed, "verify", "--trust", f"{keys}/trust.json")
    assert done.status == 1
    assert done.out.startswith("verdict: tampered\nevents: 4; accounts: 3; entries under a checkpoint: 3\n")
    assert "event_changed" in done.out
    assert "\\u202e" in done.out
    assert "\u202e" not in done.out
    assert "\x1b" not in done.out


def test_what_cannot_be_verified_says_why(file_url: str, sealed: str, keys: str, tmp_path: Path) -> None:
    assert sealed == file_url
    nowhere = tmp_path / "nowhere.db"
    cli(f"sqlite:///{nowhere}", "verify").failed(10, "store_unreachable")
    assert not nowhere.exists(), "nothing is made by looking"
    cli(sealed, "verify", "--trust", str(tmp_path / "none")).failed(2, "bad_key")
    cli(sealed, "verify", "--anchor", str(tmp_path / "none")).failed(2, "unreadable_file")
    cli(sealed, "verify", "--account", "").failed(2, "malformed")
    (tmp_path / "garbage").write_bytes(b"\xff\x00")
    found = cli(sealed, "verify", "--trust", f"{keys}/trust.json", "--anchor", str(tmp_path / "garbage"), "--json")
    assert next(one["code"] for one in found.document["findings"] if one["layer"] == "anchors") == "anchor_forged"


def test_verify_writes_nothing(sealed: str, keys: str) -> None:
    file = Path(sealed.removeprefix("sqlite:///"))
    before = file.read_bytes()
    assert cli(sealed, "verify", "--trust", f"{keys}/trust.json").status == 4
    assert file.read_bytes() == before


def test_door_verifies_itself(sealed: str, keys: str, tmp_path: Path) -> None:
    cli(sealed, "anchor", "--out", str(tmp_path / "anchor"))
    with Sanctions.open(sealed) as sanctions:
        found = sanctions.verify(trust=f"{keys}/trust.json", anchors=[tmp_path / "anchor"])
        assert (found.verdict, found.events) == ("verified", 3)
    with Sanctions.open("sqlite://") as memory, pytest.raises(Exception, match="in memory"):
        memory.verify()


def test_script_of_the_package_says_the_same(
    sealed: str, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from account_sanctions.infrastructure.evidence import check_proof

    cli(sealed, "prove", "gh_1", "1", "--out", str(tmp_path / "proof.json"))
    copy = shutil.copy(check_proof.__file__, tmp_path / "alone.py")
    assert len(Path(copy).read_text().splitlines()) <= 150
    assert check_proof.main([str(tmp_path / "proof.json"), f"{keys}/trust.json"]) == 0
    assert capsys.readouterr().out.startswith("it holds: gh_1, version 1")
