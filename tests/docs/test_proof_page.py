"""The page about what is proven names the rules that are checked, all of them and no other."""

from __future__ import annotations

from pathlib import Path

from account_sanctions.domain.checking import RULES_OF_SPACE, RULES_OF_STEPS


def test_the_page_on_proof_names_every_rule() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "explanation" / "proof.md").read_text(encoding="utf-8")
    named = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}

    assert named == {rule.__name__ for rule in RULES_OF_STEPS} | set(RULES_OF_SPACE)
