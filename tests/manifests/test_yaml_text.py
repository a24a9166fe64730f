"""What is written as YAML is the same to PyYAML (YAML 1.1), to readers of YAML 1.2 and to Kubernetes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core_yaml import read_core_yaml
from tests.examples import examples
from workbench.ground import ArgumentError
from workbench.manifests import read_documents, read_yaml, yaml_text
from workbench.manifests.yaml_text import _Dumper

characters = st.characters(exclude_categories=["Cs"])
odd = st.text("yYnN0123456789_-+.:xobeEfF~ #'\"|>%@&*!?,[]{}=<\n\t\r\u0085\u2028\ufeff", max_size=8)
texts = st.text(characters, max_size=20) | odd | st.text("ab \n", max_size=8)
scalars = texts | st.integers(-(2**31), 2**31) | st.booleans() | st.none()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=10
)
objects = st.dictionaries(texts, values, min_size=1, max_size=4)


@given(st.lists(objects, min_size=1, max_size=3))
@settings(max_examples=examples(400))
def test_every_reader_finds_what_was_written(documents: list[dict[str, Any]]) -> None:
    text = yaml_text(documents)
    assert list(yaml.safe_load_all(text)) == documents
    assert read_core_yaml(text) == documents
    assert [found.content for found in read_yaml(text)] == documents
    assert [found.content for found in read_documents(text)] == documents


class PurePython(yaml.SafeDumper):
    """PyYAML without libyaml."""

    yaml_representers = _Dumper.yaml_representers
    ignore_aliases = _Dumper.ignore_aliases


names = st.text("abyn01.-/ ", min_size=1, max_size=8)
nested = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=10
)


@given(st.dictionaries(names, nested, min_size=1, max_size=4))
@settings(max_examples=examples(200))
def test_the_text_is_the_same_with_and_without_libyaml(document: dict[str, Any]) -> None:
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 2**31 - 1}
    assert yaml.dump(document, Dumper=PurePython, **options) == yaml_text([document])


OTHERWISE = (
    *("y", "Y", "n", "N", "yes", "No", "ON", "off", "true", "FALSE", "null", "Null", "~", "0", "-1", "+1", "012", "08"),
    *(
        "0o14",
        "0x1F",
        "0X1f",
        "0b11",
        "1_000",
        "1e3",
        "1E+3",
        "1e999",
        ".5",
        "5.",
        "-.inf",
        ".NaN",
        "1:30",
        "190:20:30",
    ),
    *("190:20:30", "2024-01-02", "2024-01-02T03:04:05Z", "=", "<<", "99999999999999999999"),
)


@pytest.mark.parametrize("text", OTHERWISE)
def test_texts_that_a_reader_takes_for_something_else_are_quoted(text: str) -> None:
    assert yaml_text([{text: text}]) == f"'{text}': '{text}'\n"


@pytest.mark.parametrize("text", ["web", "10.0.0.0/8", "::/0", "a.b/c", "10.1.2.3", "2001:db8::/32", "1a", "é"])
def test_other_texts_are_not(text: str) -> None:
    assert yaml_text([{"a": text}]) == f"a: {text}\n"


def test_lines_stay_lines_unless_that_would_hide_a_space() -> None:
    assert yaml_text([{"a": "one\n  two\n", "b": "one\n\ntwo"}]) == "a: |\n  one\n    two\nb: |-\n  one\n\n  two\n"
    assert yaml_text([{"a": "one \ntwo"}]) == 'a: "one \\ntwo"\n'
    assert yaml_text([{"a": "one\n\n"}]) == 'a: "one\\n\\n"\n'


def test_long_lines_are_not_folded_and_equal_values_are_no_aliases() -> None:
    labels = {"a": "word " * 50 + "word"}
    assert yaml_text([{"a": labels, "b": labels}]).count("\n") == 4


def test_keys_keep_their_order_and_documents_are_apart() -> None:
    assert yaml_text([{"b": 1, "a": [{}, []]}, {"c": None}]) == "b: 1\na:\n- {}\n- []\n---\nc: null\n"


def test_half_of_a_utf_16_pair_is_refused() -> None:
    with pytest.raises(ArgumentError, match="half of a UTF-16 pair"):
        yaml_text([{"a": "\ud800"}])
