"""What a web service answers when the library raises: a status, and a document that says no more than it should.

Of no framework: any of them turns the two into a response.
"""

from __future__ import annotations

from typing import Any, Final

from ..domain import errors
from ..domain.errors import Refused, SanctionsError
from .policies.finding import UnknownPolicy

__all__ = ["http_status", "problem"]

_STATUSES: Final[tuple[tuple[tuple[type[SanctionsError], ...], int], ...]] = (
    ((errors.Malformed,), 400),
    ((errors.NotPermitted, errors.SecondPersonRequired, errors.SamePerson), 403),
    (
        (
            errors.UnknownAccount,
            errors.UnknownSanction,
            errors.UnknownAppeal,
            errors.UnknownHold,
            errors.UnknownProposal,
            errors.UnknownViolation,
        ),
        404,
    ),
    (
        (
            errors.UnknownFunction,
            errors.UnknownClause,
            errors.UnknownSeverity,
            errors.UnknownAccountClass,
            errors.WrongKind,
            errors.EmptyFunctions,
            errors.InvalidPeriod,
            errors.OutOfOrder,
            errors.PolicyNotInForce,
            UnknownPolicy,
        ),
        422,
    ),
    # The state of the account says no: it ended, was decided, is exempt, has moved on.
    ((Refused,), 409),
)


def http_status(error: SanctionsError) -> int:
    """The status of the response: 400 to 422 where the request is to change, 503 where it may be sent again, else 500.

    403: the actor may not; 404: no such thing; 409: the account's state says no; 422: the content is none that the policy knows.
    """
    for kinds, status in _STATUSES:
        if isinstance(error, kinds):
            return status
    return 503 if error.retriable else 500


def problem(error: SanctionsError) -> dict[str, Any]:
    """The body of the response, as `application/problem+json` (RFC 9457).

    `code`, `retriable` and `details` are the error's own. What the database said stays out: it is nothing for clients.
    """
    status = http_status(error)
    kind, code = type(error), error.code
    said: dict[str, Any] = {
        "type": f"urn:account-sanctions:error:{code}",
        "title": (kind.__doc__ or code).partition("\n")[0].rstrip("."),
        "status": status,
        "code": code,
        "retriable": error.retriable,
    }
    return said if status >= 500 else {**said, "detail": error.message, "details": error.details}
