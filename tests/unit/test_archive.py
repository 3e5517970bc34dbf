"""The archive: a mapping in two layers that is one to who reads it."""

from __future__ import annotations

from account_sanctions.domain.archive import Archive

_OLD = Archive({"a": 1, "b": 2})


def test_newer_entry_takes_the_place_of_the_older_one() -> None:
    new = _OLD.with_entries({"b": 3, "c": 4})
    assert list(new) == ["a", "b", "c"]
    assert (list(new.items()), list(new.values()), len(new)) == ([("a", 1), ("b", 3), ("c", 4)], [1, 3, 4], 3)
    assert (new.find("b"), new.find("a"), new.find("d")) == (3, 1, None)
    assert dict(_OLD) == {"a": 1, "b": 2}


def test_archive_without_new_entries_is_the_same() -> None:
    assert _OLD.with_entries({}) is _OLD


def test_many_newer_entries_become_part_of_the_older_ones() -> None:
    entries = {f"n{number}": number for number in range(33)}
    few, many = _OLD.with_entries(dict(list(entries.items())[:32])), _OLD.with_entries(entries)
    assert (len(few.layers[0]), len(few.layers[1])) == (2, 32)
    assert (len(many.layers[0]), len(many.layers[1])) == (35, 0)
    assert dict(many) == {"a": 1, "b": 2, **entries}
