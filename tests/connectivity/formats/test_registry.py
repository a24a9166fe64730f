from __future__ import annotations

import importlib
import re
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, get_args

import pytest

from tests.connectivity.formats.maps import SHOP
from workbench.connectivity.edges import ConnectivityLike
from workbench.connectivity.formats.rows import map_rows
from workbench.ground import (
    ANSWER_FORMATS,
    BinaryFormat,
    TextFormat,
    UnknownPluginError,
    plugins,
    register_format,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.connectivity import IpRanges

PLUGIN = """
from workbench.ground import register_format
@register_format("map", "tsv")
def tsv(connectivity, ip_ranges):
    "Write tabs."
    return "a\\tb"
"""


@pytest.fixture(autouse=True)
def _packages_are_looked_for_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "all_entry_points", entry_points)
    ANSWER_FORMATS.plugins.__dict__.pop("_offered", None)
    yield
    ANSWER_FORMATS.plugins.__dict__.pop("_offered", None)
    ANSWER_FORMATS.plugins._failed.clear()


def count(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write how many connections there are.

    A second line.
    """
    return str(len(list(map_rows(connectivity, ip_ranges))))


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, *, module: str, text: str) -> None:
    """Install a distribution that offers the format `tsv` of maps."""
    (folder / f"{module}.py").write_text(text)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{ANSWER_FORMATS.plugins.group}]\nmap.tsv = {module}\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, module, raising=False)


def test_the_formats_of_the_reference_tool_are_there() -> None:
    assert {"txt", "csv", "json", "md", "dot", "svg"} <= set(ANSWER_FORMATS.names("map"))


def test_every_format_explains_itself() -> None:
    assert all(ANSWER_FORMATS.named("map", name).docs for name in ANSWER_FORMATS.names("map"))


def test_a_users_own_format_is_used_like_any_other() -> None:
    register_format("map", "count", suffix=".n")(count)
    assert ANSWER_FORMATS.render("map", "count", SHOP, "merged") == "4"
    assert ANSWER_FORMATS.of_file("map", "out/map.n").name == "count"
    assert ANSWER_FORMATS.named("map", "count").description == "Write how many connections there are."


def test_a_users_own_format_may_be_bytes() -> None:
    @register_format("map", "packed", binary=True)
    def packed(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> bytes:
        return count(connectivity, ip_ranges).encode()

    assert ANSWER_FORMATS.render("map", "packed", SHOP, "merged") == b"4"
    assert ANSWER_FORMATS.named("map", "packed").binary


def test_our_formats_are_what_their_types_say() -> None:
    ours = {answer: ANSWER_FORMATS.names(answer) for answer in ANSWER_FORMATS.answers()}
    for answer, names in ours.items():
        assert {name for name in names if ANSWER_FORMATS.named(answer, name).binary} <= {*get_args(BinaryFormat)}
        assert {name for name in names if not ANSWER_FORMATS.named(answer, name).binary} <= {*get_args(TextFormat)}
    assert {name for names in ours.values() for name in names} == {*get_args(TextFormat), *get_args(BinaryFormat)}


def test_a_format_of_one_answer_is_none_of_another() -> None:
    register_format("map", "count")(count)
    assert "map" in ANSWER_FORMATS.answers()
    assert "count" not in ANSWER_FORMATS.names("diff")
    with pytest.raises(UnknownPluginError, match="unknown format 'count'; there are csv, dot, json, md, png, svg, txt"):
        ANSWER_FORMATS.named("diff", "count")


def test_an_unknown_kind_of_answer_lists_the_known_ones() -> None:
    known = ", ".join(ANSWER_FORMATS.answers())
    with pytest.raises(UnknownPluginError, match=f"unknown kind of answer 'maps'; there are {known}"):
        ANSWER_FORMATS.render("maps", "txt", SHOP, "merged")


@pytest.mark.parametrize("answer", ["maps", "Map", "", "map.txt"])
def test_a_format_of_an_unknown_kind_of_answer_is_refused_with_the_known_ones(answer: str) -> None:
    known = (
        "answer, audit, audit-diff, cut, diff, explanation, exposure, findings, map, networks, outcomes, proposal, "
        "repair, simulation, simulations, table, used, verification, violations"
    )
    with pytest.raises(UnknownPluginError, match=f"unknown kind of answer '{answer}'; there are {known}"):
        register_format(answer, "count")
    assert "count" not in ANSWER_FORMATS.names(answer)


def test_a_package_with_answers_of_its_own_declares_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ANSWER_FORMATS, "_answers", set(ANSWER_FORMATS.answers()))
    ANSWER_FORMATS.declare("bill")
    register_format("bill", "lines")(lambda answer: f"{len(answer)} lines")
    assert ANSWER_FORMATS.render("bill", "lines", "ab") == "2 lines"


def test_registering_twice_replaces_as_when_a_cell_runs_again() -> None:
    register_format("map", "count")(count)
    register_format("map", "count")(lambda _connectivity, _ranges: "again")
    assert ANSWER_FORMATS.render("map", "count", SHOP, "merged") == "again"


def test_an_unknown_name_lists_the_known_ones() -> None:
    known = ", ".join(ANSWER_FORMATS.names("map"))
    with pytest.raises(UnknownPluginError, match=f"unknown format 'pdf'; there are {known}"):
        ANSWER_FORMATS.render("map", "pdf", SHOP, "merged")


@pytest.mark.parametrize("path", ["map.pdf", "map", ".txt"])
def test_an_unknown_file_ending_lists_the_known_ones(path: str) -> None:
    endings = ", ".join(ANSWER_FORMATS.named("map", name).suffix for name in ANSWER_FORMATS.names("map"))
    with pytest.raises(UnknownPluginError, match=re.escape(f"known endings are {endings}")):
        ANSWER_FORMATS.of_file("map", path)


@pytest.mark.parametrize("path", ["map.svg", "a.b/map.SVG"])
def test_a_file_ending_names_the_format(path: str) -> None:
    assert ANSWER_FORMATS.of_file("map", path).name == "svg"


def test_another_package_offers_a_format_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_works", text=PLUGIN)
    assert "tsv" in ANSWER_FORMATS.names("map")
    assert ANSWER_FORMATS.render("map", "tsv", SHOP, "merged") == "a\tb"


def test_a_package_that_fails_to_load_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_fails", text="1 / 0")
    with pytest.raises(UnknownPluginError, match=r"'map\.tsv' cannot be loaded from plugin_that_fails: Zero"):
        ANSWER_FORMATS.render("map", "tsv", SHOP, "merged")


def test_a_package_that_registers_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_forgets", text="")
    with pytest.raises(UnknownPluginError, match=r"format 'map\.tsv' is not registered by plugin_that_forgets"):
        ANSWER_FORMATS.render("map", "tsv", SHOP, "merged")
