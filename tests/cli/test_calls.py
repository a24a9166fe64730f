from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import check_output

import pytest

from tests.cli.command import as_program, command
from workbench.ground import ANSWER_FORMATS

HEAVY = {"pandas", "numpy", "networkx", "kubernetes", "wasmtime", "tqdm"}


def plain(text: str) -> str:
    """Return `text` without frames and line breaks."""
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["connectivity", "-h"], ["connectivity", "map", "--help"], ["connectivity", "diff", "--help"]],
)
def test_help_explains_and_exits_with_0(arguments: list[str]) -> None:
    result = command(*arguments)
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_the_help_of_map_names_formats_exit_statuses_and_an_example() -> None:
    text = plain(command("connectivity", "map", "--help").stdout)
    assert f"One of {', '.join(ANSWER_FORMATS.names('map'))}" in text
    assert "netpol-workbench connectivity map manifests/ -f map.svg" in text
    assert all(f"• {status}: " in text for status in (0, 1, 2))


@pytest.mark.parametrize("width", ["80", "120"])
@pytest.mark.parametrize("name", ["map", "diff"])
def test_help_fits_the_terminal(name: str, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERMINAL_WIDTH", width)
    monkeypatch.setenv("COLUMNS", width)
    lines = as_program("connectivity", name, "--help").stdout.splitlines()
    assert max(map(len, lines)) <= int(width)


@pytest.mark.parametrize("name", ["map", "diff"])
def test_asking_for_help_does_not_wait_for_pandas(name: str) -> None:
    program = "import sys\nfrom workbench.cli import app\ntry: app()\nexcept SystemExit: print(*sys.modules)"
    argv = [sys.executable, "-c", program, "connectivity", name, "--help"]
    loaded = set(check_output(argv, text=True).split())  # noqa: S603  (our own program)
    assert "workbench.cli.connectivity" in loaded
    assert not HEAVY & loaded


@pytest.mark.parametrize(
    "arguments",
    [
        ["map", "shop"],
        ["map", "shop", "-o", "csv"],
        ["map", "shop", "-o", "json"],
        ["map", "shop", "-o", "dot"],
        ["map", "shop", "--exposure"],
        ["explain", "shop"],
        ["exposure", "shop"],
        ["query", "web", "db", "shop"],
        ["diff", "shop", "shop"],
    ],
    ids=" ".join,
)
def test_answers_in_text_do_not_wait_for_pandas(arguments: list[str], shop: Path) -> None:
    program = "import sys\nfrom workbench.cli import app\ntry: app()\nexcept SystemExit: print(*sys.modules)"
    argv = [sys.executable, "-c", program, "connectivity", *arguments]
    loaded = set(check_output(argv, text=True, cwd=shop.parent).splitlines()[-1].split())  # noqa: S603  (our own program)
    assert "workbench.connectivity.result" in loaded
    assert not {"pandas", "pyarrow", "networkx", "scipy"} & loaded


def test_version_is_that_of_the_distribution() -> None:
    try:
        installed = version("netpol-workbench")
    except PackageNotFoundError:
        installed = "(not installed)"
    result = command("--version")
    assert (result.stdout, result.exit_code) == (f"netpol-workbench {installed}\n", 0)


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["connectivity", "map"], "no folder or file with manifests was named"),
        (["connectivity", "map", "nowhere"], "there is no folder or file nowhere"),
        (["connectivity", "map", "x" * 300], "there is no folder or file xxx"),
        (["connectivity", "map", "-", "-"], "standard input (-) can be read once only"),
        (
            ["connectivity", "map", ".", "-o", "pdf"],
            f"unknown format 'pdf'; there are {', '.join(ANSWER_FORMATS.names('map'))}",
        ),
        (["connectivity", "map", ".", "--ip-ranges", "none"], "'none' is not one of 'merged', 'split'"),
        (["connectivity", "map", ".", "--nonsense"], "No such option"),
        (["conectivity"], "No such command"),
    ],
)
def test_a_wrong_call_exits_with_2_and_says_why(arguments: list[str], message: str) -> None:
    result = command(*arguments)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert message in plain(result.stderr)
