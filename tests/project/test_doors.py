"""Rooms are entered by their front doors: what another room imports, the room's own ``__init__`` hands out."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

ROOMS = (
    "ground",
    "manifests",
    "policy",
    "inventory",
    "external",
    "connectivity",
    "flows",
    "generate",
    "whatif",
    "drawing",
    "workspace",
    "panels",
)


class Import(NamedTuple):
    """A module of a room that names another room, or a part of it."""

    file: Path
    line: int
    module: str


def imports_across_rooms(project: Path) -> Iterator[Import]:
    for file in sorted((project / "workbench").rglob("*.py*")):
        if file.suffix in {".py", ".pyi"}:
            room = file.relative_to(project / "workbench").parts[0]
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ImportFrom) and not node.level:
                    named = [node.module or ""]
                elif isinstance(node, ast.Import):
                    named = [alias.name for alias in node.names]
                else:
                    continue
                yield from (Import(file, node.lineno, name) for name in named if is_of_another_room(name, room))


def is_of_another_room(module: str, room: str) -> bool:
    return module.startswith("workbench.") and module.split(".")[1] != room


def test_rooms_are_entered_by_their_front_doors(project: Path) -> None:
    by_window = [found for found in imports_across_rooms(project) if found.module.count(".") > 1]
    assert by_window == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_at_a_rooms_door_can_be_imported(room: str) -> None:
    door = import_module(f"workbench.{room}")
    assert dir(door)
    assert all(getattr(door, name) is not None for name in dir(door))


def test_no_two_rooms_hand_out_one_name_for_different_things() -> None:
    homes = defaultdict(set)
    for room in ROOMS:
        door = import_module(f"workbench.{room}")
        for name in dir(door):
            homes[name].add(f"workbench.{room}")
    assert {name: sorted(rooms) for name, rooms in homes.items() if len(rooms) > 1} == {}
