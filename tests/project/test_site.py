"""The documentation can be built, offline, and holds every public name."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.project.rooms import PICTURE, drawn

FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=[\"']?(?:https?:)?//"
    r"|<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//"
    r"|url\([\"']?(?:https?:)?//|@import [\"'](?:https?:)?//"
)
"""What makes a browser ask another host as soon as a page is opened; links are followed by people only."""
ROOMS = "ground|manifests|policy|inventory|connectivity|flows|drawing|panels|cli"
MODULE = re.compile(rf"`(?:workbench\.)?((?:{ROOMS})(?:\.\w+)+)(?:\(.*?\))?`")


def doors(project: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each room with the names at its door, as its stub lists them."""
    for stub in sorted((project / "workbench").glob("*/__init__.pyi")):
        imports = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
        yield stub.parent.name, [name.asname or name.name for node in imports for name in node.names]


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the pages."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(project)}
    done = subprocess.run(  # noqa: S603  (a command of ours)
        command, cwd=project, env=quiet, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.mark.slow
def test_every_public_name_is_in_the_reference(project: Path, site: Path) -> None:
    for room, names in doors(project):
        page = (site / "api" / f"{room}.html").read_text(encoding="utf-8")
        assert names
        assert [name for name in names if f'id="workbench.{room}.{name}"' not in page] == []


@pytest.mark.slow
def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    files = [file for file in site.rglob("*") if file.suffix in {".html", ".css", ".svg"}]
    asking = [str(file.relative_to(site)) for file in files if FETCHED.search(file.read_text(encoding="utf-8"))]
    assert len(files) > 20
    assert asking == []


@pytest.mark.slow
def test_every_link_within_the_site_leads_to_a_heading_or_a_page(site: Path) -> None:
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html") if page.name != "404.html"}
    marks = {page: set(re.findall(r'\bid="([^"]+)"', text)) for page, text in pages.items()}
    links = [
        (page, (page.parent / path).resolve() if path else page, mark)
        for page, text in pages.items()
        for path, mark in re.findall(r'<a\b[^>]*\bhref="(?![a-z]+:)([^"#]*)#?([^"]*)"', text)
    ]
    assert len(links) > 1000
    broken = {(page.name, to.name, mark) for page, to, mark in links if mark and mark not in marks[to]}
    assert broken | {(page.name, to.name, mark) for page, to, mark in links if not to.exists()} == set()


@pytest.mark.slow
def test_tables_that_docstrings_name_are_links_to_their_columns(site: Path) -> None:
    page = (site / "api" / "connectivity.html").read_text(encoding="utf-8")
    assert '<a href="../tables.html#connectivityreach"><code>frames.REACH</code></a>' in page
    assert "#clusterproblems" in (site / "api" / "inventory.html").read_text(encoding="utf-8")


def test_the_picture_of_the_rooms_is_that_of_the_imports(project: Path) -> None:
    message = "make it anew: python -m tests.project.rooms"
    assert (project / PICTURE).read_text(encoding="utf-8") == drawn(project), message


@pytest.mark.parametrize("page", ["architecture", "engine", "flow-rules"])
def test_modules_that_a_page_names_are_there(project: Path, page: str) -> None:
    text = (project / "docs" / f"{page}.md").read_text(encoding="utf-8")
    named = set(MODULE.findall(text))
    assert named
    assert [name for name in sorted(named) if not is_there(f"workbench.{name}")] == []


def test_modules_of_the_engine_that_its_page_names_are_there(project: Path) -> None:
    text = (project / "docs" / "engine.md").read_text(encoding="utf-8")
    named = {name for listed in re.findall(r"\(((?:`\w+`(?:, )?)+)\)", text) for name in re.findall(r"\w+", listed)}
    there = {file.stem for file in (project / "workbench/connectivity/engine").glob("*.py")}
    assert "classes" in named
    assert named - there == set()


def is_there(path: str) -> bool:
    """Tell whether a dotted path leads to a module, or to something in one."""
    module, _, name = path.rpartition(".")
    try:
        import_module(path)
    except ModuleNotFoundError:
        return bool(module.count(".")) and hasattr(import_module(module), name)
    return True
