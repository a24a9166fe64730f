"""Whatever the text is, reading it ends, raises nothing, and agrees with YAML where YAML is plain."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workbench.ground import ProblemLog
from workbench.manifests import ManifestFile, Source, field_line, read_documents, read_objects, read_stream

WORDS = st.text("abcxz-_.", min_size=1, max_size=6).map(lambda word: "w" + word)
TEXTS = st.text(max_size=8).filter(lambda text: not any(map(str.isdigit, text)))
"""Without digits: PyYAML and Kubernetes do not agree on all numbers (test_yaml_table.py)."""
SCALARS = st.one_of(WORDS, st.integers(-(10**6), 10**6), st.booleans(), st.none(), TEXTS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "a",
            "b: ",
            ": ",
            "- ",
            "\n",
            "\n---\n",
            "  ",
            "{",
            "}",
            "[",
            "]",
            ",",
            "|\n",
            "&a ",
            "*a",
            "<<: ",
            "!!int ",
            "'",
            '"',
            "kind: List\n",
            "items:\n",
            "kind: Secret",
            "{{ x }}",
            "? ",
            "%YAML 1.1\n",
            "...\n",
            "#",
            "\t",
            "\r",
            "\\",
            "~",
            "\x85",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.lists(VALUES.filter(lambda value: value is not None), min_size=1, max_size=4), st.booleans())
@settings(max_examples=examples(200), deadline=None)
def test_plain_documents_mean_what_yaml_says(values: list[Any], flow: bool) -> None:  # noqa: FBT001  (drawn)
    text = yaml.safe_dump_all(values, default_flow_style=flow, allow_unicode=True, explicit_start=True)
    # PyYAML alone takes such text for dates and base-60 numbers, and quotes it; quoted it is text to both.
    assert [document.content for document in read_documents(text)] == list(yaml.safe_load_all(text))


@given(st.lists(st.dictionaries(WORDS, VALUES), min_size=1, max_size=3))
@settings(max_examples=examples(100), deadline=None)
def test_json_means_what_json_says(values: list[Any]) -> None:
    text = "\n".join(json.dumps(value, indent=1) for value in values)
    assert [document.content for document in read_documents(text)] == values


@given(FRAGMENTS | st.text(max_size=60))
@settings(max_examples=examples(400), deadline=None)
def test_no_text_makes_reading_fail(text: str) -> None:
    log = ProblemLog()
    for manifest in read_objects(ManifestFile("f", text), log):
        assert field_line(manifest.source, ("metadata", "name")) is not None
    lines = text.count("\n") + 1
    assert all(problem.line is None or 1 <= problem.line <= lines for problem in log)


@given(st.binary(max_size=200))
@settings(max_examples=examples(200), deadline=None)
def test_no_bytes_make_reading_fail(content: bytes) -> None:
    log = ProblemLog()
    for file in read_stream(BytesIO(content), log, name="f.yaml"):
        list(read_objects(file, log))


@given(VALUES, st.lists(st.sampled_from(["a", "wa", 0, 1, "items"]), max_size=4))
@settings(max_examples=examples(100), deadline=None)
def test_every_field_is_on_a_line_of_its_text(value: object, path: list[str | int]) -> None:
    text = yaml.safe_dump(value)
    line = field_line(Source("f", 5, text), tuple(path))
    assert line is not None
    assert 5 <= line <= 5 + text.count("\n")
