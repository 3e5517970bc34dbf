"""Policies from outside: files, built-in presets, and what the database keeps."""

from .files import PolicyFileError, read_policy_file
from .finding import UnknownPolicy, find_policy

__all__ = ["PolicyFileError", "UnknownPolicy", "find_policy", "read_policy_file"]
