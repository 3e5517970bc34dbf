"""Verifying a store: whether anything in it was touched, and whether what is in it could have come about."""

from .findings import CODES, Finding, Verification
from .running import Options, Progress, verify

__all__ = ["CODES", "Finding", "Options", "Progress", "Verification", "verify"]
