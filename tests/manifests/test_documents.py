"""Texts become documents: where they are split, what is JSON, which lines problems stand on, what is remembered."""

from __future__ import annotations

import json

import pytest

from workbench.manifests import Document, read_documents
from workbench.manifests.documents import _cache, _parts
from workbench.manifests.kubernetes_json import read_json


def contents(text: str) -> list[object]:
    return [document.content for document in read_documents(text)]


def problems(text: str) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for document in read_documents(text) for problem in document.problems("f")]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\na: 1\n---\n---\n# nothing\n---\nb: 2", [{"a": 1}, {"b": 2}]),
        ("a: 1\n--- # comment\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("--- {a: 1}\n--- text\n", [{"a": 1}, "text"]),
        ("a: 1\n...\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("%YAML 1.1\n---\na: 1\n...\n%TAG ! !x-\n# note\n---\nb: !y 2\n", [{"a": 1}, {"b": "2"}]),
        ("a: |\n  x\n  ---\n  y\n", [{"a": "x\n---\ny\n"}]),
        ("a: ----\nb: ---x\n", [{"a": "----", "b": "---x"}]),
        ("a: 1\r\n---\r\nb: 2\r\n", [{"a": 1}, {"b": 2}]),
        ("a: 1\r---\rb: 2\r", [{"a": 1}, {"b": 2}]),
        ("", []),
        ("# only a comment\n\n", []),
        ("a: 1\n...\n...\n---\n... \nb: 2\n...", [{"a": 1}, {"b": 2}]),
    ],
)
def test_documents_are_split_where_yaml_splits_them(text: str, expected: list[object]) -> None:
    assert contents(text) == expected


def test_a_broken_document_leaves_the_others_alone() -> None:
    text = "a: 1\n---\nb: [\n---\nc: 3\n"
    assert [document.content for document in read_documents(text) if document.readable] == [{"a": 1}, {"c": 3}]
    assert problems(text) == [("yaml-syntax", 4)]


def test_problems_name_the_line_in_the_file() -> None:
    text = "a: 1\n---\n\nb:\n  c: 1\n  d: 2\n  c: 3\n"
    (problem,) = [problem for document in read_documents(text) for problem in document.problems("x.yaml")]
    assert (problem.file, problem.line) == ("x.yaml", 7)
    assert "line 5" in problem.message


def test_the_same_text_at_another_place_has_its_own_lines() -> None:
    assert problems("q: 1\nq: 2\n---\nr: 1\n---\nq: 1\nq: 2\n") == [("duplicate-key", 2), ("duplicate-key", 7)]


class TestJson:
    def test_json_documents_may_follow_each_other(self) -> None:
        assert contents('{"a": 1}\n{"b": 2} {"c": [true]}') == [{"a": 1}, {"b": 2}, {"c": [True]}]

    def test_each_has_its_own_line_and_text(self) -> None:
        found = list(read_documents('{"a": 1}\n\n{"b": 2,\n "b": 3}'))
        assert [(document.line, document.text) for document in found] == [(1, '{"a": 1}'), (3, '{"b": 2,\n "b": 3}')]
        assert [problem.line for problem in found[1].problems("f")] == [4]

    def test_many_small_ones_are_read_in_one_pass(self) -> None:
        looked: list[int] = []

        class Text(str):
            __slots__ = ()

            def count(self, *arguments: object) -> int:
                looked.append(arguments[2] - arguments[1])  # type: ignore[operator]
                return str.count(self, *arguments)  # type: ignore[arg-type]

        text = Text('{"a": 1}\n' * 200)
        documents = list(_parts(text, 1, read_json(text)))
        assert [document.line for document in documents] == list(range(1, 201))
        assert sum(looked) <= len(text)

    def test_json_stands_beside_yaml(self) -> None:
        assert contents('{"a": 1}\n---\nb: 2\n---\n{"c": 3}\n') == [{"a": 1}, {"b": 2}, {"c": 3}]

    def test_a_yaml_flow_mapping_is_no_broken_json(self) -> None:
        assert contents("{a: 1, b: [x, y-z]}") == [{"a": 1, "b": ["x", "y-z"]}]

    def test_duplicate_keys_are_found_with_their_lines(self) -> None:
        (document,) = read_documents('{"a": {"b": 1,\n"c": 2,\n"b": 3}}')
        (problem,) = document.problems("f")
        assert document.content == {"a": {"b": 3, "c": 2}}
        assert (problem.code, problem.line) == ("duplicate-key", 3)
        assert "a.b" in problem.message
        assert "line 1" in problem.message

    @pytest.mark.parametrize(
        "text, line",
        [
            ('{"a": 1,\n "b" 2}', 2),
            ('{"a": 1\n', 2),
            ('{"a": 1}\n{"b": NaN,', 2),
            ('["a",\n\n', 3),
            ('{"items": [1,,2]}', 1),
        ],
    )
    def test_broken_json_is_reported_where_it_breaks(self, text: str, line: int) -> None:
        assert problems(text) == [("json-syntax", line)]

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"items":' + "[" * 100_000])
    def test_deep_nesting_is_survived(self, text: str) -> None:
        assert [code for code, _ in problems(text)] == ["too-deep"]

    def test_half_a_pair_of_utf16_becomes_one_character(self) -> None:
        (content,) = contents('{"a": "\\ud83d\\ude00 \\ud83d x \\\\ud83d"}')
        assert content == {"a": "😀 \ufffd x \\ud83d"}

    def test_numbers_beyond_measure_are_text(self) -> None:
        assert contents('{"a": ' + "9" * 5_000 + "}") == [{"a": "9" * 5_000}]


class TestLists:
    def sources(self, text: str) -> list[tuple[int, str]]:
        (document,) = read_documents(text)
        return [(source.line, source.text) for source in document.member_sources("f")]

    def test_members_of_a_yaml_list_have_their_own_text(self) -> None:
        text = "kind: List\nitems:\n- a: 1\n  b: 2\n-   {c: 3}\n"
        assert self.sources(text) == [(3, "  a: 1\n  b: 2\n"), (5, "    {c: 3}")]

    def test_members_of_a_json_list_have_their_own_text(self) -> None:
        text = '{"kind": "List",\n "items": [\n  {"a": 1},\n  {"b": [2]}],\n "x": 1}'
        assert self.sources(text) == [(3, '  {"a": 1}'), (4, '  {"b": [2]}')]


class TestCache:
    def test_a_text_is_parsed_once(self) -> None:
        (first,) = contents("cached: {x: 1}\n")
        (second,) = contents("cached: {x: 1}\n")
        assert first is second

    @pytest.mark.parametrize(
        "text",
        [
            "kind: Secret\ndata: {password: aHVudGVyMg==}\n",
            "kind: List\nitems:\n- kind: Secret\n  data: {password: aHVudGVyMg==}\n",
            "kind: SecretList\nitems:\n- data: {password: aHVudGVyMg==}\n",
            "kind: Secret\ndata: {password: aHVudGVyMg==\n",
            json.dumps({"kind": "Secret", "data": {"password": "aHVudGVyMg=="}}),
        ],
    )
    def test_secrets_are_not_remembered(self, text: str) -> None:
        contents(text)
        assert not any("aHVudGVyMg" in piece for piece in _cache.readings)


def test_a_document_knows_its_text_and_place() -> None:
    _, document = read_documents("a: 1\n---\nb: 2\n")
    assert isinstance(document, Document)
    assert (document.text, document.line) == ("b: 2\n", 3)
