"""The seeded mistakes can still be made: the package changes, and they with it."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.seeded import MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_there_is_one_place_for_each_and_what_it_makes_is_python(mutant: Mutant) -> None:
    right = mutant.source().read_text(encoding="utf-8")
    mistaken = mutant.mistaken(right)
    assert ast.dump(ast.parse(mistaken)) != ast.dump(ast.parse(right))


@pytest.mark.parametrize("test", sorted({mutant.test for mutant in MUTANTS}))
def test_there_is_each_test_that_is_to_notice_one(test: str) -> None:
    file, _, name = test.partition("::")
    text = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert not name or f"def {name}(" in text


def test_each_has_a_name_of_its_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
