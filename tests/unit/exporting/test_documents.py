"""What an export puts beside an event never hides a field of the event."""

from __future__ import annotations

from account_sanctions.application.exporting.lines import COLUMNS
from account_sanctions.application.exporting.parquet import MOST_BUCKETS, bucket_file, bucket_of
from account_sanctions.domain.events import EVENT_TYPES, Narrative
from hypothesis import given
from hypothesis import strategies as st

_BESIDE = {
    "account",
    "version",
    "type",
    "recorded_at",
    "command_id",
    "partition",
    "position",
    "hash",
    "by_kind",
    "by_id",
    "fields",
}


def test_no_event_has_a_field_of_a_name_that_stands_beside_it() -> None:
    for kind in EVENT_TYPES.values():
        assert not _BESIDE & set(kind.__struct_encode_fields__), kind
    assert not _BESIDE & set(Narrative.__struct_fields__)


def test_every_column_of_a_table_has_its_own_name() -> None:
    for columns in COLUMNS.values():
        assert len(set(columns)) == len(columns)


def test_bucket_of_an_account_is_the_same_for_ever() -> None:
    """CRC-32 of the UTF-8 bytes: what was exported by any version stays where it is."""
    assert [bucket_of(name, 16) for name in ("gh_1", "gh_2", "@\u5fae\u4fe1_0", "")] == [15, 5, 12, 0]
    assert bucket_file(7) == "bucket=07/part-0.parquet"


@given(st.text(), st.integers(1, MOST_BUCKETS))
def test_bucket_is_one_of_those_that_there_are(account: str, buckets: int) -> None:
    assert 0 <= bucket_of(account.encode("utf-8", "ignore").decode(), buckets) < buckets
