"""The line of a field: in YAML, in JSON, in Lists, and where the field is not there."""

from __future__ import annotations

import pytest

from workbench.manifests import FieldPath, Source, field_line, field_lines
from workbench.manifests.locate import written_value

POD = """\
apiVersion: v1
metadata:
  name: web
spec:
  containers:
  - name: a
    ports:
    - containerPort: 80
  - {name: b, ports: [{containerPort: 81},
                      {containerPort: 82}]}
"""


@pytest.mark.parametrize(
    "path, line",
    [
        ((), 11),
        (("metadata",), 12),
        (("metadata", "name"), 13),
        (("spec", "containers", 0), 16),
        (("spec", "containers", 0, "ports", 0, "containerPort"), 18),
        (("spec", "containers", 1, "ports", 1), 20),
        (("spec", "containers", 1, "ports", 1, "protocol"), 20),
        (("spec", "containers", 7), 15),
        (("status", "phase"), 11),
    ],
)
def test_yaml_fields(path: FieldPath, line: int) -> None:
    assert field_line(Source("f", 11, POD), path) == line


def test_the_prefix_leads_into_a_list() -> None:
    source = Source("f", 1, "kind: List\nitems:\n- a: 1\n- b: 1\n  c:\n    d: 2\n", ("items", 1))
    assert field_line(source, ("c", "d")) == 6


def test_json_fields() -> None:
    text = '{"a": {\n "b": [1,\n {"c": "\\ud83d\\ude00"}]},\n "d": "}"}'
    assert field_line(Source("f", 1, text), ("a", "b", 1, "c")) == 3
    assert field_line(Source("f", 1, text), ("d",)) == 4


def test_of_a_key_that_is_given_twice_the_last_counts() -> None:
    assert field_line(Source("f", 1, "a:\n  b: 1\na:\n  b: 2\n"), ("a", "b")) == 4


def test_fields_behind_complex_keys_are_found() -> None:
    assert field_line(Source("f", 1, "? [x, {y: z}]\n: {q: 1}\nb: 1\n"), ("b",)) == 3


def test_objects_made_in_python_have_no_line() -> None:
    assert field_line(Source(), ("a",)) is None


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "{" * 5_000, '{"a"', "\ud800", "}]:,"])
def test_no_text_makes_it_fail(text: str) -> None:
    assert field_line(Source("f", 3, text), ("a", 0, "b")) is not None


def test_a_text_that_was_not_kept_gives_the_object_s_line() -> None:
    assert field_line(Source("f", 7), ("data",)) == 7


@pytest.mark.parametrize("written", ["no", "1.10", "0644", '"80"', "'a''b'", "~", "2024-01-01", "1e3", '"\\x41"'])
def test_a_value_is_quoted_as_it_was_written(written: str) -> None:
    source = Source("f", 1, f"a: 1\nb:\n- c: {written}  # why\n  d: {{e: [x, {written}]}}\n")
    assert written_value(source, ("b", 0, "c")) == written
    assert written_value(source, ("b", 0, "d", "e", 1)) == written


@pytest.mark.parametrize("path", [("a",), ("a", "b"), ("q",), ("a", "b", 0)])
def test_what_is_no_scalar_is_written_nowhere(path: FieldPath) -> None:
    assert written_value(Source("f", 1, "a: {b: {c: 1}}\n"), path) is None


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "\ud800"])
def test_no_text_makes_quoting_fail(text: str) -> None:
    assert written_value(Source("f", 1, text), ("a",)) is None


def test_all_lines_at_once_are_those_of_each_field() -> None:
    source = Source("f", 11, POD)
    found = field_lines(source)
    assert len(found) > 5
    assert found == {path: field_line(source, path) for path in found}
    assert field_lines(Source("f", 11, "a: [")) == {(): 11}
