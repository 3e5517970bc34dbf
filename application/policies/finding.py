"""Finding the policy that a host names: an object, a file, or a built-in one."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ...domain.errors import Refused
from ...domain.policies.book import PolicyBook
from ...domain.policies.findings import near
from ...domain.policies.policy import Policy
from ...domain.presets import PRESETS
from .. import presets
from .files import read_policy, read_policy_file

__all__ = ["UnknownPolicy", "built_in", "built_in_names", "find_policy", "is_file"]


class UnknownPolicy(Refused):
    """There is no policy of this name: `policy list` shows which there are."""

    code = "unknown_policy"


def find_policy(policy: str | Path | Policy | PolicyBook) -> PolicyBook:
    """The policy itself, the one of a file (`-`: standard input), or the built-in one called `name` or `name@version`.

    A name with a version means that version at any time; a name alone, the version in force at the time of each decision.
    Raises UnknownPolicy and PolicyFileError.
    """
    if isinstance(policy, PolicyBook):
        return policy
    if isinstance(policy, Policy):
        return PolicyBook.of(policy)
    if isinstance(policy, Path) or is_file(policy):
        return read_policy_file(policy)
    name, at, version = policy.partition("@")
    found = built_in(name)
    if found is None:
        known = built_in_names()
        raise UnknownPolicy(
            f"there is no policy {policy!r}{near(name, known)}; built in are {', '.join(known)}, "
            "and a file's name ends in .toml or has a / in it",
            policy=policy,
        )
    if not at:
        return found
    one = found.version(version)
    if one is None:
        versions = ", ".join(each.name for each in found.versions)
        raise UnknownPolicy(f"the policy {name!r} has no version {version!r}; there are {versions}", policy=policy)
    return PolicyBook.of(one)


def is_file(name: str) -> bool:
    """Whether this names a file, and not a policy: it ends in `.toml`, has a `/` in it, or is `-`."""
    return name.endswith(".toml") or "/" in name or name == "-"


def built_in_names() -> tuple[str, ...]:
    """The names of the built-in policies."""
    files = (entry.name.removesuffix(".toml") for entry in _presets().iterdir() if entry.name.endswith(".toml"))
    return (*PRESETS, *sorted(files))


@cache
def built_in(name: str) -> PolicyBook | None:
    """The built-in policy of this name in all its versions, None where there is none."""
    if name in PRESETS:
        return PolicyBook((PRESETS[name],))
    if name not in built_in_names():
        return None
    file = _presets() / f"{name}.toml"
    return read_policy(file.read_bytes(), f"{name}.toml")


def _presets() -> Traversable:
    return resources.files(presets)
