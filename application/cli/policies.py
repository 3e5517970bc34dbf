"""The commands around policies: which there are, and what they say."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from ...domain.period import period_to_text
from ...domain.presets import PRESETS
from ..policies import find_policy
from .app import example, json_option, root
from .output import print_json, print_table
from .reading import short

__all__ = ["policy"]


@root.group("policy")
def policy() -> None:
    """The policies by which sanctions are decided."""


@example("policy list")
@policy.command("list")
@json_option
def list_(json_: bool) -> None:  # noqa: FBT001 - click
    """The built-in policies."""
    rows = [(p.name, p.ref.digest, p.description) for p in PRESETS.values()]
    if json_:
        print_json([{"policy": name, "digest": digest, "description": text} for name, digest, text in rows])
    else:
        print_table("Policies", ("policy", "digest", "description"), [(n, d[:12], t) for n, d, t in rows])


@example("policy show default", "policy show mediawiki@1 --json")
@policy.command("show")
@click.argument("name")
@json_option
def show(name: str, json_: bool) -> None:  # noqa: FBT001 - click
    """One policy, word by word."""
    for found in find_policy(name).versions:
        body: dict[str, Any] = {
            field: msgspec.to_builtins(value, enc_hook=period_to_text)
            for field in found.__struct_fields__
            if (value := getattr(found, field)) is not msgspec.UNSET
        }
        if found.appeal is not None:
            body["appeal"] = {"window": found.appeal.window, "limit": found.appeal.limit}
        body["digest"] = found.ref.digest
        if json_:
            print_json(body)
            return
        rows = [(key, short(value) if value not in (None, (), {}, "") else "-") for key, value in body.items()]
        print_table(f"Policy {found.name}", ("field", "value"), rows)
