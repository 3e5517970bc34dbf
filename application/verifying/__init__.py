"""Verifying a store: whether anything in it was touched, and whether what is in it could have come about."""

from .findings import CODES, Finding, Verification
from .running import Options, verify

__all__ = ["CODES", "Finding", "Options", "Verification", "verify"]
