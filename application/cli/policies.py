"""The commands around policies: which there are, what they say, and what is wrong with a file."""

from __future__ import annotations

import sys
from importlib import resources

import click
from msgspec import UNSET
from msgspec.structs import replace

from ...domain.instants import text
from ...infrastructure.errors import StoreError
from ...infrastructure.store import KeptPolicy
from .. import policies
from ..policies.files import Checked, check_policy_files
from ..policies.finding import built_in, built_in_names
from ..policies.kept import kept_in, uses_in
from ..policies.looking import as_document, as_toml, look_up
from .app import ALLOWED, DENIED, Session, example, json_option, root
from .output import plain, print_json, print_table, remark

__all__ = ["policy"]


@root.group("policy")
def policy() -> None:
    """The policies by which sanctions are decided."""


@example("policy list")
@policy.command("list")
@json_option
def list_(json_: bool) -> None:  # noqa: FBT001 - click
    """The built-in policies in all their versions."""
    versions = [version for name in built_in_names() if (book := built_in(name)) for version in book.versions]
    if json_:
        print_json(
            [
                {
                    "policy": each.name,
                    "confidence": each.confidence or None,
                    "effective_from": None if each.effective_from is UNSET else each.effective_from,
                    "effective_until": None if each.effective_until is UNSET else each.effective_until,
                    "digest": each.ref.digest,
                    "description": each.description,
                    "source": each.source or None,
                }
                for each in versions
            ]
        )
        return
    rows = [
        (
            each.name,
            each.confidence or "-",
            "-" if each.effective_from is UNSET else text(each.effective_from)[:10],
            each.ref.digest[:12],
            each.description.partition(". ")[0],
        )
        for each in versions
    ]
    print_table("Policies", ("policy", "confidence", "in force from", "digest", "description"), rows)


@example("policy show default", "policy show wechat-official-accounts@2022-06 > mine.toml", "policy show 3fa8c1 --json")
@policy.command("show")
@click.argument("wanted", metavar="NAME[@VERSION]|FILE|DIGEST")
@json_option
@click.pass_obj
def show(session: Session, wanted: str, json_: bool) -> None:  # noqa: FBT001 - click
    """What a policy says, word by word: a built-in one, a file, or one that the database keeps.

    It is printed as a policy file. Every text that the database keeps under a name and version is shown, since when it is kept,
    how many events refer to it, and from when to when they were recorded: which of several texts was in force when. DIGEST is
    the beginning of a digest, six characters or more.
    """
    name, _, _ = wanted.partition("@")

    def kept() -> list[KeptPolicy]:
        try:
            return kept_in(session.database)
        except StoreError as error:
            if built_in(name) is None:
                raise
            remark(f"only the built-in text: the database cannot be asked: {error.message}")
            return []

    found = look_up(wanted, kept)
    if any(one.since is not None for one in found):
        uses = uses_in(session.database, [one.policy.ref.digest for one in found if one.since is not None])
        found = [replace(one, use=uses.get(one.policy.ref.digest)) for one in found]
    if json_:
        documents = [as_document(one) for one in found]
        print_json(documents[0] if len(documents) == 1 else {"policy": wanted, "texts": documents})
        return
    for number, one in enumerate(found):
        if number:
            click.echo()
        for line in as_toml(one).split("\n")[:-1]:
            # What would drive a terminal is written as an escape, which TOML reads as the same.
            click.echo(plain(line))


@example("policy check mine.toml", "policy check 2022.toml 2023.toml --json")
@policy.command("check")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@json_option
def check(files: tuple[str, ...], json_: bool) -> None:  # noqa: FBT001 - click
    """Whether policy files can be used: every mistake with its line and what to do about it.

    Files that hold versions of one policy are checked as one: their dates must not overlap.
    """
    found = check_policy_files(files)
    wrong = any(one.mistakes for one in found)
    if json_:
        print_json({"ok": not wrong, "files": found})
    else:
        for one in found:
            _print_checked(one)
    sys.exit(DENIED if wrong else ALLOWED)


def _print_checked(checked: Checked) -> None:
    for mistake in checked.mistakes:
        where = checked.file if mistake.line is None else f"{checked.file}:{mistake.line}"
        field = f"{mistake.field}: " if mistake.field else ""
        click.echo(plain(f"{where}: {field}{mistake.sentence}"))
    if not checked.mistakes:
        click.echo(plain(f"{checked.file}: no mistakes; it holds {', '.join(checked.policies)}"))


@example("policy schema > policy.schema.json")
@policy.command("schema")
def schema() -> None:
    """The JSON Schema of policy files, by which editors check and complete.

    A policy file names it in its first line: `#:schema policy.schema.json`.
    """
    click.echo(policy_schema_text(), nl=False)


def policy_schema_text() -> str:
    """The schema as it is shipped."""
    return resources.files(policies).joinpath("policy.schema.json").read_text(encoding="utf-8")
