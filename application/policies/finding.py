"""Finding the policy that a host names: an object, a file, or a built-in one."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from ...domain.errors import Refused
from ...domain.policies.book import PolicyBook
from ...domain.policies.policy import Policy
from ...domain.presets import PRESETS
from .files import read_policy, read_policy_file

__all__ = ["UnknownPolicy", "built_in", "built_in_names", "find_policy"]


class UnknownPolicy(Refused):
    """There is no policy of this name: `policy list` shows which there are."""

    code = "unknown_policy"


def find_policy(policy: str | Path | Policy | PolicyBook) -> PolicyBook:
    """The policy itself, the one of a file, or the built-in one called `name` or `name@version`.

    A name with a version means that version at any time; a name alone, the version in force at the time of each decision.
    Raises UnknownPolicy and PolicyFileError.
    """
    if isinstance(policy, PolicyBook):
        return policy
    if isinstance(policy, Policy):
        return PolicyBook.of(policy)
    if isinstance(policy, Path) or policy.endswith(".toml") or "/" in policy:
        return read_policy_file(policy)
    name, at, version = policy.partition("@")
    found = built_in(name)
    if found is not None and at:
        one = found.version(version)
        found = None if one is None else PolicyBook.of(one)
    if found is None:
        raise UnknownPolicy(
            f"there is no policy {policy!r}; built in are {', '.join(built_in_names())}, and a file's name ends in .toml",
            policy=policy,
        )
    return found


def built_in_names() -> tuple[str, ...]:
    """The names of the built-in policies."""
    folder = resources.files(__package__.rpartition(".")[0]) / "presets"
    files = (entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return (*PRESETS, *sorted(files))


@cache
def built_in(name: str) -> PolicyBook | None:
    """The built-in policy of this name in all its versions, None where there is none."""
    if name in PRESETS:
        return PolicyBook((PRESETS[name],))
    if name not in built_in_names():
        return None
    file = resources.files(__package__.rpartition(".")[0]) / "presets" / f"{name}.toml"
    return read_policy(file.read_bytes(), f"{name}.toml")
