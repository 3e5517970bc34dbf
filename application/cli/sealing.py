"""Commands that sign the log and bring what was signed elsewhere: seal, anchor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..keyring import cryptography_needed
from .app import Session, example, json_option, keys_option, root
from .output import plain, print_json, progress, remark

if TYPE_CHECKING:
    from ...infrastructure.evidence.sealing import Sealed
    from ..sanctions import Sanctions

__all__: list[str] = []


@example("--keys keys seal", "seal --keys keys --json")
@root.command("seal")
@keys_option
@json_option
@click.pass_obj
def seal(session: Session, json_: bool) -> None:  # noqa: FBT001 - click
    """Give all that is committed its place in the log, and sign a checkpoint over it. Twice does no harm.

    Needs the folder of keys. `sequence --forever` with keys does it every second.
    """
    with session.open_to_read() as sanctions, progress("sealing") as advance:
        total = sum(status.position + status.unsequenced for status in sanctions.log_status())
        before = sum(sealed.size for sealed in sanctions.checkpoints()) if session.keys else 0
        seals = sanctions.seal(lambda entries: advance(entries, total=max(total - before, 0)))
    if json_:
        print_json({"checkpoints": [_document(one) for one in seals]})
        return
    for one in seals:
        click.echo(f"partition {one.partition}: {one.size} entries under a checkpoint")
    if not seals:
        remark("nothing is recorded yet")


@example(
    "anchor --out anchors/2026-01-31",
    "anchor --git anchors",
    "anchor --post https://witness.example/checkpoints",
    "anchor --out anchors/2026-01-31 --timestamp https://freetsa.org/tsr",
)
@root.command("anchor")
@click.option(
    "--out", metavar="FILE", help="Write it to FILE; an anchor that stands there gives way if the log goes on from it."
)
@click.option("--git", "git_", metavar="DIR", help="Commit it in DIR, a working directory of git.")
@click.option("--post", "address", metavar="URL", help="Send it to a service over HTTP.")
@click.option(
    "--timestamp", metavar="URL", help="With --out: ask this authority (RFC 3161) for a time stamp, as FILE.tsr."
)
@json_option
@click.pass_obj
def anchor(
    session: Session,
    out: str | None,
    git_: str | None,
    address: str | None,
    timestamp: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Bring the newest checkpoint to where somebody else keeps it, as a signed note (C2SP); to standard output if nowhere else.

    Several partitions are several notes in one file. Give it to `verify --anchor`: without an anchor outside, nobody sees that
    the end of the record was cut off together with its checkpoints.
    """
    if timestamp is not None and out is None:
        raise click.UsageError("--timestamp needs --out FILE: it stamps that file")
    cryptography_needed()
    from ..anchoring.files import anchor_text, newest

    with session.open_to_read() as sanctions:
        seals = newest(sanctions)
        kept = _brought(sanctions, seals, out=out, git=git_, address=address, timestamp=timestamp)
    if json_:
        print_json({"checkpoints": [_document(one) for one in seals], "kept": kept})
    elif kept:
        click.echo(f"anchored {_sizes(seals)} in {', '.join(map(plain, kept))}")
    else:
        click.echo(anchor_text(seals), nl=False)


def _brought(
    sanctions: Sanctions,
    seals: list[Sealed],
    *,
    out: str | None,
    git: str | None,
    address: str | None,
    timestamp: str | None,
) -> list[str]:
    from ..anchoring.files import anchor_text, write_anchor
    from ..anchoring.git import commit_anchor
    from ..anchoring.posting import post
    from ..anchoring.timestamping import keep_stamp

    kept: list[str] = []
    if out is not None:
        write_anchor(sanctions, Path(out), seals)
        kept.append(out)
    if timestamp is not None and out is not None:
        kept.append(str(keep_stamp(timestamp, Path(out))))
    if git is not None:
        kept.append(str(commit_anchor(sanctions, Path(git), seals)))
    if address is not None:
        post(address, anchor_text(seals).encode(), "text/plain; charset=utf-8")
        kept.append(address)
    return kept


@example("verify-timestamp anchors/2026-01-31 --certificates authority.pem")
@root.command("verify-timestamp")
@click.argument("file", metavar="FILE")
@click.option("--certificates", metavar="PEM", required=True, help="The certificates of authorities that you believe.")
@click.option("--stamp", metavar="FILE", help="The time stamp (default: FILE.tsr).")
@json_option
def verify_timestamp(file: str, certificates: str, stamp: str | None, json_: bool) -> None:  # noqa: FBT001 - click
    """When an authority has seen FILE, an anchor with its time stamp. Exit status 1 when the time stamp does not hold."""
    from ..anchoring.timestamping import stamped_at
    from ..unreadable import read_file

    at = stamped_at(read_file(stamp or f"{file}.tsr"), read_file(file), Path(certificates))
    if json_:
        print_json({"file": file, "stamped_at": at})
    else:
        click.echo(f"{plain(file)} was there at {at.isoformat()}")


def _document(sealed: Sealed) -> dict[str, object]:
    return {"partition": sealed.partition, "size": sealed.size, "note": sealed.note}


def _sizes(seals: list[Sealed]) -> str:
    return ", ".join(f"{one.size} entries of partition {one.partition}" for one in seals)
