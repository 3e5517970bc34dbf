"""Refusals: typed errors with a stable code, a sentence that says what to do, and the facts as data.

A refusal changes nothing. The docstring of each class is the explanation shown in the reference; the message says what
happened this time.
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "AlreadyDecided",
    "AlreadyEnded",
    "AppealLimit",
    "AppealWindowClosed",
    "CommandIdReused",
    "DeadlinePassed",
    "EmptyFunctions",
    "Exempt",
    "IdInUse",
    "InvalidPeriod",
    "LegalHold",
    "Malformed",
    "NotAppealable",
    "NotInForce",
    "NotPermitted",
    "OutOfOrder",
    "PolicyNotInForce",
    "Refused",
    "SamePerson",
    "SanctionsError",
    "SecondPersonRequired",
    "Terminal",
    "UnknownAccount",
    "UnknownAccountClass",
    "UnknownAppeal",
    "UnknownClause",
    "UnknownFunction",
    "UnknownHold",
    "UnknownProposal",
    "UnknownSanction",
    "UnknownSeverity",
    "UnknownViolation",
    "VersionConflict",
    "WrongKind",
]


class SanctionsError(Exception):
    """Base of every error of this library: `code` is stable, `details` are data, the message is a sentence."""

    code: ClassVar[str] = "error"
    retriable: ClassVar[bool] = False

    def __init__(self, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Malformed(SanctionsError):
    """The command cannot be read: correct the named field and send it again."""

    code = "malformed"


class Refused(SanctionsError):
    """The command was understood and not accepted; nothing has changed."""

    code = "refused"


class NotPermitted(Refused):
    """This kind of actor may not do this: let somebody with the right do it."""

    code = "not_permitted"


class SecondPersonRequired(Refused):
    """The policy wants two persons for this: propose it, and let another person approve."""

    code = "second_person_required"


class SamePerson(Refused):
    """The second person, or the reviewer of an appeal, must be somebody who took no part before."""

    code = "same_person"


class UnknownAccount(Refused):
    """Nothing is recorded for this account."""

    code = "unknown_account"


class UnknownSanction(Refused):
    """The account has no sanction of this id."""

    code = "unknown_sanction"


class UnknownHold(Refused):
    """No legal hold of this id is in force: check the id, or the account."""

    code = "unknown_hold"


class LegalHold(Refused):
    """A legal hold keeps everything recorded of the account: have it released first, by another person than placed it."""

    code = "legal_hold"


class UnknownFunction(Refused):
    """The policy's catalogue has no such function: correct the name or the policy."""

    code = "unknown_function"


class UnknownClause(Refused):
    """The policy lists its clauses, and this is none of them."""

    code = "unknown_clause"


class UnknownSeverity(Refused):
    """The policy lists its severities: name one of them."""

    code = "unknown_severity"


class UnknownAccountClass(Refused):
    """The policy lists its classes of accounts: name one of them, or none for the first."""

    code = "unknown_account_class"


class PolicyNotInForce(Refused):
    """No version of the policy is in force at this time: name one, as `id@version`, or correct its effective dates."""

    code = "policy_not_in_force"


class UnknownAppeal(Refused):
    """The account has no appeal of this id."""

    code = "unknown_appeal"


class UnknownProposal(Refused):
    """The account has no proposal of this id."""

    code = "unknown_proposal"


class UnknownViolation(Refused):
    """The account has no violation of this id."""

    code = "unknown_violation"


class WrongKind(Refused):
    """This cannot be done to a sanction of that kind."""

    code = "wrong_kind"


class EmptyFunctions(Refused):
    """A restriction names at least one function."""

    code = "empty_functions"


class InvalidPeriod(Refused):
    """An end lies after its start and inside the calendar; a start does not lie before the decision."""

    code = "invalid_period"


class AlreadyEnded(Refused):
    """The sanction has ended or was overturned; it ends once."""

    code = "already_ended"


class NotInForce(Refused):
    """There is nothing in force that this could act on."""

    code = "not_in_force"


class DeadlinePassed(Refused):
    """The order's deadline has passed, and nothing runs that a late rectification could end."""

    code = "deadline_passed"


class Terminal(Refused):
    """A permanent ban is in force: only another ban, records, reviews, appeals and milder terms are possible."""

    code = "terminal"


class Exempt(Refused):
    """The account is exempt: end the exemption first, or let a kind of actor act that it names."""

    code = "exempt"


class AppealWindowClosed(Refused):
    """The time for an appeal is over."""

    code = "appeal_window_closed"


class AppealLimit(Refused):
    """The policy allows no further appeal against this sanction."""

    code = "appeal_limit"


class NotAppealable(Refused):
    """This sanction cannot be appealed: it was overturned, or the policy gives no appeal against it."""

    code = "not_appealable"


class AlreadyDecided(Refused):
    """The appeal, proposal or submission has been resolved before."""

    code = "already_decided"


class OutOfOrder(Refused):
    """The time lies before the account's previous event, or later than the store's clock."""

    code = "out_of_order"


class CommandIdReused(Refused):
    """This command id was used for another command: give a new one."""

    code = "command_id_reused"


class VersionConflict(Refused):
    """The account has moved on since it was read: read it again, decide again."""

    code = "version_conflict"
    retriable = True


class IdInUse(Refused):
    """The id was given to something else on this account: choose another."""

    code = "id_in_use"
