"""The quick reader of plain YAML agrees with the exact one on all that it takes, and leaves everything else to it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workbench.manifests import read_yaml
from workbench.manifests.block_lists import read_plain
from workbench.manifests.block_yaml import Lines
from workbench.manifests.kubernetes_yaml import ParsedDocument

DEPLOYMENT = """\
# A shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "web"   # quoted
  annotations:
    'a.b/c': 'it is {not} flow: at all'
    note: two  lines # and a comment
    url: http://web:80/x?y=z#part
    f:labels: {}
    größe: 1½

spec:
  replicas: 2
  template: {metadata: {labels: {app: web, "tier": 'a b'}}}
  args:
  - --flag=on
  - -1
  - ::/0
  - "[x]"
  - []
  -   key: 0x1F
      empty:
      list:
      - name: a
        value: ~
      - {b: 1.5}
  script: |
    one
      two

    three
  stripped: |-
    # no comment
  last: yes
"""
LIST = """\
apiVersion: v1
items:
- kind: A
  metadata: {name: x}
# between
-   kind: B
    odd: "\\u0041"

- {kind: C,
   odd: 1}
- word
kind: List
metadata:
  resourceVersion: ""
"""
STARTS = ["", "", " ", "  ", "  ", "    ", "- ", "  - ", "-   ", "- - ", "    - ", "\t"]
KEYS = ["a: ", "b: ", "items: ", "'c': ", '"d": ', "1: ", "y: ", "f:g: ", "a:b ", "e : ", "a:", ""]
TAKEN = ["", "", "x", "x y", "x:y", "x #c", "#c", "'x'", '"x"', "|", "|-", "{}", "{a: b}", "[x, {y: z}]", "[ x , 'y' ]"]
ODD = [
    "x: y",
    "'it''s'",
    '"\\n"',
    "|+",
    ">",
    "{a: b, a: c}",
    "[x,]",
    "{a}",
    "[a: b]",
    "{a: [}",
    "&a x",
    "*a",
    "!t x",
    "<<",
]
SPECIAL = [
    "on",
    "0644",
    "1e3",
    "1_0",
    ".inf",
    "~",
    "n",
    "-",
    "-x",
    "--- x",
    "?",
    "? x",
    "12:30",
    "x  ",
    "{{ x }}",
    "a|b",
]
STRANGE = ["é", "\u2028", "a\u00a0b", "x\r", "\x07", "%x", "@x", "`x`", "\0", "\0000"]
LINES = st.lists(
    st.tuples(st.sampled_from(STARTS), st.sampled_from(KEYS), st.sampled_from([*TAKEN, *ODD, *SPECIAL, *STRANGE])).map(
        "".join
    ),
    max_size=8,
).map("\n".join)


def exact(text: str) -> ParsedDocument:
    (reading,) = read_yaml(text)
    return reading


def plain(text: str) -> ParsedDocument | None:
    return read_plain(text, Lines())


def same(one: object, other: object) -> bool:
    """Tell whether two values are one, of the same types and with keys in the same order."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@pytest.mark.parametrize(
    "text", [DEPLOYMENT, LIST, DEPLOYMENT.split("  script", maxsplit=1)[0].replace("\n", "\r\n"), "- a\n- b: c"]
)
def test_what_people_and_programs_write_is_read_quickly_and_exactly(text: str) -> None:
    found = plain(text)
    assert found is not None
    assert same(found.content, exact(text).content)
    assert (found.items, found.flaws) == (exact(text).items, ())


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2",
        "a: &x 1\nb: *x",
        "a: !!str 1",
        'a: "\\x41"',
        "a: >\n  folded\n",
        "a: |+\n  kept\n\n",
        "a: |2\n    x\n",
        "a: |\n  x",
        "a: one\n  two",
        'a: "one\n  two"',
        "a: [b,\n  c]",
        "a: {b: 1, b: 2}",
        "a: [b: c]",
        "? a\n: b",
        "<<: {a: b}",
        "1: a",
        "y: a",
        "a: .inf",
        "a: n",
        "a:\n\tb: c",
        "a: b: c",
        "a: b\n  c: d",
        " a: b\nc: d",
        "- a\nb: c",
        "a:\n- b\n  - c",
        "word",
        "a: \0000",
        "a: \x07",
        "items:\n- a: *x\n",
        "items:\n- a: 1\n  a: 2\n",
        "items: [{a: b}]",
        "a: b\n---\nc: d",
        "".join(" " * n + "a:\n" for n in range(300)),
    ],
)
def test_everything_else_is_left_to_the_exact_reader(text: str) -> None:
    assert plain(text) is None


@given(LINES)
@settings(max_examples=examples(200), deadline=None)
def test_whatever_is_taken_means_the_same(text: str) -> None:
    found = plain(text)
    if found is not None and found.content is not None:
        assert same(found.content, exact(text).content)
        assert (found.items, found.flaws) == (exact(text).items, exact(text).flaws)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.text(" aé:#-'\"{}[],|>&*!%@`~0.", max_size=6) | st.integers(-9, 999) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/.-:", min_size=1, max_size=5), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["kind", "items", "spec"]), VALUES, min_size=1), st.booleans())
@settings(max_examples=examples(100), deadline=None)
def test_what_programs_write_means_the_same(value: dict[str, Any], indented: bool) -> None:  # noqa: FBT001  (drawn)
    text = yaml.safe_dump(value, allow_unicode=True, indent=4 if indented else 2)
    found = plain(text)
    if found is not None:
        assert same(found.content, exact(text).content)
        assert found.items == exact(text).items
