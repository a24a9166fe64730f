"""The line of a field: in YAML, in JSON, in Lists, and where the field is not there."""

from __future__ import annotations

import pytest

from workbench.manifests import FieldPath, Source, field_line

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
