"""Docstrings of public names say what numpydoc asks for, as `pyproject.toml` chooses it."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from numpydoc.validate import validate
from pydantic import BaseModel

from workbench.ground import Result, Table


class Documented(NamedTuple):
    path: str
    value: Any


def doors(project: Path) -> list[str]:
    """Return the package and its rooms: what people import; a door within a room is for that room."""
    stubs = [project / "workbench" / "__init__.pyi", *sorted((project / "workbench").glob("*/__init__.pyi"))]
    return [".".join(stub.parent.relative_to(project).parts) for stub in stubs]


def public(project: Path, door: str) -> Iterator[Documented]:
    """Yield the functions and classes at a door, and the methods and properties of these."""
    stub = project.joinpath(*door.split("."), "__init__.pyi")
    imports = [node for node in ast.parse(stub.read_text()).body if isinstance(node, ast.ImportFrom)]
    for name in (alias.asname or alias.name for node in imports for alias in node.names):
        value = getattr(import_module(door), name)
        if inspect.isfunction(value) or inspect.isclass(value):
            path = f"{value.__module__}.{value.__qualname__}"
            yield Documented(path, value)
            if inspect.isclass(value):
                yield from (Documented(f"{path}.{name}", method) for name, method in methods(value))


def methods(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class, those of its bases in this package among them."""
    bases = [base for base in owner.__mro__ if base.__module__.partition(".")[0] == "workbench"]
    named = {name: value for base in reversed(bases) for name, value in vars(base).items()}
    for name, value in named.items():
        method = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if not name.startswith("_") and (inspect.isfunction(method) or isinstance(method, property)):
            yield name, method


def is_made_as_its_base(value: object) -> bool:
    """Tell whether it is a class without a constructor of its own: that of its base is documented there."""
    return isinstance(value, type) and "__init__" not in vars(value) and value.__base__ is not object


AS_GIVEN = frozenset(
    {
        "workbench.panels.frame.table.PanelTable.selected",
        "workbench.report.audit.Audit.frame",
        "workbench.report.context.AuditContext.within",
        "workbench.report.context.AuditContext.of_workloads",
    }
)
"""What returns rows of a frame that it was given or asked for, whichever that is."""


def is_value(value: object) -> bool:
    """Tell whether a class is what it holds: its fields are its attributes, and stand there with their types."""
    kinds = (tuple, Enum, BaseException, BaseModel)
    is_protocol = getattr(value, "_is_protocol", False)
    return inspect.isclass(value) and (is_protocol or is_dataclass(value) or issubclass(value, kinds))


def says_its_parameters(value: object, text: str) -> bool:
    """Tell whether a docstring without a section of parameters does without: there is one, or it names all."""
    if not inspect.isfunction(value) or re.search(r"^\s*Parameters$", text, re.MULTILINE):
        return False
    names = [name for name in inspect.signature(value).parameters if name not in {"self", "cls"}]
    return len(names) == 1 or all(re.search(rf"\b{name}\b", text) for name in names)


def is_context(value: object) -> bool:
    """Tell whether a function is a context manager, which is left and not walked."""
    return inspect.isfunction(value) and hasattr(value, "__wrapped__")


@pytest.fixture(scope="module")
def settings(project: Path) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["numpydoc_validation"]
    return found


def faults(documented: Documented, settings: dict[str, Any]) -> list[str]:
    """Return what numpydoc finds, of the checks that are chosen."""
    found = validate(documented.path)
    text = inspect.cleandoc(found["docstring"] or "")
    excused = {
        "PR01": is_value(documented.value)
        or is_made_as_its_base(documented.value)
        or says_its_parameters(documented.value, text),
        "YD01": is_context(documented.value),
    }
    return [
        f"{documented.path}: {code} {message}"
        for code, message in found["errors"]
        if code in settings["checks"]
        and not excused.get(code)
        and not any(re.search(pattern, text) for pattern in settings.get(f"override_{code}", ()))
    ]


def test_public_names_are_documented_as_numpydoc_asks(project: Path, settings: dict[str, Any]) -> None:
    named = {documented for door in doors(project) for documented in public(project, door)}
    assert len(named) > 300
    assert [
        fault for documented in sorted(named, key=lambda one: one.path) for fault in faults(documented, settings)
    ] == []


@pytest.mark.parametrize(
    "text,is_enough",
    [
        ("Return the sum of `one` and `other`.", True),
        ("Return the sum of one and other.", True),
        ("Return the sum.", False),
        ("Return the sum of `one`.", False),
        ("Return the sum of `one` and `other`.\n\nParameters\n----------\none : int", False),
    ],
)
def test_a_docstring_names_all_parameters_or_lists_all(text: str, *, is_enough: bool) -> None:
    def added(one: int, other: int) -> int:
        return one + other

    assert says_its_parameters(added, text) is is_enough


def returns_frame(value: object) -> bool:
    """Tell whether a function makes a frame of a table of its own: not of the one it is given, nor of any answer."""
    function = value.fget if isinstance(value, property) else value
    if not inspect.isfunction(function) or function.__module__ in {Table.__module__, Result.__module__}:
        return False
    notes = {name: "DataFrame" in str(note) for name, note in function.__annotations__.items()}
    return notes.pop("return", False) and not (notes and all(notes.values()))


def test_functions_that_return_frames_name_the_table_that_has_the_columns(project: Path) -> None:
    rooms = [door for door in doors(project) if door == "workbench.ground" or has_tables(project, door)]
    named = {documented for door in rooms for documented in public(project, door)}
    found = {one.path: inspect.getdoc(one.value) or "" for one in named if returns_frame(one.value)}
    assert len(found) > 30
    for path, text in found.items():
        if path in AS_GIVEN:
            continue
        room = ".".join(path.split(".")[:2])
        tables = re.findall(r"`(?:workbench\.)?(?:(\w+)\.)?(frames\.[A-Z_]+|PROBLEMS)`", text)
        assert tables, path
        for other, table in tables:
            home = f"workbench.{other}" if other else room
            where = import_module(f"{home}.frames" if table.startswith("frames.") else "workbench.ground")
            assert isinstance(getattr(where, table.removeprefix("frames.")), Table), (path, table)


def has_tables(project: Path, door: str) -> bool:
    """Tell whether a room defines tables; others show frames that they are given."""
    return project.joinpath(*door.split("."), "frames.py").exists()
