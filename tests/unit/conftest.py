"""For every unit test: what it takes down of what is said to people is compared with what is on file."""

from __future__ import annotations

from .worded import words_are_those_on_file

__all__ = ["words_are_those_on_file"]
