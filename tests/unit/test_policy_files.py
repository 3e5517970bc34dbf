"""Policy files: every mistake with its line and a sentence, however bad the input."""

from __future__ import annotations

import os
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from account_sanctions.application.policies import PolicyFileError, read_policy_file
from account_sanctions.application.policies.files import check_policy_files, read_policy
from account_sanctions.application.policies.reading import LARGEST
from account_sanctions.domain.instants import text as written
from account_sanctions.domain.policies.policy import policy_bytes, policy_from_bytes
from account_sanctions.domain.presets import DEFAULT, OFFICIAL_ACCOUNT_FUNCTIONS

from tests.unit.worded import said
from tests.unmeasured import not_measured

GOOD: Final = """\
id = "x"
version = "1"
functions = ["post", "live"]

[clauses.spam]
ladder = "strikes"

[[ladders.strikes.steps]]
impose = [
  { restrict = ["post"], for = "P7D" },
]
"""


def mistakes(text: str | bytes) -> list[tuple[int | None, str, str]]:
    """Line, field and sentence of everything that is wrong."""
    with pytest.raises(PolicyFileError) as raised:
        read_policy(text.encode() if isinstance(text, str) else text, "mine.toml")
    found = raised.value
    assert found.message.startswith("mine.toml")
    assert all(len(one.sentence.split()) > 2 for one in found.mistakes)
    said([(one.line, one.field, one.sentence) for one in found.mistakes[:20]])
    return [(one.line, one.field, one.sentence) for one in found.mistakes]


def only(text: str | bytes, line: int | None, field: str, words: str) -> None:
    ((found_line, found_field, sentence),) = mistakes(text)
    assert (found_line, found_field) == (line, field)
    assert words in sentence


def test_good_file_is_read() -> None:
    book = read_policy(GOOD.encode(), "mine.toml")
    assert book.name == "x@1"
    assert book.newest.clauses is not None
    assert list(book.newest.clauses) == ["spam"]


def test_byte_order_mark_and_windows_line_ends_are_read_alike() -> None:
    other = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert read_policy(other, "x").newest == read_policy(GOOD.encode(), "x").newest


def test_file_without_functions_has_those_of_official_accounts() -> None:
    assert read_policy(b'id = "x"\nversion = "1"', "x").newest.functions == OFFICIAL_ACCOUNT_FUNCTIONS


def test_appeal_false_is_no_right_of_appeal() -> None:
    assert read_policy(f"appeal = false\n{GOOD}".encode(), "x").newest.appeal is None


@pytest.mark.parametrize(
    ("given", "written", "line", "field", "words"),
    [
        ('version = "1"', "version = 1", 2, "version", 'write "1"'),
        ('version = "1"', "version = 1.10", 2, "version", 'write "1.10"'),
        ('version = "1"', "version = 2022-06-01", 2, "version", 'write "2022-06-01"'),
        ('version = "1"', "version = true", 2, "version", 'write "true"'),
        ('version = "1"', 'version = ["1"]', 2, "version", "not a list"),
        ('version = "1"', 'version = ""', 2, "version", "at least one character"),
        ('version = "1"', f'version = "{"1" * 201}"', 2, "version", "longer than 200"),
        ('version = "1"', 'version = "1\\n2"', 2, "version", "control character"),
        ('version = "1"', "", 1, "", "`version` is missing"),
        ('version = "1"', 'version = "1"\nsevritys = []', 3, "sevritys", "did you mean 'severities'?"),
        ("[clauses.spam]", 'xyz = "x"\n[clauses.spam]', 5, "xyz", "there are `id`"),
        ('["post", "live"]', '"post"', 3, "functions", 'write ["post"]'),
        ('["post", "live"]', '["post", 7]', 3, "functions[1]", "text"),
        ('["post", "live"]', '["post", "edit:*:x"]', 3, "functions", "at the end"),
        ('["post", "live"]', '["post", "*live"]', 3, "functions", "at the end"),
        ("[clauses.spam]", "[clauses]\nspam = 3\n[clauses.hate]", 6, "clauses.spam", "a table is needed"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = 1.5', 7, "clauses.spam.weight", 'write "3/2"'),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = 2.0', 7, "clauses.spam.weight", "write 2"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = 1e999999999', 7, "clauses.spam.weight", "not exact"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = nan', 7, "clauses.spam.weight", "not exact"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = -1', 7, "clauses.spam.weight", "0 or more"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = "1/0"', 7, "clauses.spam.weight", "4/3"),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = true', 7, "clauses.spam.weight", "whole number"),
        ('ladder = "strikes"', f'ladder = "strikes"\nweight = {"9" * 4000}', 7, "clauses.spam.weight", "too large"),
        ('ladder = "strikes"', f'ladder = "strikes"\nweight = 0x{"f" * 5000}', 7, "clauses.spam.weight", "too large"),
        ('ladder = "strikes"', f'ladder = "strikes"\nweight = {"9" * 5000}', 7, "", "too large"),
        ('ladder = "strikes"', 'ladder = "strikes"\nsevere = "yes"', 7, "clauses.spam.severe", "true or false"),
        ('"P7D"', "7", 10, "ladders.strikes.steps[0].impose[0].for", '"P7D" for days'),
        ('"P7D"', '"7"', 10, "ladders.strikes.steps[0].impose[0].for", '"P7D" for days'),
        ('"P7D"', '"7 days"', 10, "ladders.strikes.steps[0].impose[0].for", 'write "P7D"'),
        ('"P7D"', '"12h"', 10, "ladders.strikes.steps[0].impose[0].for", 'write "PT12H"'),
        ('"P7D"', '"p7d"', 10, "ladders.strikes.steps[0].impose[0].for", 'write "P7D"'),
        ('"P7D"', '"P1.5D"', 10, "ladders.strikes.steps[0].impose[0].for", "not a duration"),
        ('"P7D"', '"P0D"', 10, "ladders.strikes.steps[0].impose[0].for", "longer than zero"),
        ('"P7D"', "true", 10, "ladders.strikes.steps[0].impose[0].for", "a duration is needed"),
        (', for = "P7D"', "", 10, "ladders.strikes.steps[0].impose[0].until", "exactly one"),
        ('for = "P7D"', 'ban = {for = "P7D"}', 10, "ladders.strikes.steps[0].impose[0]", "exactly one of warn"),
        ('restrict = ["post"]', "warn = 3", 10, "ladders.strikes.steps[0].impose[0].warn", "a table is needed"),
        ("impose = [", 'appeal = {window = 7}\nimpose = [', 9, "ladders.strikes.steps[0].appeal.window", "no unit"),
        ("[[ladders", '[ladders.strikes]\nfires = "cross"\n[[ladders', 9, "ladders.strikes.fires", "'crossing'"),
        ("[[ladders", "[counting]\nfrozen_while = [\"bans\"]\n[[ladders", 9, "counting.frozen_while[0]", "did you mean 'ban'?"),
        ("[clauses.spam]", "[withheld_rights]\nadmin = []\n[clauses.spam]", 6, "withheld_rights.admin", "one of auditor"),
        ("[clauses.spam]", "escalations = [\n{severity='a', becomes='b', nth=1}]\n[clauses.a]", 6, "escalations[0].nth", "se"),
    ],
)  # fmt: skip
def test_field_of_the_wrong_shape_is_named_with_its_line_and_what_to_write(
    given: str, written: str, line: int, field: str, words: str
) -> None:
    assert given in GOOD
    only(GOOD.replace(given, written, 1), line, field, words)


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2026-01-01", "write 2026-01-01T00:00:00Z"),
        ("2026-01-01T12:00:00", "write 2026-01-01T12:00:00Z"),
        ("12:00:00", "an instant is needed"),
        ('"tomorrow"', "not an instant"),
        ('"2026-01-01T12:00:00"', "no time zone"),
        ("7", "an instant is needed"),
        ("0001-01-01T00:00:00+14:00", "outside the calendar"),
    ],
)
def test_date_that_is_no_instant_is_named(date: str, words: str) -> None:
    only(f"effective_from = {date}\n{GOOD}", 1, "effective_from", words)


def test_instant_with_an_offset_or_as_text_is_read() -> None:
    for date in ("2026-01-01T08:00:00+08:00", '"2026-01-01T00:00:00Z"'):
        found = read_policy(f"effective_from = {date}\n{GOOD}".encode(), "x").newest.effective_from
        assert written(found) == "2026-01-01T00:00:00Z"  # type: ignore[arg-type]


def test_all_mistakes_of_a_file_are_named_at_once_in_the_order_of_the_lines() -> None:
    text = GOOD.replace('"1"', "1").replace("ladder =", "lader =").replace('"P7D"', "7").replace('["post"]', '"post"')
    found = mistakes(text)
    assert [line for line, _, _ in found] == [2, 6, 10, 10]
    with pytest.raises(PolicyFileError, match=r"line 2: version: .* \(and 3 more; `policy check` shows all\)"):
        read_policy(text.encode(), "mine.toml")


def test_mistakes_of_meaning_come_with_their_lines_too() -> None:
    found = mistakes(GOOD.replace('"strikes"', '"strike"').replace('["post"]', '[\n    "pots",\n    "live"]'))
    assert [(line, field) for line, field, _ in found] == [
        (6, "clauses.spam.ladder"),
        (8, "ladders.strikes"),
        (11, "ladders.strikes.steps[0].impose[0].restrict[0]"),
    ]


VERSIONS: Final = """\
id = "x"
functions = ["post"]
[clauses.spam]
ladder = "strikes"
[[versions]]
version = "1"
effective_from = 2025-01-01T00:00:00Z
[[versions.ladders.strikes.steps]]
impose = [{ warn = { permanent = true } }]
[[versions]]
version = "2"
effective_from = 2026-01-01T00:00:00Z
replaces = "1"
[[versions.ladders.strikes.steps]]
impose = [{ ban = { for = "P1D" } }]
"""


def test_versions_share_what_stands_outside() -> None:
    book = read_policy(VERSIONS.encode(), "x")
    assert [(one.name, one.functions) for one in book.versions] == [("x@1", ("post",)), ("x@2", ("post",))]


def test_mistake_in_what_versions_share_is_named_once_at_its_own_line() -> None:
    only(VERSIONS.replace('ladder = "strikes"', 'ladder = "strikes"\nweight = 1.5'), 5, "clauses.spam.weight", "3/2")


def test_mistake_in_a_version_is_named_at_its_line() -> None:
    only(VERSIONS.replace("P1D", "1D"), 15, "ladders.strikes.steps[0].impose[0].ban.for", 'write "P1D"')


@pytest.mark.parametrize(
    ("given", "written", "line", "field", "words"),
    [
        ("2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z", 12, "effective_from", "begins when '1' begins"),
        ('version = "1"', 'version = "1"\neffective_until = 2026-01-02T00:00:00Z', 7, "effective_until", "overlaps"),
        ('version = "2"', 'version = "1"', 11, "version", "twice"),
        ('replaces = "1"', 'replaces = "3"', 13, "replaces", "no version '3'"),
        ('replaces = "1"', 'replaces = "2"', 13, "replaces", "circle"),
        ('version = "2"', 'version = "2"\nid = "y"', 12, "id", "one id"),
    ],
)
def test_versions_that_contradict_each_other_are_named(
    given: str, written: str, line: int, field: str, words: str
) -> None:
    found = mistakes(VERSIONS.replace(given, written, 1))
    assert any((one[0], one[1]) == (line, field) and words in one[2] for one in found), found


def test_versions_that_replace_each_other_in_a_circle_are_named_each() -> None:
    circle = VERSIONS.replace('version = "1"', 'version = "1"\nreplaces = "2"')
    assert [(line, field) for line, field, words in mistakes(circle) if "circle" in words] == [
        (7, "replaces"),
        (14, "replaces"),
    ]


@pytest.mark.parametrize(
    "written", ["versions = 3", "versions = []", "[versions]", 'versions = ["1"]', "versions = [[1]]"]
)
def test_versions_that_are_no_list_of_tables_are_named(written: str) -> None:
    ((line, _, sentence),) = mistakes(f'id = "x"\n{written}\n')
    assert line == 2
    assert "[[versions]]" in sentence or "a table is needed" in sentence


def test_thousands_of_versions_are_refused() -> None:
    only('id = "x"\n' + "[[versions]]\n" * 10_000, 2, "versions", "at most 100")


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        (b"", None, "empty"),
        (b" \n\t\n", None, "empty"),
        (b"\xef\xbb\xbf", None, "empty"),
        (b'id = "x"\n\nname = "\xff"\n', 3, "UTF-8"),
        (b'id = "x"\n\0', 2, "control character"),
        (b'id = "x\0"', 1, "control character"),
        (b'{"id": "x"}', 1, "not TOML"),
        (b"PK\x03\x04", 1, "U+0003"),
        (b'id = "x"\nversion = 1 2', 2, "left over"),
        (b'id = "x"\nversion = one', 2, "text stands in"),
        (b'id = "x"\nversion = "1', 2, "closing quote"),
        (b'id = "x"\nid = "y"', 2, "given twice"),
        (b"a = 1\n[a.b]\n", 2, "not TOML"),
        (b"[a]\n[b]\n[a]\n", 3, "headed twice"),
        (b"[a]\nb = {c = 1}\n[a.b]\n", 3, "not TOML"),
        (b"a = [1,\n2", 2, "no closing ]"),
        (b"spam share = 1", 1, "name = value"),
        (b"a = 2026-02-30T00:00:00Z", 1, "no such day"),
        (b'a = "C:\\pol"', 1, "backslash"),
        (b"a = " + b"[" * 100_000, 1, "more deeply"),
        (b"a = " + b"{b=" * 100_000, 1, "more deeply"),
        (b"a." * 400_000 + b"a = 1", 1, "more deeply"),
        (b"[" + b"a." * 400_000 + b"a]", 1, "more deeply"),
        (b"#" * (LARGEST + 1), None, "at most"),
    ],
)
def test_bytes_that_are_no_policy_file_are_refused_with_a_sentence(body: bytes, line: int | None, words: str) -> None:
    ((found, _, sentence), *_) = mistakes(body)
    assert found == line
    assert words in sentence


@pytest.mark.parametrize(
    "body",
    [
        b"x = [" + b"{}," * 300_000 + b"]",
        b"".join(b"k%d = 1\n" % number for number in range(80_000)),
        b'id = "x"\nversion = "1"\nfunctions = [' + b'"f",' * 200_000 + b"]",
        b'id = "x"\nversion = "1"\n[clauses]\n' + b"".join(b"c%d = {ladder='l'}\n" % n for n in range(40_000)),
        b'id = "x"\n' + b"".join(b"k%d = 1\n" % number for number in range(20_000)) + b"[[versions]]\n" * 100,
        b'id = "x"\nversion = "1"\n[[ladders.l.steps]]\n' * 20_000,
        b'id = "x"\nversion = "1"\nladders = {l = {steps = [' + b"{}," * 300_000 + b"]}}",
        b'id = "x"\nversion = "1"\nladders = {l = {steps = [' + b"{}," * 999 + b"]}}",
    ],
    ids=["list", "keys", "functions", "clauses", "versions", "headings", "steps", "ladder"],
)
def test_file_of_a_thousand_tables_is_answered_in_seconds(body: bytes) -> None:
    assert len(body) <= LARGEST
    with not_measured():
        began = time.process_time()
        assert mistakes(body)
        assert time.process_time() - began < 20


def test_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "directory"),
        (tmp_path / "none.toml", "No such file"),
        (Path("a\0b.toml"), "null"),
        (Path("\udcff.toml"), "No such file"),
    ):
        with pytest.raises(PolicyFileError, match=words) as raised:
            read_policy_file(path)
        raised.value.message.encode()


def test_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    with pytest.raises(PolicyFileError, match="at most 1048576 bytes"):
        read_policy_file(path)


def test_pipe_without_an_end_is_refused_without_being_read_on(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    taken = 0

    def pour() -> None:
        nonlocal taken
        descriptor = os.open(path, os.O_WRONLY)
        try:
            while True:
                taken += os.write(descriptor, b"#" * 65536)
        except BrokenPipeError:
            os.close(descriptor)

    writer = threading.Thread(target=pour)
    writer.start()
    with pytest.raises(PolicyFileError, match="at most"):
        read_policy_file(path)
    writer.join(timeout=30)
    assert LARGEST < taken < 3 * LARGEST


def test_several_files_of_one_policy_are_checked_as_one(tmp_path: Path) -> None:
    one, two, other = (tmp_path / name for name in ("1.toml", "2.toml", "other.toml"))
    one.write_text(f"effective_from = 2025-01-01T00:00:00Z\neffective_until = 2026-02-01T00:00:00Z\n{GOOD}")
    two.write_text(
        f'effective_from = 2026-01-01T00:00:00Z\nreplaces = "1"\n{GOOD}'.replace('"1"', '"2"', 2).replace(
            '"2"', '"1"', 1
        )
    )
    other.write_text(GOOD.replace('"x"', '"y"'))
    found = {
        Path(one.file).name: [(m.line, m.field) for m in one.mistakes] for one in check_policy_files([one, two, other])
    }
    assert found == {"1.toml": [(2, "effective_until")], "2.toml": [], "other.toml": []}
    assert [len(one.mistakes) for one in check_policy_files([two])] == [0]
    assert [one.policies for one in check_policy_files([two, two])] == [("x@2",)]


def test_policy_that_was_kept_goes_by_the_digest_of_its_text() -> None:
    """An older version of the library left out other defaults; what it decided names the text that it wrote."""
    body = policy_bytes(DEFAULT).replace(b"{", b"{ ", 1)
    kept = policy_from_bytes(body)
    assert kept == DEFAULT
    assert kept.ref.digest == sha256(body).hexdigest() != DEFAULT.ref.digest
