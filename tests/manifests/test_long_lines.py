"""A List in one long line is read in time that grows with its length, and its members are where they stand."""

from __future__ import annotations

import json
from dataclasses import replace
from unittest.mock import patch

from workbench.manifests import documents, read_documents
from workbench.manifests.documents import WIDEST_INDENT


def config_map(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def sources(text: str) -> list[tuple[int | None, str]]:
    return [(one.line, one.text) for document in read_documents(text) for one in document.member_sources("a.json")]


def test_members_of_one_line_are_texts_of_their_own_without_an_indent() -> None:
    items = [config_map(f"c{number}") for number in range(WIDEST_INDENT // 20)]
    found = sources(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert [line for line, _ in found] == [1] * len(items)
    assert found[-1][1] == json.dumps(items[-1])


def test_members_of_many_lines_keep_their_indent() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [config_map("a"), config_map("b")]}, indent=2)
    (_, first), (line, second) = sources(text)
    assert (first[:5], second[:5], line) == ("    {", "    {", 12)


def test_the_beginning_of_a_line_is_looked_for_nearby_only() -> None:
    looked: list[int] = []

    class Counting(str):
        __slots__ = ()

        def rfind(self, sub: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
            stop = len(self) if end is None else end
            looked.append(stop - start)
            return super().rfind(sub, start, stop)

    text = json.dumps({"kind": "List", "apiVersion": "v1", "items": [config_map(f"c{n}") for n in range(200)]})
    (document,) = read_documents(text)
    with patch.object(documents, "WIDEST_INDENT", 50):
        list(replace(document, text=Counting(text)).member_sources("a.json"))
    assert len(looked) == 200
    assert max(looked) <= 50
