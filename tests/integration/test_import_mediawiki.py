"""MediaWiki's block log: every rule of the import on small logs made by hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import Answer, as_lines, assert_sound, cli, database, rows, tables

_DAY = "2016-03-{:02d}T12:00:00Z"


def row(day: int, action: str = "block", expiry: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of the log on a day of March 2016."""
    made: dict[str, Any] = {"seq": day, "ts": _DAY.format(day), "action": action, "account": "u1", "actor": "admin"}
    if action != "unblock":
        made |= {
            "duration": "infinite" if expiry is None else "-",
            "expiry": expiry,
            "flags": [],
            "sitewide": None,
            "restrictions": None,
        }
    return {**made, "reason_codes": [], **more}


def run(url: str, *log: Any) -> Answer:
    return cli(url, "import", "mediawiki", "-", "--json", given=as_lines(log))


def state(url: str, day: float, account: str = "u1") -> dict[str, Any]:
    hour = 12 + round((day - int(day)) * 10)
    at = f"2016-03-{int(day):02d}T{hour:02d}:00:00Z"
    found: dict[str, Any] = cli(url, "--policy", "mediawiki", "state", account, "--at", at, "--json").document
    return found


def taken(url: str, day: float) -> dict[str, str | None]:
    """What is taken from the account on that day, and until when."""
    return {each["function"]: each["until"] for each in state(url, day)["restrictions"]}


def test_block_without_restrictions_is_a_ban_until_its_expiry(url: str) -> None:
    done = run(url, row(1, expiry=_DAY.format(5)))
    assert done.status == 0
    assert (done.document["rows"], done.document["applied"], done.document["events"]) == (1, 1, 1)
    assert taken(url, 1) == {"*": _DAY.format(5)}
    assert (state(url, 4.9)["standing"], state(url, 5)["standing"]) == ("banned", "clear")
    assert cli(url, "--policy", "mediawiki", "check", "u1", "edit:page:7", "--at", _DAY.format(2)).status == 1


def test_block_that_is_infinite_is_a_permanent_ban(url: str) -> None:
    assert run(url, row(1, duration="infinity")).status == 0
    assert taken(url, 2) == {"*": None}
    sanction = state(url, 2)["sanctions"][0]
    assert (sanction["kind"], sanction["until"], sanction["policy"]) == ("ban", None, "mediawiki@1")


def test_block_with_restrictions_takes_pages_and_namespaces(url: str) -> None:
    scope = {"pages": ["83e2", "7"], "namespaces": ["2", 10]}
    assert run(url, row(1, expiry=_DAY.format(9), sitewide=False, restrictions=scope)).status == 0
    functions = ["edit:namespace:10", "edit:namespace:2", "edit:page:7", "edit:page:83e2"]
    assert taken(url, 2) == dict.fromkeys(functions, _DAY.format(9))
    assert state(url, 2)["standing"] == "restricted"
    for function, status in (("edit:page:7", 1), ("edit:page:8", 0), ("edit:namespace:2", 1), ("edit", 0)):
        asked = cli(url, "--policy", "mediawiki", "check", "u1", function, "--at", _DAY.format(2))
        assert asked.status == status, function
    assert cli(url, "--policy", "mediawiki", "check", "u1", "edit:page:*").status == 2


@pytest.mark.parametrize(
    ("flags", "functions"),
    [
        (["nocreate"], {"create_account"}),
        (["noemail"], {"send_email"}),
        (["nousertalk"], {"edit_own_talk"}),
        (
            ["nocreate", "noemail", "nousertalk", "anononly", "autoblock", "noautoblock"],
            {"create_account", "send_email", "edit_own_talk"},
        ),
        (["anononly", "noautoblock", "something_new"], set()),
    ],
)
def test_flags_are_a_restriction_beside_the_block_with_the_same_end(
    url: str, flags: list[str], functions: set[str]
) -> None:
    assert run(url, row(1, expiry=_DAY.format(5), flags=flags)).status == 0
    assert taken(url, 2) == dict.fromkeys({"*", *functions}, _DAY.format(5))
    assert len(state(url, 2)["sanctions"]) == (2 if functions else 1)
    assert taken(url, 5) == {}


def test_reblock_replaces_end_flags_and_scope_as_a_whole(url: str) -> None:
    scope = {"pages": ["7"], "namespaces": []}
    log = [
        row(1, expiry=_DAY.format(5), flags=["nocreate"]),
        row(2, "reblock", expiry=_DAY.format(20), sitewide=False, restrictions=scope, flags=["noemail"]),
    ]
    done = run(url, *log).document
    assert (done["applied"], done["contradictions"]) == (2, {})
    assert taken(url, 1) == {"*": _DAY.format(5), "create_account": _DAY.format(5)}
    assert taken(url, 2) == {"edit:page:7": _DAY.format(20), "send_email": _DAY.format(20)}
    ended = [each for each in state(url, 2)["sanctions"] if each["status"] == "superseded"]
    assert [each["ended_at"] for each in ended] == [_DAY.format(2)] * 2
    assert taken(url, 6).keys() == {"edit:page:7", "send_email"}


def test_reblock_that_makes_a_block_shorter_or_takes_a_permanent_one_back_is_applied(url: str) -> None:
    log = [
        row(1, duration="infinite"),
        row(2, "reblock", expiry=_DAY.format(4)),
        row(3, "reblock", expiry=_DAY.format(3), ts="2016-03-03T06:00:00Z"),
    ]
    assert run(url, *log).status == 0
    assert [state(url, day)["standing"] for day in (1, 2, 3)] == ["banned", "banned", "clear"]
    assert taken(url, 2) == {"*": _DAY.format(4)}


def test_block_over_a_block_replaces_and_is_reported(url: str) -> None:
    done = run(url, row(1, duration="infinite"), row(2, expiry=_DAY.format(4))).document
    assert (done["applied"], done["contradictions"]) == (2, {"block_over_a_block": 1})
    assert done["verb_differs"] == [2]
    assert taken(url, 3) == {"*": _DAY.format(4)}


def test_unblock_lifts_everything_in_force(url: str) -> None:
    log = [row(1, flags=["nocreate", "noemail"]), row(2, "unblock")]
    assert run(url, *log).status == 0
    assert taken(url, 2) == {}
    assert {each["status"] for each in state(url, 2)["sanctions"]} == {"lifted"}


def test_unblock_with_nothing_in_force_is_counted_and_harmless(url: str) -> None:
    done = run(url, row(1, expiry=_DAY.format(2)), row(3, "unblock"), row(4, "reblock", expiry=_DAY.format(6)))
    assert done.status == 0
    found = done.document
    assert found["contradictions"] == {"unblock_without_a_block": 1, "reblock_without_a_block": 1}
    assert found["verb_differs"] == [3, 4]
    assert found["applied"] + found["without_effect"] == 3
    assert taken(url, 5) == {"*": _DAY.format(6)}


def test_block_after_the_former_one_expired_is_no_contradiction(url: str) -> None:
    found = run(url, row(1, expiry=_DAY.format(2)), row(2, expiry=_DAY.format(4))).document
    assert (found["contradictions"], found["verb_agrees"]) == ({}, 2)


def test_end_beyond_the_calendar_is_kept_as_permanent_with_a_remark(url: str) -> None:
    found = run(url, row(1, expiry="102013-04-05T06:07:08Z", duration="3155692597470 seconds")).document
    assert sum(found["remarks"].values()) == 1
    assert taken(url, 2) == {"*": None}
    assert run(url, row(3, "reblock", expiry="9999-12-31T00:00:00Z")).document["remarks"] == {}
    assert taken(url, 4) == {"*": "9999-12-31T00:00:00Z"}


def test_block_of_zero_seconds_is_accounted_for_and_takes_nothing(url: str) -> None:
    found = run(url, row(1, expiry=_DAY.format(1), duration="0 seconds"), row(2, expiry="2016-03-02T12:00:01Z"))
    assert found.status == 0
    assert found.document["applied"] + found.document["without_effect"] == 2
    assert found.document["contradictions"] == {}
    assert taken(url, 1) == {}
    assert taken(url, 2) == {"*": "2016-03-02T12:00:01Z"}
    assert taken(url, 3) == {}


def test_reblock_of_zero_seconds_ends_the_block(url: str) -> None:
    assert run(url, row(1), row(2, "reblock", expiry=_DAY.format(2))).status == 0
    assert taken(url, 2) == {}


def test_several_events_in_the_same_second_are_applied_in_their_order(url: str) -> None:
    same = {"ts": _DAY.format(1)}
    log = [
        row(1, expiry=_DAY.format(9)),
        row(2, "unblock", **same),
        row(3, expiry=_DAY.format(7), **same),
        row(4, "reblock", expiry=_DAY.format(8), **same),
    ]
    found = run(url, *log).document
    assert (found["applied"], found["contradictions"]) == (4, {})
    assert taken(url, 1) == {"*": _DAY.format(8)}
    assert_sound(url)


def test_suppressed_actor_is_imported_with_a_remark(url: str) -> None:
    missing = row(2, "unblock")
    del missing["actor"]
    found = run(url, row(1, actor=None), missing).document
    assert found["applied"] == 2
    assert sum(found["remarks"].values()) == 2


def test_rows_that_cannot_be_read_are_rejected_with_line_and_reason(url: str) -> None:
    bad: list[Any] = [
        b"{",
        b'"text"',
        b"\xff\xfe",
        row(2, action="smite"),
        row(2, ts="yesterday"),
        row(2, ts="2016-03-02T12:00:00"),
        row(2, account=""),
        row(2, expiry="soon"),
        row(2, expiry="2016-03-02T12:00:00"),
        row(2, restrictions={"pages": ["\x1b[31m"]}),
        {"action": "block"},
        b"[" * 50_000,
        b'"' + b"a" * (5 * 1024 * 1024) + b'"',
    ]
    log = [row(1, expiry=_DAY.format(9)), b"", *bad, row(3, "unblock")]
    done = run(url, *log)
    assert done.status == 1
    found = done.document
    assert found["rows"] == len(bad) + 2
    assert [each["line"] for each in found["rejected"]] == list(range(3, 3 + len(bad)))
    assert all(each["code"] == "malformed" and len(each["message"].split()) >= 3 for each in found["rejected"])
    assert found["applied"] == 2
    assert taken(url, 3) == {}


def test_row_before_the_accounts_previous_event_is_rejected_and_the_rest_goes_on(url: str) -> None:
    done = run(url, row(5), row(2, "unblock"), row(6, "unblock"))
    assert done.status == 1
    assert [(each["line"], each["code"]) for each in done.document["rejected"]] == [(2, "out_of_order")]
    assert done.document["applied"] == 2


def test_same_file_again_adds_nothing(url: str) -> None:
    log = [row(1, flags=["nocreate"]), row(2, "reblock", expiry=_DAY.format(8)), row(3, "unblock"), row(4, "unblock")]
    run(url, *log)
    before = tables(url)
    again = run(url, *log)
    assert again.status == 0
    assert (again.document["duplicates"], again.document["applied"], again.document["events"]) == (4, 0, 0)
    assert tables(url) == before


def test_interrupted_run_is_resumed(tmp_path: Path) -> None:
    log = [
        row(day, action, account=f"u{n}")
        for day, action in ((1, "block"), (2, "reblock"), (3, "unblock"))
        for n in range(9)
    ]
    whole, resumed = database(tmp_path, "whole.db"), database(tmp_path, "resumed.db")
    run(whole, *log)
    run(resumed, *log[:13])
    second = run(resumed, *log).document
    assert (second["duplicates"], second["applied"]) == (13, 14)
    wanted = "SELECT account, version, topic FROM sanctions_events ORDER BY account, version"
    assert rows(resumed, wanted) == rows(whole, wanted)
    for table in ("sanctions_intervals", "sanctions_deadlines"):
        assert tables(resumed)[table] == tables(whole)[table]
    assert_sound(resumed)


def test_gzip_is_known_by_its_ending(url: str, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl.gz"
    file.write_bytes(gzip.compress(as_lines([row(1), row(2, "unblock")])))
    assert cli(url, "import", "mediawiki", str(file), "--json").document["applied"] == 2


def test_report_for_people_counts_what_became_of_the_rows(url: str) -> None:
    shown = cli(url, "import", "mediawiki", "-", given=as_lines([row(1, "unblock"), b"{", row(2)]))
    assert shown.status == 1
    for word in ("rows", "applied", "rejected", "unblock_without_a_block"):
        assert word in shown.out
    assert "line 2: malformed" in shown.err


def test_imported_account_has_history_and_can_be_sanctioned_further(url: str) -> None:
    run(url, row(1, reason_codes=["vandalism", "sock"]))
    events = cli(url, "history", "u1", "--json").document["events"]
    assert (events[0]["type"], events[0]["at"], events[0]["by"]["id"]) == ("AccountBanned", _DAY.format(1), "admin")
    assert "vandalism" in json.dumps(events[0])
    name = events[0]["sanction"]
    lift = {"command": "lift", "account": "u1", "by": {"kind": "reviewer", "id": "r"}, "sanction": name, "reason": "ok"}
    assert cli(url, "--policy", "mediawiki", "apply", "-", given=as_lines([lift])).status == 0
    assert_sound(url)
