"""What can be wrong with keys, notes and proofs: typed, with a stable code, and saying what to do."""

from __future__ import annotations

from ...domain.errors import SanctionsError

__all__ = ["BadKey", "BadNote", "BadProof", "KeysMissing", "NotProvable"]


class BadKey(SanctionsError):
    """A key file cannot be used: check the folder, or make keys with `keys init`."""

    code = "bad_key"


class KeysMissing(SanctionsError):
    """This needs keys, and none were given: name their folder with `--keys`, or make one with `keys init`."""

    code = "keys_missing"


class BadNote(SanctionsError):
    """A checkpoint is damaged, or no trusted key has signed it: get it again from where it is kept."""

    code = "bad_note"


class BadProof(SanctionsError):
    """The proof does not show what it claims: ask for it again, and if it fails again, believe the failure."""

    code = "bad_proof"


class NotProvable(SanctionsError):
    """There is nothing to prove yet: check the account and the version, and seal the log."""

    code = "not_provable"
