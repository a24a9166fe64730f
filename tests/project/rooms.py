"""The picture of the rooms in `docs/rooms.svg`, made from the import graph: ``python -m tests.project.rooms``."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path("docs/rooms.svg")
WIDTH, HEIGHT, GAP, MARGIN = 240, 44, 26, 16

__all__ = ["PICTURE", "drawn", "imports_between_rooms"]


def floors(project: Path) -> list[list[str]]:
    """Return the rooms that are built, floor by floor from above, as import-linter's contract lists them."""
    settings = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    names = [[name.strip(" ()") for name in layer.split("|")] for layer in layers]
    built = [[name for name in floor if (project / "workbench" / name / "__init__.py").exists()] for floor in names]
    return [floor for floor in built if floor]


def imports_between_rooms(rooms: Iterable[str]) -> dict[str, set[str]]:
    """Return which rooms each room imports, by the imports of all its modules."""
    graph = grimp.build_graph("workbench")
    found: dict[str, set[str]] = {room: set() for room in rooms}
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            one, other = (f"{name}.".split(".")[1] for name in (importer, imported))
            if one != other and {one, other} <= set(found):
                found[one].add(other)
    return found


def reduced(imports: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Return the imports that do not follow from others, sorted; `imports` has no cycles."""
    beyond: dict[str, set[str]] = {}

    def reached(room: str) -> set[str]:
        if room not in beyond:
            beyond[room] = imports[room].union(*(reached(other) for other in imports[room]))
        return beyond[room]

    return [
        (room, other)
        for room in sorted(imports)
        for other in sorted(imports[room])
        if not any(other in reached(between) for between in imports[room])
    ]


def drawn(project: Path) -> str:
    """Return the picture as SVG: a box for each room, with the question that it answers."""
    layers = floors(project)
    widest = max(map(len, layers))
    page = MARGIN * 2 + widest * WIDTH + (widest - 1) * GAP + 2 * GAP  # arrows bend into the margins
    places = {}
    for level, floor in enumerate(layers):
        left = (page - len(floor) * WIDTH - (len(floor) - 1) * GAP) / 2
        for number, room in enumerate(floor):
            places[room] = (left + number * (WIDTH + GAP), MARGIN + level * (HEIGHT + GAP))
    bottom = MARGIN * 2 + len(layers) * (HEIGHT + GAP) - GAP
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {page} {bottom}" width="{page}" role="img" '
            'font-family="sans-serif" font-size="12">'
        ),
        "<title>The rooms of netpol-workbench, and which of them import which</title>",
        (
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0L8 4L0 8z" fill="#5c6670"/></marker></defs>'
        ),
        f'<rect width="{page}" height="{bottom}" fill="#ffffff"/>',
    ]
    for room, other in reduced(imports_between_rooms(places)):
        lines.append(arrow(places[room], places[other]))
    for room, place in places.items():
        lines += box(project, room, place)
    return "\n".join([*lines, "</svg>", ""])


def arrow(above: tuple[float, float], below: tuple[float, float]) -> str:
    """Return an arrow from the bottom of one box to the top of another; it leaves boxes between aside."""
    (x1, y1), (x2, y2) = above, below
    start, end = (x1 + WIDTH / 2, y1 + HEIGHT), (x2 + WIDTH / 2, y2 - 1)
    if y2 - y1 > HEIGHT + GAP and x1 == x2:
        side = x1 + WIDTH + GAP
        path = f"M{x1 + WIDTH} {y1 + HEIGHT / 2}C{side} {y1 + HEIGHT} {side} {y2} {x2 + WIDTH + 1} {y2 + HEIGHT / 2}"
    else:
        middle = (start[1] + end[1]) / 2
        path = f"M{start[0]} {start[1]}C{start[0]} {middle} {end[0]} {middle} {end[0]} {end[1]}"
    return f'<path d="{path}" fill="none" stroke="#5c6670" marker-end="url(#tip)"/>'


def box(project: Path, room: str, place: tuple[float, float]) -> list[str]:
    """Return the box of a room: its name, and how its docstring begins."""
    x, y = place
    module = ast.parse((project / "workbench" / room / "__init__.py").read_text(encoding="utf-8"))
    question = re.split("[:,.]", ast.get_docstring(module) or "")[0].replace("\n", " ")
    return [
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#eef4fb" stroke="#0a53b8"/>',
        f'<text x="{x + 10}" y="{y + 16}" font-weight="bold">{escape(room)}</text>',
        f'<text x="{x + 10}" y="{y + 33}">{escape(question)}</text>',
    ]


if __name__ == "__main__":
    (ROOT / PICTURE).write_text(drawn(ROOT), encoding="utf-8")
