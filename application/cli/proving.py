"""Commands for proofs: prove, verify-proof."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...domain.commands import read_account
from ..keyring import cryptography_needed
from ..unreadable import read_file
from .app import DENIED, Session, example, json_option, root
from .output import plain, print_json, remark

if TYPE_CHECKING:
    from ...infrastructure.evidence.sealing import Sealed
    from ..sanctions import Sanctions

__all__: list[str] = []

_STANDARD_OUTPUT = "-"


@example(
    "prove gh_1 3 --out proof.json",
    "prove gh_1 3 --under anchors/2026-01-31 --out proof.json",
    "prove --consistency anchors/2026-01-01 anchors/2026-01-31 --out growth.json",
)
@root.command("prove")
@click.argument("account", metavar="[ACCOUNT]", required=False)
@click.argument("version", metavar="[VERSION]", type=click.IntRange(1, 2**31), required=False)
@click.option(
    "--consistency",
    nargs=2,
    metavar="OLD NEW",
    help="That the log of NEW begins with the whole log of OLD: files of anchors, numbers of entries, or `newest`.",
)
@click.option("--under", metavar="FILE", help="Under the checkpoint of this anchor instead of the newest one.")
@click.option(
    "--partition", type=click.IntRange(min=0), default=0, show_default=True, help="With --consistency: of which."
)
@click.option(
    "--out", metavar="FILE", default=_STANDARD_OUTPUT, help="The file to write; `-` (default) is standard output."
)
@json_option
@click.pass_obj
def prove(
    session: Session,
    account: str | None,
    version: int | None,
    consistency: tuple[str, str] | None,
    under: str | None,
    partition: int,
    out: str,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Prove that VERSION of ACCOUNT stands in the signed log, as a small file that others check without the database.

    They need `verify-proof`, or a script of a hundred lines, and the trust file. The event must be sealed. The proof holds the
    event's header, no free text. Exit status 1 when there is nothing to prove, or the log is not what was sealed.
    """
    if (account is None) == (consistency is None) or (account is not None and version is None):
        raise click.UsageError("give ACCOUNT and VERSION, or --consistency OLD NEW")
    cryptography_needed()
    from ...infrastructure.evidence.proofs import proof_bytes

    with session.open_to_read() as sanctions:
        if consistency is not None:
            older, newer = (_checkpoint(sanctions, named, partition) for named in consistency)
            found: Any = sanctions.prove_growth(older, newer)
            said = f"that {newer.size} entries of partition {partition} go on from {older.size}"
        else:
            assert account is not None
            assert version is not None
            name = read_account(account)
            kept = None if under is None else _checkpoint(sanctions, under, sanctions.partition_of(name))
            found = sanctions.prove(name, version, kept)
            said = f"that version {version} of {plain(name)} is entry {found.position} of partition {found.partition}"
    if out == _STANDARD_OUTPUT:
        click.echo(plain_json(proof_bytes(found)), nl=False)
        return
    try:
        Path(out).write_bytes(proof_bytes(found))
    except OSError as error:
        raise click.UsageError(f"{plain(out)}: {error.strerror or error}") from None
    if json_:
        print_json({"proof": out, "format": found.format})
    else:
        click.echo(f"wrote {plain(out)}: the proof {said}")


def plain_json(document: bytes) -> str:
    """JSON on several lines, with what could drive a terminal as escapes, which JSON reads alike."""
    return "\n".join(map(plain, document.decode().split("\n")))


def _checkpoint(sanctions: Sanctions, named: str, partition: int) -> Sealed:
    from ...infrastructure.evidence.errors import NotProvable
    from ..anchoring.files import kept_in

    if named.isdecimal() and len(named) < 19:
        return sanctions.checkpoint_of_size(partition, int(named))
    if named == "newest":
        kept, where = sanctions.checkpoints(), "this store"
    else:
        kept, where = kept_in(read_file(named), sanctions.store.identity.store_id), named
    for sealed in kept:
        if sealed.partition == partition:
            return sealed
    raise NotProvable(f"{where} has no checkpoint of partition {partition}", partition=partition)


@example("verify-proof proof.json --trust trust.json")
@root.command("verify-proof")
@click.argument("file", metavar="FILE")
@click.option("--trust", metavar="FILE", required=True, help="The trust file: whose signatures count.")
@json_option
def verify_proof(file: str, trust: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Check a proof without the database. Exit status 0: it holds; 1: it does not; 2: wrong usage, or no trust file.

    The same check is `check_proof.py` in the package: it can be copied, read and run alone.
    """
    cryptography_needed()
    from ...infrastructure.evidence.check_proof import DoesNotHoldError, check
    from ...infrastructure.evidence.errors import BadProof
    from ...infrastructure.evidence.keys import read_trust
    from ...infrastructure.evidence.proofs import read_proof

    believed = read_trust(Path(trust))
    content = read_file(file)
    try:
        said = check(json.loads(content), {"logs": list(believed.logs)})
        proof = read_proof(content)
    except (DoesNotHoldError, BadProof, ValueError, RecursionError) as error:
        if json_:
            print_json({"holds": False, "reason": str(error)})
        remark(f"it does not hold: {error}")
        sys.exit(DENIED)
    if json_:
        print_json({"holds": True, "shows": said, "format": proof.format})
    else:
        click.echo(f"it holds: {plain(said)}")
