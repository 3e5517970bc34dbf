"""Looking a policy up to read it: built in, in a file, or as the database keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
import tomli_w
from msgspec import UNSET, Struct

from ...domain.instants import text
from ...domain.period import Period, period_to_text
from ...domain.policies.findings import near
from ...domain.policies.policy import Policy, policy_bytes
from ...infrastructure.policy_use import PolicyUse
from ...infrastructure.store import KeptPolicy
from .files import read_policy_file
from .finding import UnknownPolicy, built_in, built_in_names, is_file
from .shapes import is_list, is_table

__all__ = ["Found", "as_document", "as_toml", "look_up"]

_DIGEST: Final = re.compile(r"(?:sha256[-:])?([0-9a-f]{6,64})", re.ASCII)
_END: Final = datetime.max.replace(tzinfo=UTC)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class Found(Struct, frozen=True):
    """A policy text, where it was found, and since when the database keeps it (None: it does not).

    Kept is what was at hand when something was decided; whether it decided anything is for `use` to say: how many events name it.
    """

    policy: Policy
    where: Literal["built_in", "file", "database"]
    since: datetime | None = None
    use: PolicyUse | None = None


def look_up(wanted: str, kept: Callable[[], Iterable[KeptPolicy]]) -> Sequence[Found]:
    """Every policy text that is meant: of a file, of a name, of a name and version, or of a digest's beginning.

    `kept` is asked for what the database keeps, unless a file is meant. Several texts under one name and version are all
    found. Raises UnknownPolicy and PolicyFileError.
    """
    if is_file(wanted):
        return [Found(policy, "file") for policy in read_policy_file(wanted).versions]
    name, _, version = wanted.partition("@")
    in_database = list(kept())
    found = [
        one
        for one in _merged([name], in_database)
        if one.policy.id == name and (not version or one.policy.version == version)
    ]
    digest = _DIGEST.fullmatch(wanted)
    if not found and digest is not None:
        found = [one for one in _merged(built_in_names(), in_database) if one.policy.ref.digest.startswith(digest[1])]
    if not found:
        known = dict.fromkeys((*built_in_names(), *(one.policy.name for one in in_database)))
        raise UnknownPolicy(
            f"there is no policy {wanted!r} built in or kept in the database{near(wanted, known)}; "
            f"there are {', '.join(known)}",
            policy=wanted,
        )
    return sorted(found, key=lambda one: (_start(one.policy), one.since or _END))


def _merged(names: Iterable[str], kept: Iterable[KeptPolicy]) -> Iterable[Found]:
    """The built-in texts of these names and those of the database, each once."""
    found: dict[str, Found] = {}
    for name in names:
        book = built_in(name)
        for policy in () if book is None else book.versions:
            found[policy.ref.digest] = Found(policy, "built_in")
    for one in kept:
        found[one.digest] = Found(one.policy, "built_in" if one.digest in found else "database", one.since)
    return found.values()


def _start(policy: Policy) -> datetime:
    return _BEGINNING if policy.effective_from is UNSET else policy.effective_from


def as_document(found: Found) -> dict[str, Any]:
    """A policy for programs: its digest, and every field with what holds where the file says nothing."""
    fields: dict[str, Any] = dict.fromkeys(found.policy.__struct_fields__)
    return {
        "policy": found.policy.name,
        "digest": found.policy.ref.digest,
        "where": found.where,
        "since": found.since,
        "use": found.use,
        **fields,
        **_spelled_out(found.policy),
    }


def _spelled_out(value: Any) -> Any:
    if isinstance(value, Struct):
        names = zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True)
        given = {written: getattr(value, name) for name, written in names}
        return {name: _spelled_out(part) for name, part in given.items() if part is not UNSET}
    if is_table(value):
        return {name: _spelled_out(part) for name, part in value.items()}
    if is_list(value):
        return [_spelled_out(part) for part in value]
    return value.text if isinstance(value, Period) else value


def as_toml(found: Found) -> str:
    """A policy for people, as a file: read again, it is the same policy with the same digest."""
    policy = found.policy
    given: dict[str, Any] = msgspec.to_builtins(policy, enc_hook=period_to_text, builtin_types=(datetime,))
    if given.get("appeal", policy) is None:
        given["appeal"] = False
    # Between three quotes a carriage return would be lost.
    written = tomli_w.dumps(given, multiline_strings=b"\\r" not in policy_bytes(policy))
    origin = {"built_in": "built in", "file": "from this file", "database": "kept in the database"}[found.where]
    kept = "" if found.since is None else f", kept since {text(found.since)}"
    head = [f"# {policy.name}, {origin}{kept}", f"# digest {policy.ref.digest}"]
    head += [f"# {line}" for line in (_in_force(policy), _used(found.use)) if line]
    head.append("")
    return "\n".join([*head, *_left_out(policy, given), written])


def _in_force(policy: Policy) -> str:
    """The dates of a version, where it has any."""
    dates = [
        (word, date) for word, date in (("from", policy.effective_from), ("until", policy.effective_until)) if date
    ]
    return f"in force {' '.join(f'{word} {text(date)}' for word, date in dates)}" if dates else ""


def _used(use: PolicyUse | None) -> str:
    if use is None:
        return ""
    if use.first is None or use.last is None:
        return "no event refers to this text"
    events = "1 event refers" if use.events == 1 else f"{use.events} events refer"
    span = f"on {text(use.first)}" if use.first == use.last else f"from {text(use.first)} to {text(use.last)}"
    return f"{events} to this text, recorded {span}"


def _left_out(policy: Policy, given: dict[str, Any]) -> list[str]:
    """The fields about which the policy says nothing and whose default means something, as comments."""
    fields = _spelled_out(policy)
    names = [
        name for name in ("appeal", "separate_reviewer", "second_person", "proposal_ttl", "clock") if name not in given
    ]
    shown = [f"{name} = {json.dumps(fields[name])}" for name in names if name != "appeal"]
    if "appeal" in names:
        shown = [f'appeal = {{ window = "{fields["appeal"]["window"]}", limit = {fields["appeal"]["limit"]} }}', *shown]
    return ["# Left out, so that this holds:", *(f"#   {line}" for line in shown), ""] if shown else []
