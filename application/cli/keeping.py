"""Commands for keys: init, rotate, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from ..keyring import cryptography_needed, keys_of
from .app import Session, example, json_option, root
from .output import plain, print_json, print_table, remark

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Keys
    from ...infrastructure.evidence.marks import WriterKind

__all__: list[str] = []

_KINDS: Final[dict[str, WriterKind]] = {"hmac": "hmac-sha256", "ed25519": "ed25519"}
_writer = click.option(
    "--writer",
    type=click.Choice(sorted(_KINDS)),
    help="How events are marked. hmac: fast, and the trust file is as secret as the key; ed25519: whoever checks cannot forge.",
)


@root.group("keys")
def keys() -> None:
    """Keys that lie outside the database: made, renewed, shown."""


@example("keys init keys", "keys init keys --writer ed25519")
@keys.command("init")
@click.argument("folder", metavar="DIR")
@_writer
@click.option(
    "--name", default="account-sanctions", show_default=True, help="The name with which checkpoints are signed."
)
@json_option
def init(folder: str, writer: str | None, name: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Make the keys of a store in DIR, readable by their owner alone, and `trust.json` for those who verify.

    Keys that are there are never written over. Keep a copy of DIR elsewhere: without `narratives.key` no free text can be read.
    """
    cryptography_needed()
    from ...infrastructure.evidence.keys import make_keys

    made = make_keys(Path(folder), name=name, writer=_KINDS[writer or "hmac"])
    if json_:
        print_json(_document(made))
        return
    click.echo(f"made keys in {plain(folder)}; give them to writers with --keys, and trust.json to who verifies")
    if made.trust.writers[0].kind == "hmac-sha256":
        remark("trust.json holds the writers' secret: keep it as you keep the keys (or use --writer ed25519)")


@example("keys show keys")
@keys.command("show")
@click.argument("folder", metavar="DIR")
@json_option
def show(folder: str, json_: bool) -> None:  # noqa: FBT001 - click
    """Which keys are in use, and which ones `trust.json` believes. No secret is shown."""
    found = _keys(folder)
    if json_:
        print_json(_document(found))
        return
    document = _document(found)
    print_table(
        "Keys in use",
        ("of", "kind", "key"),
        [
            ("the log", "ed25519", document["log"]),
            ("the writers", document["writer"]["kind"], document["writer"]["id"]),
            ("narratives", "aes-256-gcm", document["narratives"]),
        ],
    )
    believed = [("a log", "ed25519", vkey) for vkey in found.trust.logs]
    believed += [("writers", one.kind, one.verifier().key_id.hex()) for one in found.trust.writers]
    print_table("What trust.json believes", ("of", "kind", "key"), believed)


@example("keys rotate keys", "keys rotate keys --only writer --writer ed25519", "keys rotate keys --only narratives")
@keys.command("rotate")
@click.argument("folder", metavar="DIR")
@click.option(
    "--only",
    type=click.Choice(["log", "writer", "narratives"]),
    multiple=True,
    help="Which keys (default: the log's and the writers').",
)
@_writer
@json_option
@click.pass_obj
def rotate(
    session: Session,
    folder: str,
    only: tuple[Literal["log", "writer", "narratives"], ...],
    writer: str | None,
    json_: bool,  # noqa: FBT001 - click
) -> None:
    """Put new keys in the place of those in DIR. The old key of the log signs the new ones, in a note that the store keeps.

    `trust.json` believes both, so what was signed and marked before still verifies: give the new one to who verifies. Restart
    the writers, so that they take up the new keys. Stopped in the middle, it goes on when it is run again.
    """
    before = _keys(folder)
    from ...infrastructure.evidence.renewing import renew_narratives

    chosen = only or ("log", "writer")
    kind = _KINDS[writer] if writer is not None else before.trust_of_writer.kind
    number: int | None = None
    if "log" in chosen or "writer" in chosen:
        with session.open_to_read() as sanctions:
            number = sanctions.rotate_keys(
                Path(folder), log="log" in chosen, writer=kind if "writer" in chosen else None
            )
    if "narratives" in chosen:
        renew_narratives(Path(folder))
    after = _keys(folder)
    if json_:
        print_json({"rotation": number, **_document(after)})
        return
    if number is not None:
        click.echo(f"rotation {number}: signed by {plain(before.log.verifier.vkey)}")
    click.echo(
        f"new keys in {plain(folder)}: {', '.join(chosen)}; give trust.json to who verifies, and restart writers"
    )


def _keys(folder: str) -> Keys:
    found = keys_of(folder)
    assert found is not None
    return found


def _document(found: Keys) -> dict[str, Any]:
    return {
        "log": found.log.verifier.vkey,
        "writer": {"kind": found.trust_of_writer.kind, "id": found.writer.key_id.hex()},
        "narratives": found.narratives.name,
        "trust": {
            "logs": found.trust.logs,
            "writers": [{"kind": one.kind, "id": one.verifier().key_id.hex()} for one in found.trust.writers],
        },
    }
