"""A policy in versions: which make a book, which is in force, and what a book knows."""

from __future__ import annotations

import pytest
from account_sanctions.domain.errors import PolicyNotInForce
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import t

_OLD = replace(DEFAULT, version="old", functions=("publish",), effective_from=t("+0d"))
_NEW = replace(DEFAULT, version="new", functions=("comments", "page:*"), effective_from=t("+9d"), replaces="old")


def _dated(policy: Policy, start: str, end: str) -> Policy:
    return replace(policy, effective_from=t(start), effective_until=t(end))


def test_book_of_no_version_is_none() -> None:
    with pytest.raises(ValueError, match="at least one version"):
        PolicyBook([])


def test_versions_that_contradict_each_other_make_no_book() -> None:
    with pytest.raises(ValueError, match=r"^default@old: it overlaps with 'new', which begins before$"):
        PolicyBook([_dated(_OLD, "+0d", "+10d"), _NEW])
    with pytest.raises(ValueError, match="default@new: the version 'new' is there twice; default@new: it begins when"):
        PolicyBook([replace(_NEW, replaces="new"), _NEW, _OLD])


@pytest.mark.parametrize(("at", "version"), [("+0d", "old"), ("+9d-1us", "old"), ("+9d", "new"), ("+900d", "new")])
def test_version_is_in_force_until_the_next_begins(at: str, version: str) -> None:
    book = PolicyBook([_NEW, _OLD])
    assert book.at(t(at)).version == version
    assert (book.newest, book.version("old"), book.version("x"), book.name) == (_NEW, _OLD, None, "default")


def test_no_version_is_in_force_before_the_first_and_after_the_last() -> None:
    book = PolicyBook([_dated(_OLD, "+0d", "+5d")])
    assert book.at(t("+5d-1us")) == book.newest
    for at in ("+0d-1us", "+5d"):
        with pytest.raises(PolicyNotInForce, match=r"old \(from 2026-01-01T00:00:00"):
            book.at(t(at))


def test_version_that_was_asked_for_by_name_decides_at_any_time() -> None:
    book = PolicyBook.of(_NEW)
    assert (book.at(t("+0d")), book.name, book.id) == (_NEW, "default@new", "default")


def test_book_knows_the_functions_of_every_version() -> None:
    book = PolicyBook([_OLD, _NEW])
    assert all(book.knows_function(name) for name in ("publish", "comments", "page:1"))
    assert not any(book.knows_function(name) for name in ("fly", "page:", "page:*"))


def test_book_of_one_version_knows_its_functions() -> None:
    book = PolicyBook.of(_OLD)
    assert book.knows_function("publish")
    assert not book.knows_function("comments")
