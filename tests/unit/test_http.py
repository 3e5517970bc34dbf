"""What a web service answers: a status for every error, and nothing of the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from account_sanctions.application.http import http_status, problem
from account_sanctions.domain import errors
from account_sanctions.infrastructure import errors as store

_STATUSES = {
    400: "malformed",
    403: "not_permitted second_person_required same_person",
    404: "unknown_account unknown_sanction unknown_appeal unknown_hold unknown_proposal unknown_violation",
    409: "already_ended not_in_force deadline_passed terminal exempt appeal_window_closed appeal_limit not_appealable "
    "already_decided command_id_reused version_conflict id_in_use legal_hold refused",
    422: "unknown_function unknown_clause unknown_severity unknown_account_class wrong_kind empty_functions invalid_period "
    "out_of_order policy_not_in_force unknown_policy",
}


def _all(kind: type[errors.SanctionsError]) -> Iterator[type[errors.SanctionsError]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _all(one)


@pytest.mark.parametrize("kind", [*dict.fromkeys(_all(errors.Refused)), errors.Malformed], ids=lambda k: k.code)
def test_refusal_has_the_status_of_its_kind(kind: type[errors.SanctionsError]) -> None:
    (expected,) = [status for status, codes in _STATUSES.items() if kind.code in codes.split()]
    assert http_status(kind("no")) == expected


@pytest.mark.parametrize("kind", [*dict.fromkeys(_all(store.StoreError))], ids=lambda k: k.__name__)
def test_error_of_the_store_may_be_sent_again_or_not_and_says_nothing_of_the_database(
    kind: type[errors.SanctionsError],
) -> None:
    error = kind("connection to server at 10.0.0.7 failed", host="10.0.0.7")
    body = problem(error)
    assert http_status(error) == body["status"] == (503 if kind.retriable else 500)
    assert "10.0.0.7" not in repr(body)
    assert (body["code"], body["retriable"]) == (kind.code, kind.retriable)


def test_problem_of_a_refusal_says_what_the_error_says() -> None:
    assert problem(errors.UnknownFunction("there is no function 'fly'", function="fly")) == {
        "type": "urn:account-sanctions:error:unknown_function",
        "title": "The policy's catalogue has no such function: correct the name or the policy",
        "status": 422,
        "code": "unknown_function",
        "retriable": False,
        "detail": "there is no function 'fly'",
        "details": {"function": "fly"},
    }
