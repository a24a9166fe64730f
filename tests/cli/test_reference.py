"""``map --reference``: options that netpol-analyzer leaves out of account, and names that it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import Ended, command

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = """\
shop/web[Pod] => 0.0.0.0-255.255.255.255[External] : All Connections
shop/web[Pod] => shop/db[Pod] : TCP 5432
"""


def listed(shop: Path, *options: str) -> Ended:
    """Run the map as netpol-analyzer would: it always answers."""
    result = command("connectivity", "map", shop, "--reference", *options)
    assert result.exit_code == 0
    return result


def test_a_part_of_an_explanation_counts_beside_an_explanation_only(shop: Path) -> None:
    result = listed(shop, "--explain-only", "deny")
    assert result.stdout == PLAIN
    assert "--explain-only is left out, as by netpol-analyzer" in result.stderr
    assert command("connectivity", "map", shop, "--explain-only", "deny").stdout.startswith("\n####")


@pytest.mark.parametrize("format_name", ["csv", "json", "md", "dot"])
def test_an_explanation_is_text_only(shop: Path, format_name: str) -> None:
    result = listed(shop, "--explain", "-o", format_name)
    assert result.stdout == listed(shop, "-o", format_name).stdout
    assert "--explain is left out, as by netpol-analyzer" in result.stderr


def test_an_exposure_goes_with_workloads_in_focus_and_not_with_their_peers(shop: Path) -> None:
    focus = ["--focusworkload", "web", "--focusworkload-peer", "db"]
    result = listed(shop, *focus, "--exposure")
    assert result.stdout == listed(shop, *focus).stdout == "shop/web[Pod] => shop/db[Pod] : TCP 5432\n"
    assert "--exposure is left out, as by netpol-analyzer" in result.stderr
    assert "Exposure Analysis Result:" in listed(shop, *focus[:2], "--exposure").stdout
    assert "Exposure Analysis Result:" in command("connectivity", "map", shop, *focus, "--exposure").stdout


def test_an_exposure_does_not_follow_a_part_of_an_explanation(shop: Path) -> None:
    asked = ["--explain", "--explain-only", "allow"]
    assert listed(shop, *asked, "--exposure").stdout == listed(shop, *asked).stdout
    assert "Exposure Analysis Result:" in listed(shop, "--explain", "--exposure").stdout


def test_peers_count_beside_workloads_only(shop: Path) -> None:
    assert listed(shop, "--focusworkload-peer", "db").stdout == PLAIN
    assert command("connectivity", "map", shop, "--focusworkload-peer", "db").exit_code == 2


def test_names_that_mean_no_workload_are_left_out(shop: Path) -> None:
    result = listed(shop, "--focusworkload", "db,nothing")
    assert result.stdout == listed(shop, "--focusworkload", "db").stdout
    assert "no workload is called nothing" in result.stderr
    assert listed(shop, "--focusworkload", "db,nothing", "-q").stderr == ""
    assert command("connectivity", "map", shop, "--focusworkload", "db,nothing").exit_code == 2


@pytest.mark.parametrize(
    "options,text",
    [
        (["-o", "txt"], ""),
        (["-o", "csv"], "src,dst,conn\n"),
        (["-o", "json"], "[]\n"),
        (["-o", "md"], "| src | dst | conn |\n|-----|-----|------|\n"),
        (["-o", "dot"], "digraph {\n}\n"),
        (["--focus-conn", "tcp-80"], "Permitted connections on TCP 80:\n"),
        (["--exposure"], "Exposure Analysis Result:\n"),
        (["--explain"], ""),
        (["--explain", "--exposure"], "Exposure Analysis Result:\n"),
    ],
)
def test_without_any_known_name_the_answer_is_that_of_an_empty_cluster(
    shop: Path, options: list[str], text: str
) -> None:
    assert listed(shop, "--focusworkload", "nothing,none", *options).stdout == text


def test_without_any_known_peer_there_is_nothing_either(shop: Path) -> None:
    result = listed(shop, "--focusworkload", "web", "--focusworkload-peer", "nothing")
    assert (result.stdout, "no workload is called nothing" in result.stderr) == ("", True)


def test_peers_in_focus_are_drawn_also_without_connections(shop: Path) -> None:
    focus = ["--focusworkload", "db", "--focusworkload-peer", "web", "--focus-direction", "egress", "-o", "dot"]
    assert '"shop/web[Pod]"' in listed(shop, *focus).stdout
    assert '"shop/web[Pod]"' not in command("connectivity", "map", shop, *focus).stdout
