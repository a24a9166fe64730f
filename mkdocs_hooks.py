"""Pages of the documentation that are made when it is built: those at the root, and the reference."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent
AT_ROOT = {"index.md": "README.md", "changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
"""Pages of the site that are files beside this one."""
NOT_PAGES = (
    "benchmarks/",
    "data/",
    "notebooks/",
    "requirements/",
    "tests/",
    "workbench/",
    "LICENSE",
    "Makefile",
    ".",
)
OUTSIDE = re.compile(rf"\[([^\]]+)\]\((?:{'|'.join(map(re.escape, NOT_PAGES))})[^)]*\)")
"""A link from a page to something of the project that is no page."""
TABLE = re.compile(r"<code>(?:workbench\.ground\.)?(?P<room>frames\.)?(?P<name>(?<=frames\.)[A-Z_]+|PROBLEMS)</code>")
"""The name of a table in a docstring."""
HERE_ALREADY = "workbench"
"""The door whose names are those of the rooms, put together for people."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave pages out of the navigation whose source is not there."""
    missing = {page for page, source in AT_ROOT.items() if not (ROOT / source).exists()}
    config.nav = [entry for entry in config.nav or () if not _leads_to(entry, missing)]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    for page, content in _pages():
        files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  (as mkdocs calls it)
    """Lead links to where files are in the site; those to files that are not part of it become their text."""
    for made, source in AT_ROOT.items():
        markdown = markdown.replace(f"](../{source}", f"]({made}")
    return OUTSIDE.sub(r"\1", markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  (as mkdocs calls it)
    """Lead the names of tables in docstrings, such as `frames.REACH`, to the page of tables."""
    if not page.file.src_uri.startswith("api/"):
        return html
    room = f"workbench.{page.file.name}"
    return TABLE.sub(lambda found: _table_link(found, room), html)


def _table_link(found: re.Match[str], room: str) -> str:
    """Return a link to the description of a table on the page of tables; its name if it has none there."""
    home = import_module(f"{room}.frames") if found["room"] else import_module("workbench.ground")
    table = getattr(home, found["name"])
    listed = f"### `{table.name}`" in (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    return f'<a href="../tables.html#{slugify(table.name, "-")}">{found[0]}</a>' if listed else found[0]


def _pages() -> Iterator[tuple[str, str]]:
    for page, source in AT_ROOT.items():
        if (ROOT / source).exists():
            yield page, _at_site((ROOT / source).read_text(encoding="utf-8"))
    for stub in sorted((ROOT / "workbench").glob("**/__init__.pyi")):
        door = ".".join(stub.parent.relative_to(ROOT).parts)
        if door.count(".") < 2:  # noqa: PLR2004  (a door within a room is for that room)
            yield f"api/{door.rpartition('.')[2]}.md", _reference(door, stub)


def _at_site(text: str) -> str:
    """Return a page of the root as it stands beside those of `docs/`: its links lead where they led."""
    pages = {"docs/": "", **{source: page for page, source in AT_ROOT.items()}}
    for there, here in pages.items():
        text = text.replace(f"]({there}", f"]({here}")
    return text


def _reference(door: str, stub: Path) -> str:
    """Return the page of a front door: each name that it hands out."""
    text = (stub.parent / "__init__.py").read_text(encoding="utf-8")
    lines = [f"# {door}", "", ast.get_docstring(ast.parse(text)) or "", ""]
    for imported in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(imported, ast.ImportFrom):
            for name in imported.names:
                shown = name.asname or name.name
                if door == HERE_ALREADY:
                    room = (imported.module or "").partition(".")[0]
                    lines.append(f"- [`{shown}`]({room}.md#{door}.{room}.{shown})")
                elif callable(getattr(import_module(door), shown)):
                    home = import_module(f"{door}.{imported.module}").__name__
                    lines += [f'<a id="{door}.{shown}"></a>', "", f"::: {home}.{name.name}", ""]
                else:
                    meaning = _meaning(import_module(f"{door}.{imported.module}"), name.name)
                    lines += [f"## `{shown}` {{ #{door}.{shown} }}", "", meaning, ""]
    return "\n".join([*lines, ""])


def _meaning(module: ModuleType, name: str) -> str:
    """Return the text below the assignment of a constant; empty where there is none."""
    body = ast.parse(inspect.getsource(module)).body
    for node, after in itertools.pairwise(body):
        assigned = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names = {found.id for target in assigned if target for found in ast.walk(target) if isinstance(found, ast.Name)}
        if name in names and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return str(after.value.value)
    return ""


def _leads_to(entry: dict[str, Any] | str, pages: set[str]) -> bool:
    return isinstance(entry, dict) and any(value in pages for value in entry.values() if isinstance(value, str))
