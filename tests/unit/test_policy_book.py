"""A policy in versions: which make a book, which is in force, and what a book knows."""

from __future__ import annotations

import pytest
from account_sanctions.domain.errors import PolicyNotInForce
from account_sanctions.domain.policies.book import PolicyBook, book_mistakes
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from msgspec import UNSET
from msgspec.structs import replace

from tests.unit.scenario import t
from tests.unit.worded import said

_OLD = replace(DEFAULT, version="old", functions=("publish",), effective_from=t("+0d"))
_NEW = replace(DEFAULT, version="new", functions=("comments", "page:*"), effective_from=t("+9d"), replaces="old")


def _dated(policy: Policy, start: str, end: str) -> Policy:
    return replace(policy, effective_from=t(start), effective_until=t(end))


def test_book_of_no_version_is_none() -> None:
    with pytest.raises(ValueError, match=r"^a policy has at least one version$"):
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


def test_book_says_when_there_was_a_version() -> None:
    book = PolicyBook([_dated(_OLD, "+0d", "+5d"), replace(_NEW, effective_until=t("+20d"))])
    known = "old (from 2026-01-01T00:00:00+00:00 until 2026-01-06T00:00:00+00:00), new (from 2026-01-10T00:00:00+00:00 until "
    with pytest.raises(PolicyNotInForce) as raised:
        book.at(t("+7d"))
    assert raised.value.message == (
        "no version of the policy default is in force at 2026-01-08T00:00:00+00:00; "
        f"there are {known}2026-01-21T00:00:00+00:00)"
    )
    assert raised.value.details == {"policy": "default", "at": "2026-01-08T00:00:00+00:00"}
    ended = PolicyBook([replace(DEFAULT, effective_until=t("+5d"))])
    assert ended.at(t("-9000d")) == ended.newest
    with pytest.raises(PolicyNotInForce, match=r"there are 1 \(from the beginning until 2026-01-06T00:00:00\+00:00\)$"):
        ended.at(t("+5d"))


def test_version_that_was_asked_for_may_replace_what_stands_elsewhere_and_itself() -> None:
    assert PolicyBook.of(replace(_NEW, replaces="new")).newest.version == "new"
    with pytest.raises(ValueError, match="circle"):
        PolicyBook([replace(_NEW, replaces="new")])
    with pytest.raises(ValueError, match="circle"):
        PolicyBook([replace(_OLD, replaces="new"), _NEW], pinned=True)


def test_what_is_wrong_with_versions_is_said_of_each() -> None:
    other = replace(_NEW, id="other", version="third", replaces="gone", effective_from=t("+20d"))
    same_day = replace(_NEW, version="fourth", effective_from=t("+0d"), replaces="old")
    third = replace(_NEW, version="c", replaces="b", effective_from=t("+20d"))
    ring = (replace(_OLD, replaces="c"), replace(_NEW, version="b"), third)
    for versions in ((_OLD, other), (_OLD, same_day), (_OLD, _OLD), (_OLD, replace(_NEW, effective_from=UNSET)), ring):
        said([(policy.version, place, sentence) for policy, place, sentence in book_mistakes(versions)])
    assert book_mistakes([_OLD, _NEW]) == []
    assert book_mistakes([replace(_NEW, replaces="gone")]) == []
