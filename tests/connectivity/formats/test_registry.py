from __future__ import annotations

import importlib
import re
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import pytest

from tests.connectivity.formats.maps import SHOP
from workbench.connectivity import MAPS
from workbench.connectivity.edges import ConnectivityLike
from workbench.connectivity.formats import (
    register_format,
    rows,
)
from workbench.ground import UnknownPluginError, plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.connectivity import IpRanges

PLUGIN = """
from workbench.connectivity.formats import register_format
@register_format("tsv")
def tsv(connectivity, ip_ranges):
    "Write tabs."
    return "a\\tb"
"""


@pytest.fixture(autouse=True)
def _packages_are_looked_for_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "all_entry_points", entry_points)
    MAPS._plugins.__dict__.pop("_offered", None)
    yield
    MAPS._plugins.__dict__.pop("_offered", None)
    MAPS._plugins._failed.clear()


def count(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Write how many connections there are.

    A second line.
    """
    return str(len(list(rows(connectivity, ip_ranges))))


def offer(folder: Path, monkeypatch: pytest.MonkeyPatch, *, module: str, text: str) -> None:
    """Install a distribution that offers the format `tsv`."""
    (folder / f"{module}.py").write_text(text)
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{MAPS.entry_points}]\ntsv = {module}\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, module, raising=False)


def test_the_formats_of_the_reference_tool_are_there() -> None:
    assert {"txt", "csv", "json", "md", "dot", "svg"} <= set(MAPS.names())


def test_every_format_explains_itself() -> None:
    assert all(MAPS.named(name).docs for name in MAPS.names())


def test_a_users_own_format_is_used_like_any_other() -> None:
    register_format("count", suffix=".n")(count)
    assert MAPS.render("count", SHOP, "merged") == "4"
    assert MAPS.of_file("out/map.n").name == "count"
    assert MAPS.named("count").description == "Write how many connections there are."


def test_registering_twice_replaces_as_when_a_cell_runs_again() -> None:
    register_format("count")(count)
    register_format("count")(lambda _connectivity, _ranges: "again")
    assert MAPS.render("count", SHOP, "merged") == "again"


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPluginError, match=f"unknown format 'pdf'; there are {', '.join(MAPS.names())}"):
        MAPS.render("pdf", SHOP, "merged")


@pytest.mark.parametrize("path", ["map.pdf", "map", ".txt"])
def test_an_unknown_file_ending_lists_the_known_ones(path: str) -> None:
    endings = ", ".join(MAPS.named(name).suffix for name in MAPS.names())
    with pytest.raises(UnknownPluginError, match=re.escape(f"known endings are {endings}")):
        MAPS.of_file(path)


@pytest.mark.parametrize("path", ["map.svg", "a.b/map.SVG"])
def test_a_file_ending_names_the_format(path: str) -> None:
    assert MAPS.of_file(path).name == "svg"


def test_another_package_offers_a_format_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_works", text=PLUGIN)
    assert "tsv" in MAPS.names()
    assert MAPS.render("tsv", SHOP, "merged") == "a\tb"


def test_a_package_that_fails_to_load_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_fails", text="1 / 0")
    with pytest.raises(UnknownPluginError, match="'tsv' cannot be loaded from plugin_that_fails: ZeroDivisionError"):
        MAPS.render("tsv", SHOP, "merged")


def test_a_package_that_registers_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, monkeypatch, module="plugin_that_forgets", text="")
    with pytest.raises(UnknownPluginError, match="format 'tsv' is not registered by plugin_that_forgets"):
        MAPS.render("tsv", SHOP, "merged")
