"""What holds for every check that comes with the workbench, and the page that lists them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import workbench.checks.rules
from tests.project.checks_page import checks_page
from workbench.checks import CHECKS, Check, check
from workbench.inventory import Cluster

OURS = [one for one in CHECKS if one.finds.__module__.startswith(workbench.checks.rules.__name__)]


def test_the_page_of_checks_is_that_of_the_registry(project: Path) -> None:
    again = "python -m tests.project.checks_page > docs/check-catalogue.md"
    assert (project / "docs" / "check-catalogue.md").read_text(encoding="utf-8") == checks_page(), again


@pytest.mark.parametrize("one", OURS, ids=lambda one: one.id)
def test_a_check_says_why_it_matters_and_what_to_do_in_a_sentence_each(one: Check) -> None:
    assert re.fullmatch(r"NP0\d\d", one.id)
    assert one.title[0].isupper()
    assert not one.title.endswith(".")
    for text in (one.reason, one.remedy):
        assert text[0].isupper()
        assert text.endswith(".")
    assert one.source
    assert inspect.getdoc(one.finds)


def test_an_empty_cluster_has_no_findings() -> None:
    assert [str(one) for one in check(Cluster())] == []
