"""Every case's options run as they stand: our command line answers what the reference's command line answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import command
from tests.conformance import suite
from tests.conformance.agree import MARKS, assert_agrees
from tests.conformance.table import CASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

pytestmark = MARKS

MAPS = ("connlist", "explain", "exposure", "focus", "multinet")
"""Kinds of cases that are about one folder."""


def _in_turn(kinds: Iterable[str]) -> list[object]:
    """Return every case, each with one of its formats: of each kind, each format has its turn.

    All formats of all cases are compared where no command line is in between.
    """
    return [
        pytest.param(case, name, id=f"{case.kind}-{case.name}-{name}")
        for kind in kinds
        for number, case in enumerate(suite.cases(kind))
        for name in [case.formats[number % len(case.formats)]]
    ]


def _answer(*arguments: str | Path) -> str:
    result = command("connectivity", *arguments, "--reference", "-q")
    assert result.exit_code < 2, result.stderr
    return result.stdout


@pytest.mark.parametrize("case,format_name", _in_turn(MAPS))
def test_options_of_maps_run_as_they_stand(
    case: suite.Case, format_name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, ("options", f"{case.kind}/{case.name}"))
    found = _answer("map", case.manifests, "-o", format_name, *case.options)
    assert_agrees(case, case.expected(format_name), found)


@pytest.mark.parametrize("case,format_name", _in_turn(["diff"]))
def test_options_of_differences_run_as_they_stand(
    case: suite.Case,
    format_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    record_property(CASE, ("options", f"{case.kind}/{case.name}"))
    assert case.compared_with is not None
    (tmp_path / "a").symlink_to(case.manifests.resolve(), target_is_directory=True)
    (tmp_path / "b").symlink_to(case.compared_with.resolve(), target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    # The golden files name the inputs as the reference's library does, its command line says dir1 and dir2.
    expected = re.sub(r"\bref([12])\b", r"dir\1", case.expected(format_name))
    assert_agrees(case, expected, _answer(*case.listed["cli"], "-o", format_name))


EXPLAINED = [pytest.param(c, id=c.name) for c in suite.cases("explain") if "--exposure" not in c.options]


@pytest.mark.parametrize("case", EXPLAINED)
def test_explain_is_a_command_of_its_own(case: suite.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, ("options", f"{case.kind}/{case.name}"))
    options = [option for option in case.options if option != "--explain"]
    assert_agrees(case, case.expected("txt"), _answer("explain", case.manifests, *options))


SPELLINGS = {"--focusworkload": "--focus-workload", "--focusworkload-peer": "--focus-workload-peer", "-o": "--output"}
FOCUSSED = [pytest.param(c, id=c.name) for c in suite.cases("focus")]


@pytest.mark.parametrize("case", FOCUSSED)
def test_the_other_spellings_mean_the_same(case: suite.Case, record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, ("options", f"{case.kind}/{case.name}"))
    names, values = case.options[::2], case.options[1::2]
    joined = [f"{SPELLINGS.get(name, name)}={value}" for name, value in zip(names, values, strict=True)]
    assert_agrees(case, case.expected("txt"), _answer("map", case.manifests, *joined, "--output-format=txt"))


def test_every_case_with_options_is_in_the_suite() -> None:
    """Those of kind synth belong to a tool that proposes policies, not to one that reads them."""
    asked = {case.kind for case in suite.all_cases() if case.listed.get("cli")}
    assert asked == {"exposure", "explain", "focus", "multinet", "diff", "synth"}
    options = {option for kind in MAPS for case in suite.cases(kind) for option in case.options}
    assert {name for name in options if name.startswith("-")} == {
        "--exposure",
        "--explain",
        "--explain-only",
        "--focusworkload",
        "--focusworkload-peer",
        "--focus-direction",
        "--focus-conn",
        "--multiple-networks",
    }
