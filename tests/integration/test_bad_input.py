"""Bad commands and bad files, end to end: a stable code, what and where, the exit status, and nothing lost or half written."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import (
    HOLDER,
    MODERATOR,
    as_lines,
    assert_sound,
    cli,
    command,
    database,
    process,
    restrict,
    tables,
)

_MEGABYTE = 1024 * 1024
_BASIS = {"clause": "4.2"}
_BEFORE, _AT, _AFTER = "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"


def _without(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}


def _order(**fields: Any) -> dict[str, Any]:
    return command("order_rectification", basis=_BASIS, **{"within": "P7D", "on_default": [], **fields})


# Each: a name, what is sent, the code, and the field that the details name (None: any).
_MALFORMED: list[tuple[str, Any, str | None]] = [
    ("not_json", b"{command: restrict}", None),
    ("cut_off", b'{"command": "note", "account": "gh_1"', None),
    ("two_objects", b"{} {}", None),
    ("empty_object", {}, None),
    ("an_array", [restrict()], None),
    ("a_number", 7, None),
    ("null", None, None),
    (
        "not_utf8",
        b'{"command": "note", "account": "gh_\xff", "by": {"kind": "moderator", "id": "m"}, "text": "a"}',
        None,
    ),
    ("latin1_text", json.dumps(command("note", text="caf_")).encode().replace(b"caf_", b"caf\xe9"), None),
    (
        "lone_surrogate",
        b'{"command": "note", "account": "gh_\\ud800", "by": {"kind": "moderator", "id": "m"}, "text": "a"}',
        None,
    ),
    ("nested_100000_deep", b"[" * 100_000, None),
    ("nested_inside_a_field", b'{"command": "note", "account": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, None),
    ("unknown_command", command("smite"), "command"),
    ("unknown_field", restrict(colour="red"), "colour"),
    ("unknown_field_inside_basis", restrict(basis={**_BASIS, "mood": "bad"}), "mood"),
    ("unknown_field_inside_actor", command("note", by={**MODERATOR, "name": "Lin"}, text="a"), "name"),
    ("unknown_actor_kind", command("note", by={"kind": "god", "id": "m"}, text="a"), "kind"),
    ("missing_account", _without(restrict(), "account"), "account"),
    ("missing_actor", _without(restrict(), "by"), "by"),
    ("missing_basis", _without(restrict(), "basis"), "basis"),
    ("missing_functions", _without(restrict(), "functions"), "functions"),
    ("null_account", {**restrict(), "account": None}, "account"),
    ("null_reason", command("lift", sanction="s-1", reason=None), "reason"),
    ("null_at", restrict(at=None), "at"),
    ("account_is_a_number", {**restrict(), "account": 7}, "account"),
    ("account_is_empty", {**restrict(), "account": ""}, "account"),
    ("account_of_201_characters", {**restrict(), "account": "a" * 201}, "account"),
    ("sanction_is_a_list", restrict(sanction=["s-1"]), "sanction"),
    ("sanction_with_a_slash", restrict(sanction="o-1/2"), "sanction"),
    ("functions_is_text", restrict(functions="mass_send"), "functions"),
    ("naive_at", restrict(at="2026-01-05T00:00:00"), "at"),
    ("naive_until", restrict(until="2027-01-05T00:00:00"), "until"),
    ("naive_from", restrict(from_="2027-01-05T00:00:00"), "from"),
    ("naive_deadline", _without(_order(deadline="2027-01-05T00:00:00"), "within"), "deadline"),
    ("date_only", restrict(until="2027-01-05"), "until"),
    ("number_as_time", restrict(until=1_800_000_000), "until"),
    ("day_that_is_not", restrict(until="2027-02-30T00:00:00Z"), "until"),
    ("year_10000", restrict(until="10000-01-01T00:00:00Z"), "until"),
    ("year_102013", restrict(until="102013-01-01T00:00:00Z"), "until"),
    ("year_0", restrict(until="0000-01-01T00:00:00Z"), "until"),
    ("last_day_beyond_utc", restrict(until="9999-12-31T23:59:59-12:00"), "until"),
    ("first_day_before_utc", restrict(at="0001-01-01T00:00:00+12:00"), "at"),
    ("negative_duration", restrict(for_="-P1D"), "for"),
    ("negative_part", restrict(for_="P-1D"), "for"),
    ("zero_duration", restrict(for_="P0D"), "for"),
    ("zero_as_number", restrict(for_=0), "for"),
    ("duration_without_parts", restrict(for_="P"), "for"),
    ("duration_in_words", restrict(for_="one week"), "for"),
    ("zero_within", _order(within="PT0S"), "within"),
    ("two_ends", restrict(for_="P1D", permanent=True), None),
    ("no_end", _without(restrict(), "for"), None),
    ("permanent_false", {**_without(restrict(), "for"), "permanent": False}, None),
    ("control_character_in_text", command("note", text="bell\x07"), "text"),
    ("escape_in_reason", command("lift", sanction="s-1", reason="\x1b[2J"), "reason"),
    ("null_character_in_id", restrict(sanction="s\x001"), "sanction"),
    ("line_break_in_id", restrict(sanction="s\n1"), "sanction"),
    ("text_of_10001", command("note", text="a" * 10_001), "text"),
    ("text_of_a_megabyte", command("note", text="a" * _MEGABYTE), "text"),
    ("id_of_a_megabyte", restrict(sanction="a" * _MEGABYTE), "sanction"),
    ("statement_of_10001", command("appeal", by=HOLDER, sanction="s-1", statement="a" * 10_001), "statement"),
    ("empty_statement", command("appeal", by=HOLDER, sanction="s-1", statement=""), "statement"),
    ("line_of_10_megabytes", b'{"command": "note", "text": "' + b"a" * (10 * _MEGABYTE) + b'"}', None),
    ("expected_version_as_text", restrict(expected_version="1"), "expected_version"),
]

_REFUSED: list[tuple[str, Any, str]] = [
    ("empty_function_list", restrict(functions=[]), "empty_functions"),
    ("unknown_function", restrict(functions=["mass_send", "fly"]), "unknown_function"),
    ("star_as_function", restrict(functions=["*"]), "unknown_function"),
    ("unknown_announced_function", _order(on_default=[{"restrict": ["fly"], "for": "P1D"}]), "unknown_function"),
    ("empty_announced_functions", _order(on_default=[{"restrict": [], "for": "P1D"}]), "empty_functions"),
    ("id_of_another_kind", command("extend_rectification", sanction="s-1", deadline=_AFTER, at=_AT), "wrong_kind"),
    ("review_of_another_kind", command("accept_rectification", sanction="s-1", at=_AT), "wrong_kind"),
    ("appeal_id_as_sanction", command("lift", sanction="a-1", reason="no", at=_AT), "unknown_sanction"),
    ("sanction_id_as_appeal", command("withdraw_appeal", by=HOLDER, appeal="s-1", at=_AT), "unknown_appeal"),
    ("sanction_id_as_proposal", command("approve", proposal="s-1", at=_AT), "unknown_proposal"),
    ("unknown_sanction", command("lift", sanction="s-9", reason="no", at=_AT), "unknown_sanction"),
    ("id_in_use", restrict(sanction="s-1", at=_AT), "id_in_use"),
    ("end_before_start", restrict(at=_AT, until=_BEFORE), "invalid_period"),
    ("end_at_start", restrict(at=_AT, until=_AT), "invalid_period"),
    ("end_before_announced_start", restrict(at=_AT, from_="2027-01-01T00:00:00Z", until=_AFTER), "invalid_period"),
    ("start_before_decision", restrict(at=_AT, from_=_BEFORE), "invalid_period"),
    ("deadline_before_order", _without(_order(deadline=_BEFORE, at=_AT), "within"), "invalid_period"),
    ("period_beyond_the_calendar", restrict(at=_AT, for_="P9000Y"), "invalid_period"),
    ("days_beyond_the_calendar", restrict(at=_AT, for_="P999999999D"), "invalid_period"),
    ("announced_beyond_the_calendar", _order(at=_AT, on_default=[{"ban": {"for": "P9000Y"}}]), "invalid_period"),
    ("before_the_previous_event", restrict(at="2025-12-31T00:00:00Z"), "out_of_order"),
    ("later_than_the_clock", restrict(at="2099-01-01T00:00:00Z"), "out_of_order"),
    ("second_use_of_a_command_id", restrict(sanction="s-2", command_id="c-1"), "command_id_reused"),
    ("another_version", restrict(expected_version=0), "version_conflict"),
    ("holder_who_restricts", restrict(by=HOLDER, at=_AT), "not_permitted"),
    ("permanent_ban_by_one", command("ban", basis=_BASIS, permanent=True, at=_AT), "second_person_required"),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which something stands already."""
    folder = tmp_path_factory.mktemp("template")
    made = database(folder)
    first = restrict(sanction="s-1", command_id="c-1", at="2026-01-01T00:00:00Z", until="2098-01-01T00:00:00Z")
    appeal = command("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="no", at="2026-01-02T00:00:00Z")
    assert cli(made, "apply", "-", given=as_lines([first, appeal])).status == 0
    return folder / "sanctions.db"


@pytest.fixture
def url(template: Path, tmp_path: Path) -> str:
    shutil.copy(template, tmp_path)
    return database(tmp_path)


@pytest.mark.parametrize(("sent", "field"), [each[1:] for each in _MALFORMED], ids=[each[0] for each in _MALFORMED])
def test_malformed_line_is_named_and_the_others_are_carried_out(url: str, sent: Any, field: str | None) -> None:
    before = tables(url)
    done = cli(url, "apply", "-", given=as_lines([b"", sent, b""]))
    assert done.status == 1
    found = done.document
    assert (found["line"], found["status"], found["error"]["code"]) == (2, "malformed", "malformed")
    assert len(found["error"]["message"].split()) >= 3
    assert len(done.out) < 5_000, "what was wrong is said, not repeated"
    if field is not None:
        assert found["error"]["details"]["field"] == field
    assert tables(url) == before


@pytest.mark.parametrize(("sent", "code"), [each[1:] for each in _REFUSED], ids=[each[0] for each in _REFUSED])
def test_refused_command_changes_nothing(url: str, sent: Any, code: str) -> None:
    before = tables(url)
    done = cli(url, "apply", "-", given=as_lines([sent]))
    assert done.status == 1
    found = done.document
    assert (found["line"], found["status"], found["error"]["code"]) == (1, "refused", code)
    assert len(found["error"]["message"].split()) >= 3
    assert tables(url) == before
    assert_sound(url)


def test_all_malformed_lines_between_good_ones_leave_the_good_ones_alone(url: str) -> None:
    given: list[Any] = []
    for number, (_, sent, _) in enumerate(_MALFORMED):
        given += [command("note", "gh_2", text=f"note {number}"), sent]
    done = cli(url, "apply", "-", given=as_lines(given))
    assert done.status == 1
    assert [each["line"] for each in done.documents] == list(range(1, len(given) + 1))
    assert [each["status"] for each in done.documents] == ["accepted", "malformed"] * len(_MALFORMED)
    assert_sound(url)


@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
def test_commands_out_of_order_in_one_file_leave_the_others(url: str, trusted: bool) -> None:
    at = ["2026-01-05T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"]
    given = as_lines(command("note", text=f"n{number}", at=instant) for number, instant in enumerate(at))
    done = cli(url, "apply", *(["--trusted-times"] if trusted else []), "-", given=given)
    assert [each["status"] for each in done.documents] == ["accepted", "refused", "accepted", "accepted"]
    assert done.documents[1]["error"]["code"] == "out_of_order"
    assert_sound(url)


def test_malformed_command_names_account_and_command_id_where_they_can_be_read(url: str) -> None:
    found = cli(url, "apply", "-", given=as_lines([restrict(command_id="c-7", colour="red")])).document
    assert (found["account"], found["command_id"]) == ("gh_1", "c-7")


@pytest.mark.parametrize("arguments", [("apply",), ("state", "--queries"), ("import", "mediawiki")], ids="-".join)
class TestUnreadableFile:
    def test_missing_file_is_named(self, url: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        before = tables(url)
        missing = str(tmp_path / "missing.jsonl")
        shown = process(url, *arguments, missing)
        assert (shown.status, "Traceback" in shown.err) == (2, False)
        assert missing in shown.err
        assert tables(url) == before

    def test_folder_is_named(self, url: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        shown = cli(url, *arguments, str(tmp_path))
        assert shown.status == 2
        assert str(tmp_path) in shown.err

    @pytest.mark.parametrize("damage", ["cut_off", "not_gzip", "flipped_inside", "flipped_header"])
    def test_damaged_gzip_is_named(self, url: str, tmp_path: Path, arguments: tuple[str, ...], damage: str) -> None:
        lines = as_lines({"account": hashlib.sha256(bytes([n])).hexdigest() * 30} for n in range(256))
        packed = gzip.compress(lines, mtime=0)
        middle = len(packed) // 2
        content = {
            "cut_off": packed[:-50],
            "not_gzip": lines,
            "flipped_inside": packed[:middle] + bytes(64) + packed[middle + 64 :],
            "flipped_header": packed[:10] + b"\xff" * 4 + packed[14:],
        }[damage]
        file = tmp_path / "damaged.jsonl.gz"
        file.write_bytes(content)
        shown = cli(url, *arguments, str(file))
        shown.failed(2, "unreadable_file")
        assert str(file) in shown.err
        assert_sound(url)


@pytest.mark.skipif(os.name == "nt", reason="arguments are bytes on POSIX only")
@pytest.mark.parametrize("arguments", [("state",), ("history",), ("check", "gh_1"), ("apply",)], ids="-".join)
def test_argument_that_is_not_utf8_gives_an_error_or_an_answer(url: str, arguments: tuple[str, ...]) -> None:
    before = tables(url)
    more = ("mass_send",) if arguments == ("check",) else ()
    shown = process(url, *arguments, os.fsdecode(b"gh_\xff\x9b31m"), *more)
    assert "Traceback" not in shown.err
    assert re.search("^[Ee]rror: |nothing is recorded|clear", shown.err + shown.out, re.MULTILINE), shown
    assert tables(url) == before
