"""The page about what is proven names the rules that are checked, all of them and no other."""

from __future__ import annotations

from pathlib import Path

from account_sanctions.domain.checking import RULES_OF_SPACE, RULES_OF_STEPS

from tests.unit.checking.planted import PLANTED
from tests.unit.checking.planted_deeds import PLANTED_DEEDS
from tests.unit.checking.planted_doings import PLANTED_DOINGS
from tests.unit.checking.planted_policies import PLANTED_POLICIES

_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "explanation" / "proof.md").read_text(encoding="utf-8")
_FAULTS = (*PLANTED, *PLANTED_DEEDS, *PLANTED_DOINGS, *PLANTED_POLICIES)
# Shown by policies that leave nobody the right, in `test_model.py`.
_BY_POLICIES = {"clear_can_be_reached", "open_things_can_be_closed"}


def test_the_page_on_proof_names_every_rule() -> None:
    named = {line.split("`")[1] for line in _PAGE.splitlines() if line.startswith("| `")}

    assert named == {rule.__name__ for rule in RULES_OF_STEPS} | set(RULES_OF_SPACE)


def test_the_page_says_how_many_faults_are_planted_and_for_which_rules() -> None:
    found = {rule for _, rule, _ in _FAULTS}

    assert f"{len(_FAULTS)} faults are planted" in _PAGE
    assert ({rule.__name__ for rule in RULES_OF_STEPS} | set(RULES_OF_SPACE)) - found == _BY_POLICIES
    assert max(moves for _, _, moves in _FAULTS) == 4
