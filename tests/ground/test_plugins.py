"""Whatever can be extended is extended in the same three ways, and what fails to load stops nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from workbench.ground import Plugins, plugins
from workbench.ground.plugins import UnknownPluginError

GROUP = "netpol_workbench_test.greetings"


@pytest.fixture
def greetings() -> Plugins[str]:
    return Plugins("greeting", group=GROUP)


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package that offers a greeting, one whose module is broken, and one that registers nothing."""
    offers = "import greetings_here\ngreetings_here.ALL.register('hej', 'Hej!')\n"
    (tmp_path / "greetings_offered.py").write_text(offers)
    (tmp_path / "greetings_broken.py").write_text("1 / 0\n")
    (tmp_path / "greetings_here.py").write_text("ALL = None\n")
    metadata = tmp_path / "greetings_offered-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: greetings-offered\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(
        f"[{GROUP}]\nhej = greetings_offered\nbroken = greetings_broken\nempty = greetings_here\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plugins.all_entry_points.cache_clear()
    yield
    plugins.all_entry_points.cache_clear()
    for name in ("greetings_offered", "greetings_broken", "greetings_here"):
        sys.modules.pop(name, None)


def test_what_is_registered_is_known_by_its_name(greetings: Plugins[str]) -> None:
    greetings.register("hello", "Hello!")
    assert greetings.names() == ("hello",)
    assert greetings.named("hello") == "Hello!"
    assert "hello" in greetings
    assert "hallo" not in greetings


def test_registering_again_replaces_as_when_a_cell_runs_twice(greetings: Plugins[str]) -> None:
    greetings.register("hello", "Hello!")
    greetings.register("hello", "Hello again!")
    assert list(greetings) == ["Hello again!"]


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(greetings: Plugins[str]) -> None:
    greetings.register("hello", "Hello!")
    greetings.register("bye", "Bye!")
    with pytest.raises(UnknownPluginError, match="unknown greeting 'hallo'; there are bye, hello"):
        greetings.named("hallo")
    assert greetings.get("hallo") is None


@pytest.mark.usefixtures("offered")
def test_a_package_offers_its_own_by_an_entry_point(greetings: Plugins[str]) -> None:
    import greetings_here  # type: ignore[import-not-found]  # noqa: PLC0415  (the fixture makes it)

    greetings_here.ALL = greetings
    assert "hej" in greetings.names()
    assert greetings.named("hej") == "Hej!"


@pytest.mark.usefixtures("offered")
def test_what_cannot_be_loaded_is_a_problem_and_stops_nothing_else(greetings: Plugins[str]) -> None:
    import greetings_here  # noqa: PLC0415  (the fixture makes it)

    greetings_here.ALL = greetings
    greetings.register("hello", "Hello!")
    assert list(greetings) == ["Hej!", "Hello!"]
    broken, empty = greetings.problems
    assert broken.code == empty.code == "plugin-not-loaded"
    assert broken.message == (
        "the greeting 'broken' cannot be loaded from greetings_broken: ZeroDivisionError: division by zero"
    )
    assert "greetings-offered" in broken.remedy
    assert empty.message == "the greeting 'empty' is not registered by greetings_here"
    with pytest.raises(UnknownPluginError, match="ZeroDivisionError"):
        greetings.named("broken")


def test_each_module_of_a_package_of_ours_registers_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "greetings_home"
    package.mkdir()
    (package / "__init__.py").write_text("ALL = None\n")
    (package / "servus.py").write_text("import greetings_home\ngreetings_home.ALL.register('servus', 'Servus!')\n")
    monkeypatch.syspath_prepend(tmp_path)
    import greetings_home  # type: ignore[import-not-found]  # noqa: PLC0415  (just written)

    monkeypatch.setattr(plugins, "_HOMES", {})
    plugins.offer_home(GROUP, "greetings_home")
    found: Plugins[str] = Plugins("greeting", group=GROUP)
    greetings_home.ALL = found
    assert found.named("servus") == "Servus!"


def test_what_imports_long_is_offered_as_other_packages_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greetings_above.py").write_text("import greetings_found\ngreetings_found.ALL.register('hi', 'Hi!')\n")
    (tmp_path / "greetings_found.py").write_text("ALL = None\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_OURS", {})
    plugins.offer(GROUP, "hi", "greetings_above")
    greetings: Plugins[str] = Plugins("greeting", group=GROUP)
    assert greetings.names() == ("hi",)
    assert "greetings_above" not in sys.modules
    found = import_module("greetings_found")
    found.ALL = greetings  # type: ignore[attr-defined]
    assert greetings.named("hi") == "Hi!"


def test_one_module_of_ours_registers_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greetings_many.py").write_text(
        "import greetings_kept\nfor name in ('ahoj', 'ciao'):\n    greetings_kept.ALL.register(name, name.title())\n"
    )
    (tmp_path / "greetings_kept.py").write_text("ALL = None\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "_HOMES", {})
    greetings: Plugins[str] = Plugins("greeting", group=GROUP)
    plugins.offer_home(GROUP, "greetings_many")
    found = import_module("greetings_kept")
    found.ALL = greetings  # type: ignore[attr-defined]
    assert "greetings_many" not in sys.modules
    assert greetings.names() == ("ahoj", "ciao")
    assert greetings.named("ciao") == "Ciao"
