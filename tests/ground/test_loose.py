"""Content of any shape can be looked into, and what is not there is nothing."""

from __future__ import annotations

import pytest

from workbench.ground import field_of, parsed_json, text_at, value_at


@pytest.mark.parametrize("text, found", [('{"a": [1]}', {"a": [1]}), ("", None), ("{", None), ("[" * 100_000, None)])
def test_what_is_no_json_is_nothing(text: str, found: object) -> None:
    assert parsed_json(text) == found


@pytest.mark.parametrize("content", [None, "text", [], {}, {"spec": None}, {"spec": "text"}, {"spec": {}}])
def test_what_is_not_there_is_nothing(content: object) -> None:
    assert value_at(content, "spec", "type") is None
    assert text_at(content, "spec", "type") == ""


def test_what_is_there_is_found_and_only_texts_are_texts() -> None:
    content = {"spec": {"type": "NodePort", "port": 80}}
    assert value_at(content) is content
    assert value_at(content, "spec", "port") == 80
    assert text_at(content, "spec", "type") == "NodePort"
    assert text_at(content, "spec", "port") == ""


@pytest.mark.parametrize("fields", [{"lastSeen": 7}, {"last_seen": 7}, {"lastSeen": 7, "last_seen": 8}])
def test_a_field_is_found_in_either_spelling_as_it_is_named_first(fields: dict[str, int]) -> None:
    assert field_of(fields, "lastSeen") == 7
    assert field_of(fields, "other") is None
