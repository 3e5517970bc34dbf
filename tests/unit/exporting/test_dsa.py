"""Statements of reasons: each decision as the database's own rules want it, and every field from where it belongs."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.exporting.dsa_mapping import DsaMapping, read_mapping
from account_sanctions.application.exporting.dsa_running import DsaReport, export_statements
from account_sanctions.application.exporting.dsa_statement import EEA, Statement, cut
from account_sanctions.application.exporting.errors import DsaIncomplete
from account_sanctions.application.exporting.source import Selection
from account_sanctions.domain.errors import Malformed
from hypothesis import given
from hypothesis import strategies as st

from tests.integration.support import HOLDER, MODERATOR, REVIEWER, SYSTEM, MovingClock, command

from .dsa_rules import complaints

MAPPING = DsaMapping(
    territorial_scope=("EU",),
    content_type=("CONTENT_TYPE_TEXT",),
    content_date="violation",
    category="STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    source_type="SOURCE_VOLUNTARY",
    automated_detection=False,
    facts="Many equal messages.",
)
NOW = datetime.fromisoformat("2026-06-01T00:00:00Z")
_NUMBERS = count()


class Host:
    """A platform with one store in memory, and what it exports."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovingClock()
        self.folder = folder
        self.sanctions = Sanctions.open("sqlite://", clock=self.clock)

    def does(self, name: str, account: str = "gh_1", by: Any = MODERATOR, **fields: Any) -> None:
        self.clock.move(minutes=1)
        if name in ("restrict", "ban", "warn", "order_rectification"):
            fields.setdefault("basis", {"clause": "4.2"})
        self.sanctions.execute(command(name, account, by, **fields), trusted_times=True)

    def exports(self, mapping: DsaMapping | None = MAPPING, **options: Any) -> tuple[list[dict[str, Any]], DsaReport]:
        target = self.folder / f"{next(_NUMBERS)}.jsonl"
        report = export_statements(self.sanctions.store, target, now=NOW, mapping=mapping, **options)
        found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
        schema = msgspec.json.schema(Statement)
        for statement in found:
            assert complaints(statement) == [], statement
            jsonschema.validate(statement, schema)
        assert report.statements == len(found)
        return found, report

    def one(self, mapping: DsaMapping | None = MAPPING, **options: Any) -> dict[str, Any]:
        (found,), _ = self.exports(mapping, **options)
        return found


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_partial_restriction_and_loss_of_money_are_two_decisions_with_their_own_ends(host: Host) -> None:
    """Row 66: provision = partial suspension, end +7d; monetary = suspension, end empty."""
    host.does(
        "restrict",
        sanction="s-1",
        functions=[
            {"function": "mass_send", "until": "2026-01-08T00:00:00Z"},
            {"function": "monetize", "permanent": True},
        ],
    )
    found = host.one()
    assert found["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert found["end_date_service_restriction"] == "2026-01-08"
    assert found["decision_monetary"] == "DECISION_MONETARY_SUSPENSION"
    assert found["end_date_monetary_restriction"] is None
    assert (found["decision_account"], found["decision_visibility"]) == (None, None)
    assert found["application_date"] == "2026-01-01"


def test_same_decision_has_the_same_id_in_every_export(host: Host) -> None:
    """Row 68: same unique id, so that the second is recognised as a duplicate."""
    host.does("ban", sanction="b-1", for_="P7D")
    host.does("ban", "gh_2", sanction="b-1", for_="P7D")
    first, _ = host.exports()
    host.does("note", text="later")
    host.does("lift", sanction="b-1", reason="settled")
    again, _ = host.exports(
        territory=("DE",), selection=Selection(since=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    )
    assert [one["puid"] for one in first] == [one["puid"] for one in again]
    assert len({one["puid"] for one in first}) == 2
    salted, _ = host.exports(msgspec.structs.replace(MAPPING, puid_salt="s"))
    assert not {one["puid"] for one in salted} & {one["puid"] for one in first}
    other = Host(host.folder)
    other.does("ban", sanction="b-1", for_="P7D")
    assert other.one()["puid"] not in {one["puid"] for one in first}


def test_ban_suspends_an_account_and_a_permanent_one_terminates_it(host: Host) -> None:
    host.does("ban", by=REVIEWER, sanction="b-1", for_="P7D")
    found = host.one()
    assert (found["decision_account"], found["end_date_account_restriction"]) == (
        "DECISION_ACCOUNT_SUSPENDED",
        "2026-01-08",
    )
    inner = {"command": "ban", "sanction": "b-2", "basis": {"clause": "9"}, "permanent": True}
    host.does("propose", "gh_2", proposal="p", sanction=inner)
    host.does("approve", "gh_2", REVIEWER, proposal="p")
    second = host.exports()[0][1]
    assert (second["decision_account"], second["end_date_account_restriction"]) == ("DECISION_ACCOUNT_TERMINATED", None)


def test_warning_and_order_make_no_statement_until_the_order_is_missed(host: Host) -> None:
    host.does("warn", sanction="w-1", for_="P7D")
    host.does(
        "order_rectification",
        sanction="o-1",
        basis={"clause": "4.2", "facts": "the facts of the order"},
        deadline="2026-02-01T00:00:00Z",
        on_default=[{"restrict": ["publish"], "for": "P30D"}],
    )
    found = host.one()
    # The deadline has passed at the export, and nobody has recorded that yet.
    assert (found["application_date"], found["end_date_service_restriction"]) == ("2026-02-01", "2026-03-03")
    assert found["decision_facts"] == "the facts of the order"
    assert found["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert host.exports()[1].without == {"rectification": 1, "warning": 1}
    host.clock.now = NOW
    host.sanctions.sweep()
    assert host.one()["puid"] == found["puid"]


def test_harsher_change_is_a_decision_of_its_own_and_a_milder_one_is_not(host: Host) -> None:
    host.does("restrict", sanction="s-1", functions=["mass_send"], until="2026-01-08T00:00:00Z")
    host.clock.move(days=1)
    host.does("change_sanction", sanction="s-1", until="2026-01-20T00:00:00Z", reason="It went on.")
    host.clock.move(days=1)
    host.does("change_sanction", sanction="s-1", until="2026-01-15T00:00:00Z", reason="Good behaviour.")
    found, _ = host.exports()
    assert [one["end_date_service_restriction"] for one in found] == ["2026-01-08", "2026-01-20"]
    assert [one["application_date"] for one in found] == ["2026-01-01", "2026-01-02"]
    assert [one["decision_facts"] for one in found] == ["Many equal messages.", "It went on."]
    assert len({one["puid"] for one in found}) == 2


def test_overturned_decision_makes_no_statement_and_its_id_can_be_taken_back(host: Host) -> None:
    host.does("restrict", sanction="s-1", functions=["mass_send"], for_="P30D")
    before = host.one()["puid"]
    host.does("overturn", by=REVIEWER, sanction="s-1", reason="wrong account")
    wrong = host.folder / "wrong.txt"
    found, report = host.exports(overturned=wrong)
    assert (found, report.without) == ([], {"overturned": 1})
    assert wrong.read_text(encoding="utf-8") == f"{before}\n"


def test_sanction_that_never_came_into_force_makes_no_statement(host: Host) -> None:
    host.does("restrict", sanction="s-1", functions=["publish"], from_="2026-02-01T00:00:00Z", for_="P3D")
    assert host.one()["application_date"] == "2026-02-01"
    host.does("lift", sanction="s-1", reason="not needed")
    assert host.exports()[1].without == {"never_in_force": 1}


def test_legal_ground_makes_it_illegal_content(host: Host) -> None:
    host.does("restrict", functions=["publish"], for_="P3D", basis={"clause": "4.2", "legal_ground": "§ 130 StGB"})
    found = host.one()
    assert found["decision_ground"] == "DECISION_GROUND_ILLEGAL_CONTENT"
    assert (found["illegal_content_legal_ground"], found["illegal_content_explanation"]) == (
        "§ 130 StGB",
        "Many equal messages.",
    )


def test_texts_of_a_clause_stand_before_those_on_record(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "dsa.toml"
    file.write_text(
        'territorial_scope = ["EEA"]\ncontent_type = ["CONTENT_TYPE_TEXT"]\ncontent_date = "2025-12-24"\n'
        'source_type = "SOURCE_VOLUNTARY"\nautomated_detection = true\naccount_type = "ACCOUNT_TYPE_BUSINESS"\n'
        'content_language = "ZH"\nreference_url = "https://example.org/terms"\n'
        '[visibility]\nbe_found_in_search = "DECISION_VISIBILITY_CONTENT_DEMOTED"\n'
        '[clauses."4.2"]\ncategory = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"\nfacts = "Standard words."\n'
        'ground = "Article 3.24"\nexplanation = "It offers virtual currency."\ncontent_type = ["CONTENT_TYPE_IMAGE"]\n',
        encoding="utf-8",
    )
    host.does(
        "restrict", functions=["be_found_in_search"], for_="P3D", basis={"clause": "4.2", "facts": "Mrs Wang wrote ..."}
    )
    found = host.one(read_mapping(file))
    assert found["decision_facts"] == "Standard words."
    assert found["incompatible_content_ground"] == "Article 3.24"
    assert found["incompatible_content_explanation"] == "It offers virtual currency."
    assert found["category"] == "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    assert found["content_type"] == ["CONTENT_TYPE_IMAGE"]
    assert found["content_date"] == "2025-12-24"
    assert found["territorial_scope"] == list(EEA)
    assert (found["automated_detection"], found["account_type"], found["content_language"]) == (
        *("Yes", "ACCOUNT_TYPE_BUSINESS", "ZH"),
    )
    assert found["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DEMOTED"]
    assert found["end_date_visibility_restriction"] == "2026-01-04"
    assert found["decision_provision"] is None


def test_free_text_on_record_is_given_away_only_where_the_mapping_lets_it(host: Host) -> None:
    host.does("restrict", functions=["publish"], for_="P3D", basis={"clause": "4.2", "facts": "Mrs Wang"})
    assert host.one()["decision_facts"] == "Mrs Wang"
    assert "Wang" not in json.dumps(host.one(msgspec.structs.replace(MAPPING, recorded_facts=False)))


def test_what_a_violation_says_is_taken_from_it(host: Host) -> None:
    host.does(
        "record_violation",
        violation="v-1",
        clause="4.2",
        facts="one",
        detected="notice",
        content_at="2025-11-02T00:00:00Z",
    )
    host.does("record_violation", violation="v-2", clause="4.2", facts="two", content_at="2025-11-01T00:00:00Z")
    basis = {"clause": "4.2", "violations": ["v-1", "v-2"]}
    host.does("restrict", functions=["publish"], for_="P3D", basis=basis)
    found = host.one(msgspec.structs.replace(MAPPING, notice_source="SOURCE_TRUSTED_FLAGGER", automated_detection=True))
    assert found["content_date"] == "2025-11-01"
    assert found["decision_facts"] == "one\ntwo"
    assert (found["source_type"], found["automated_detection"]) == ("SOURCE_TRUSTED_FLAGGER", "No")


@pytest.mark.parametrize(
    ("by", "basis", "expected"),
    [
        (SYSTEM, {}, "FULLY"),
        (MODERATOR, {}, "NOT_AUTOMATED"),
        (MODERATOR, {"automated_decision": "partially"}, "PARTIALLY"),
        (SYSTEM, {"automated_decision": False}, "NOT_AUTOMATED"),
        (MODERATOR, {"automated_decision": True}, "FULLY"),
    ],
)
def test_automation_is_what_the_record_says_else_who_decided(host: Host, by: Any, basis: Any, expected: str) -> None:
    host.does("restrict", by=by, functions=["publish"], for_="P3D", basis={"clause": "4.2", **basis})
    assert host.one()["automated_decision"] == f"AUTOMATED_DECISION_{expected}"


def test_category_of_the_host_is_put_in_the_words_of_the_database(host: Host) -> None:
    fraud = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
    for account, category in (("gh_1", "illegal-business"), ("gh_2", fraud), ("gh_3", "unheard-of")):
        host.does("restrict", account, functions=["publish"], for_="P3D", basis={"clause": "4.2", "category": category})
    found, _ = host.exports(msgspec.structs.replace(MAPPING, categories={"illegal-business": fraud}))
    assert [one["category"] for one in found] == [fraud, fraud, "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"]


@pytest.mark.parametrize(
    ("field", "without"),
    [
        ("category", "category"),
        ("content_type", "content_type"),
        ("content_date", "content_date"),
        ("territorial_scope", "territorial_scope"),
        ("decision_facts", "facts"),
        ("source_type", "source_type"),
        ("automated_detection", "automated_detection"),
    ],
)
def test_mandatory_fact_that_nobody_knows_is_named_and_nothing_is_written(host: Host, field: str, without: str) -> None:
    host.does("restrict", sanction="s-1", functions=["publish"], for_="P3D")
    before = set(host.folder.iterdir())
    with pytest.raises(DsaIncomplete, match=rf"'s-1' of 'gh_1'.*{field}") as refused:
        host.exports(msgspec.structs.replace(MAPPING, **{without: None}))
    assert refused.value.details["field"] == field
    assert set(host.folder.iterdir()) == before


def test_everything_that_lacks_is_named_at_once(host: Host) -> None:
    host.does("restrict", functions=["publish"], for_="P3D")
    with pytest.raises(DsaIncomplete) as refused:
        host.exports(None)
    for field in ("category", "content_type", "content_date", "territorial_scope", "decision_facts", "source_type"):
        assert field in refused.value.message


def test_field_that_the_database_would_refuse_is_named(host: Host) -> None:
    host.does("record_violation", violation="v-1", clause="4.2", content_at="1999-12-31T00:00:00Z")
    host.does("restrict", functions=["publish"], for_="P3D", basis={"clause": "4.2", "violations": ["v-1"]})
    with pytest.raises(DsaIncomplete) as refused:
        host.exports()
    assert refused.value.details["field"] == "content_date"


def test_texts_that_are_too_long_are_cut_with_a_mark(host: Host) -> None:
    basis = {"clause": "4.2", "facts": "字" * 9000, "legal_ground": "x" * 600}
    host.does("restrict", functions=["publish"], for_="P3D", basis=basis)
    found = host.one()
    assert [
        len(found[name]) for name in ("decision_facts", "illegal_content_legal_ground", "illegal_content_explanation")
    ] == [*(5000, 500, 2000)]
    assert all(found[name].endswith(" [...]") for name in ("decision_facts", "illegal_content_legal_ground"))
    assert host.exports()[1].remarks == {
        "decision_facts_shortened": 1,
        "illegal_content_explanation_shortened": 1,
        "illegal_content_legal_ground_shortened": 1,
    }


@given(st.text(max_size=60), st.integers(20, 50), st.sampled_from(["", " [end]"]))
def test_cut_text_fits_and_says_so(text: str, longest: int, ending: str) -> None:
    found = cut(text, longest, ending)
    assert len(found) <= longest
    assert found.endswith(ending)
    assert found == text + ending if len(text) + len(ending) <= longest else found.endswith(f" [...]{ending}")


def test_end_that_the_database_does_not_take_is_stated_among_the_facts(host: Host) -> None:
    host.does("restrict", functions=["publish"], until="2126-01-01T00:00:00Z")
    found = host.one()
    assert found["end_date_service_restriction"] is None
    assert found["decision_facts"].endswith("[This service restriction ends on 2126-01-01.]")
    assert host.exports()[1].remarks == {"end_after_2038": 1}


def test_decision_of_before_2020_makes_no_statement(host: Host) -> None:
    host.does("restrict", functions=["publish"], for_="P3D", at="2019-12-31T23:00:00Z")
    host.does("restrict", "gh_2", functions=["publish"], for_="P3D", at="2020-01-01T00:00:00Z")
    found, report = host.exports()
    assert (len(found), report.without) == (1, {"before_2020": 1})


def test_range_and_account_select_decisions(host: Host) -> None:
    host.does("restrict", sanction="s-1", functions=["publish"], for_="P3D", at="2026-01-01T12:00:00Z")
    host.does("restrict", sanction="s-2", functions=["publish"], for_="P3D", at="2026-01-02T12:00:00Z")
    host.does("restrict", "gh_2", sanction="s-3", functions=["publish"], for_="P3D", at="2026-01-02T12:00:00Z")
    day = datetime.fromisoformat("2026-01-02T12:00:00Z")
    assert len(host.exports(selection=Selection(since=day))[0]) == 2
    assert len(host.exports(selection=Selection(until=day))[0]) == 1
    assert len(host.exports(selection=Selection(account="gh_2"))[0]) == 1
    with pytest.raises(Malformed):
        host.exports(selection=Selection(since=day, until=day))


def test_facts_of_a_proposal_are_those_of_what_was_approved(host: Host) -> None:
    inner = {
        "command": "ban",
        "sanction": "b-1",
        "basis": {"clause": "9", "facts": "of the proposal"},
        "permanent": True,
    }
    host.does("propose", by=SYSTEM, proposal="p", sanction=inner)
    host.does("approve", by=REVIEWER, proposal="p")
    found = host.one()
    assert found["decision_facts"] == "of the proposal"
    assert found["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"


def test_appeal_changes_nothing_of_a_statement(host: Host) -> None:
    host.does("restrict", sanction="s-1", functions=["publish"], for_="P30D")
    before = host.one()
    host.does("appeal", by=HOLDER, appeal="a-1", sanction="s-1", statement="no")
    host.does("decide_appeal", by=REVIEWER, appeal="a-1", outcome="granted_in_part", reason="milder", for_="P3D")
    assert host.one() == before


def test_rules_of_the_tests_find_what_is_wrong(host: Host) -> None:
    """A check that cannot fail is none: each field is spoiled once."""
    host.does("restrict", functions=["publish"], for_="P3D")
    sound = host.one()
    assert complaints(sound) == []
    for field in sound:
        if field not in ("account_type", "decision_visibility", "decision_monetary", "decision_account"):
            assert complaints({**sound, field: "?" * 6000}), field
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({**sound, field: "?" * 6000}, Statement)
