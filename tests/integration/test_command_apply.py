"""`apply`: from a file, from standard input, from a pipe; one outcome line each, in order."""

from __future__ import annotations

import gzip
import os
import selectors
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import (
    HOLDER,
    MODERATOR,
    REVIEWER,
    as_lines,
    assert_sound,
    cli,
    command,
    database,
    restrict,
    rows,
    spawn,
    tables,
)

_PATIENCE = 30.0


def _read_line(process: subprocess.Popen[bytes]) -> bytes:
    """The next line of output, or a failure when none comes."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        assert ready.select(_PATIENCE), "no outcome came"
    return process.stdout.readline()


def test_accepted_command_has_the_outcome_of_the_contract(url: str) -> None:
    given = restrict(sanction="s-3", command_id="c-1", at="2026-01-01T00:00:00Z", for_="P1D")
    found = cli(url, "apply", "--trusted-times", "-", given=as_lines([given])).document
    expected = {
        "line": 1,
        "command_id": "c-1",
        "account": "gh_1",
        "status": "accepted",
        "version": 1,
        "events": [{"type": "FunctionsRestricted", "at": "2026-01-01T00:00:00Z", "sanction": "s-3"}],
        "affected": [],
    }
    assert {key: found.get(key) for key in expected} == expected


def test_what_fell_due_before_a_command_stands_under_due(url: str) -> None:
    given = [
        restrict(sanction="s-3", at="2026-01-01T00:00:00Z", for_="P1D"),
        command("note", text="seen", at="2026-01-05T00:00:00Z"),
    ]
    found = cli(url, "apply", "--trusted-times", "-", given=as_lines(given)).documents[1]
    assert found["due"] == [{"type": "SanctionExpired", "at": "2026-01-02T00:00:00Z", "sanction": "s-3"}]
    assert [each["type"] for each in found["events"]] == ["NoteAdded"]
    assert found["version"] == 3


def test_refused_command_says_line_code_message_and_details(url: str) -> None:
    given = [b"", restrict(sanction="s-1"), b"   \t", restrict(functions=["fly"], command_id="c-2"), b"\r"]
    done = cli(url, "apply", "-", given=as_lines(given))
    assert done.status == 1
    assert [each["line"] for each in done.documents] == [2, 4]
    found = done.documents[1]
    assert (found["status"], found["account"], found["command_id"]) == ("refused", "gh_1", "c-2")
    assert found["error"].keys() == {"code", "message", "details"}
    assert found["error"]["code"] == "unknown_function"
    assert found["error"]["details"]["function"] == "fly"
    assert "fly" in found["error"]["message"]


def test_already_so_is_accepted_without_events(url: str) -> None:
    until = "2099-01-01T00:00:00Z"
    given = [
        restrict(sanction="s-1", until=until),
        command("change_sanction", sanction="s-1", until=until, reason="the same again"),
    ]
    found = cli(url, "apply", "-", given=as_lines(given)).documents[1]
    assert (found["status"], found["events"], found["version"]) == ("accepted", [], 1)


def test_generated_ids_are_returned_and_can_be_used(url: str) -> None:
    first = cli(url, "apply", "-", given=as_lines([restrict()])).document
    assert first["command_id"]
    name = first["events"][0]["sanction"]
    lifted = cli(url, "apply", "-", given=as_lines([command("lift", sanction=name, reason="enough")])).document
    assert [(e["type"], e["sanction"]) for e in lifted["events"]] == [("SanctionLifted", name)]


def test_overturn_reports_the_later_decisions_that_counted_it(url: str) -> None:
    given = [
        restrict(sanction="s-1"),
        restrict(sanction="s-2", basis={"clause": "4.2", "priors": ["s-1"]}),
        command("overturn", by=REVIEWER, sanction="s-1", reason="mistaken account"),
    ]
    assert cli(url, "apply", "-", given=as_lines(given)).documents[2]["affected"] == ["s-2"]


def test_every_command_of_the_contract_is_understood(url: str) -> None:
    basis = {"clause": "4.2"}
    order: dict[str, Any] = {"basis": basis, "within": "P7D", "on_default": []}
    until = "2099-01-01T00:00:00Z"
    each_its_end = [{"function": "mass_send", "until": until}, {"function": "publish", "for": "P1D"}]
    given = [
        command("record_violation", violation="v-1", clause="4.2", detected="notice", evidence=["a"], batch="b-1"),
        command("warn", sanction="w-1", basis=basis, permanent=True),
        command("order_rectification", sanction="o-1", **order, requirements="take it down"),
        command("extend_rectification", sanction="o-1", deadline=until),
        command("submit_rectification", by=HOLDER, sanction="o-1", statement="done", evidence=["b"]),
        command("reject_rectification", sanction="o-1", reason="not all of it"),
        command("submit_rectification", by=HOLDER, sanction="o-1"),
        command("accept_rectification", sanction="o-1"),
        command("restrict", sanction="s-1", basis=basis, functions=each_its_end),
        command("ban", sanction="b-1", basis=basis, for_="P1M"),
        command("change_sanction", sanction="s-1", functions=["mass_send"], reason="milder"),
        command("lift", sanction="b-1", reason="enough"),
        command("serve_notice", sanction="s-1", channel="in-app"),
        command("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="no"),
        command("withdraw_appeal", by=HOLDER, appeal="a-1"),
        command("appeal", by=HOLDER, appeal="a-2", sanction="w-1", statement="no"),
        command("decide_appeal", by=REVIEWER, appeal="a-2", outcome="denied", reason="plain"),
        command("propose", proposal="p-1", sanction={"command": "ban", "basis": basis, "permanent": True}),
        command("dismiss", by=REVIEWER, proposal="p-1", reason="too much"),
        command("propose", proposal="p-2", sanction={"command": "warn", "basis": basis, "permanent": True}),
        command("approve", by=REVIEWER, proposal="p-2"),
        command("exempt", by=REVIEWER, reason="staff", unless=["reviewer"]),
        command("end_exemption", by=REVIEWER, reason="left"),
        command("overturn", sanction="s-1", reason="mistaken"),
        command("note", text="closed"),
    ]
    done = cli(url, "apply", "-", given=as_lines(given))
    assert [each["status"] for each in done.documents] == ["accepted"] * len(given), done.out
    assert done.status == 0
    assert_sound(url)


def test_file_and_standard_input_and_gzip_give_the_same(tmp_path: Path) -> None:
    given = as_lines([restrict("gh_1", sanction="s-1"), restrict("gh_2", sanction="s-1")])
    plain, packed = tmp_path / "commands.jsonl", tmp_path / "commands.jsonl.gz"
    plain.write_bytes(given)
    packed.write_bytes(gzip.compress(given))
    answers = [
        cli(database(tmp_path, "1.db"), "apply", str(plain)),
        cli(database(tmp_path, "2.db"), "apply", str(packed)),
        cli(database(tmp_path, "3.db"), "apply", "-", given=given),
        cli(database(tmp_path, "4.db"), "apply", "-", given=given.removesuffix(b"\n")),
    ]
    for answer in answers:
        assert answer.status == 0
        assert [(each["line"], each["account"], each["version"]) for each in answer.documents] == [
            (1, "gh_1", 1),
            (2, "gh_2", 1),
        ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_named_pipe_is_read_like_a_file(url: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(as_lines([restrict(), restrict()]),))
    writer.start()
    assert [each["line"] for each in cli(url, "apply", str(pipe)).documents] == [1, 2]
    writer.join()


def test_slow_pipe_gets_each_outcome_before_it_closes(url: str) -> None:
    with spawn(url, "apply", "-") as running:
        assert running.stdin is not None
        for number in (1, 2, 3):
            running.stdin.write(as_lines([restrict(sanction=f"s-{number}")]))
            running.stdin.flush()
            assert f'"line":{number},'.encode() in _read_line(running)
            assert rows(url, "SELECT count(*) FROM sanctions_events") == [(number,)]
        half = as_lines([restrict(sanction="s-4")])
        running.stdin.write(half[:20])
        running.stdin.flush()
        running.stdin.write(half[20:])
        running.stdin.flush()
        assert b'"status":"accepted"' in _read_line(running)
        running.stdin.close()
        assert running.wait(_PATIENCE) == 0


def test_reader_that_goes_away_ends_the_run_without_a_traceback(url: str) -> None:
    given = as_lines(restrict(f"gh_{number}", sanction="s-1") for number in range(3000))
    with spawn(url, "apply", "-") as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        writer = threading.Thread(target=_feed, args=(running, given))
        writer.start()
        _read_line(running)
        running.stdout.close()
        error = running.stderr.read().decode()
        writer.join()
        running.wait(_PATIENCE)
    assert "Traceback" not in error
    assert "unreadable_file" not in error, "the input could be read; it was the output that went away"
    assert_sound(url)


def _feed(running: subprocess.Popen[bytes], given: bytes) -> None:
    assert running.stdin is not None
    try:
        running.stdin.write(given)
        running.stdin.close()
    except BrokenPipeError:
        pass


def test_trusted_times_take_at_from_the_file_and_record_now(url: str) -> None:
    past, future = "2001-02-03T04:05:06.789Z", "2100-01-01T00:00:00+02:00"
    given = as_lines([restrict(sanction="s-1", at=past, for_="P1D"), command("note", text="later", at=future)])
    done = cli(url, "apply", "--trusted-times", "-", given=given)
    assert done.status == 0
    events = cli(url, "history", "gh_1", "--json").document["events"]
    assert [each["at"] for each in events] == [
        "2001-02-03T04:05:06.789000Z",
        "2001-02-04T04:05:06.789000Z",
        "2099-12-31T22:00:00Z",
    ]
    assert all("2026" <= each["recorded_at"] < "2099" for each in events)


def test_untrusted_time_in_the_future_is_out_of_order(url: str) -> None:
    done = cli(url, "apply", "-", given=as_lines([restrict(at="2098-01-01T00:00:00Z")]))
    assert done.status == 1
    assert done.document["error"]["code"] == "out_of_order"
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(0,)]


def test_same_file_again_gives_the_first_outcomes_and_adds_nothing(url: str) -> None:
    given = as_lines(restrict(f"gh_{n}", sanction="s-1", command_id=f"c-{n}") for n in range(7))
    first = cli(url, "apply", "-", given=given)
    before = tables(url)
    again = cli(url, "apply", "-", given=given)
    assert again.status == 0
    assert again.documents == [{**each, "status": "duplicate"} for each in first.documents]
    assert tables(url) == before


def test_batch_larger_than_a_chunk_keeps_order_and_numbers(url: str) -> None:
    given = [restrict(f"gh_{n % 3}", sanction=f"s-{n}", command_id=f"c-{n}") for n in range(1203)]
    given[700] = restrict("gh_1", functions=[], command_id="c-700")
    done = cli(url, "apply", "-", given=as_lines(given))
    assert [each["line"] for each in done.documents] == list(range(1, 1204))
    assert [each["command_id"] for each in done.documents] == [f"c-{n}" for n in range(1203)]
    assert [each["line"] for each in done.documents if each["status"] != "accepted"] == [701]
    assert done.documents[0]["account"] == "gh_0"
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(1202,)]
    assert {tuple(MODERATOR.values())} == {
        (each["by"]["kind"], each["by"]["id"]) for each in cli(url, "history", "gh_0", "--json").document["events"]
    }
    assert_sound(url)
