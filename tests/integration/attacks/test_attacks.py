"""Every attack is found, with the code, the place and the verdict that the table says, and named once."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from .attacker import Attacker
from .on_acts import ACTS
from .on_events import EVENTS
from .on_files import FILES
from .on_log import LOG
from .on_rows import ROWS
from .stage import Stage
from .table import Attack

ATTACKS: Final = (*EVENTS, *LOG, *ROWS, *ACTS, *FILES)
_CASES: Final = [
    pytest.param(kind, attack, id=f"{attack.name}-{kind}")
    for attack in ATTACKS
    for kind in ("sqlite", "postgres")
    if attack.only in (None, kind)
]


@pytest.mark.parametrize(("kind", "attack"), _CASES)
def test_attack_is_found(attack: Attack, stage: Stage) -> None:
    attacker = Attacker(stage)
    attack.run(attacker)
    if attack.code != "guard_missing":
        attacker.cover_tracks()
    given = {} if attack.auditor is None else attack.auditor(attacker)
    found = attacker.stage.verify(**given)
    places = {(one.code, one.account, one.version) for one in found.findings}
    assert (attack.code, attack.account, attack.version) in {
        (code, account if attack.account else None, version if attack.version else None)
        for code, account, version in places
    }, found
    assert found.verdict == attack.expected, found
    # What follows from a finding is no finding of its own.
    assert len(found.findings) + found.more < 8, found
    assert len({(one.layer, one.account, one.partition, one.code) for one in found.findings}) == len(found.findings)


def test_attacks_have_names_of_their_own() -> None:
    assert [name for name, count in Counter(attack.name for attack in ATTACKS).items() if count > 1] == []
