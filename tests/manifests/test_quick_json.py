from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.manifests import read_documents
from workbench.manifests.kubernetes_json import read_json
from workbench.manifests.quick_json import UNCERTAIN, decoded, read_quickly

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from('ab:."'), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60)
@given(VALUES, st.sampled_from([None, 0, 2]), st.sampled_from(["", "unescaped"]))
def test_what_is_read_quickly_is_what_the_exact_reader_says(value: object, indent: int | None, spelling: str) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=not spelling)
    found = read_quickly(text)
    assert found is UNCERTAIN or repr(found) == repr(json.loads(text))
    with suppress(UnicodeEncodeError):
        assert repr(decoded(text.encode())) == repr(json.loads(text))


def test_the_usual_is_certain() -> None:
    text = '{"kind": "Pod", "spec": {"url": "http://a:80", "n": 1.50, "most": 18446744073709551, "no": null}}'
    assert read_quickly(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": [{"b": 1, "b": 1}]}',
        r'{"a": 1, "a": "\u003a"}',
        r'{"a": 1, "a": "\u003A"}',
        '{"a": 18446744073709551616}',
        '{"a": -9223372036854775809}',
        "[NaN]",
        "[1e400]",
        r'["\ud800"]',
        '["\ud800"]',
        "[1] [2]",
        "[1,]",
        "[" * 300 + "]" * 300,
        "",
    ],
)
def test_the_unusual_is_left_to_the_exact_reader(text: str) -> None:
    assert read_quickly(text) is UNCERTAIN


def test_numbers_beyond_64_bits_and_not_numbers_are_read_back() -> None:
    assert decoded(b"[18446744073709551616, 0.5]") == [2**64, 0.5]
    assert str(decoded(b"[NaN, Infinity]")) == "[nan, inf]"
    with pytest.raises(ValueError, match="Expecting"):
        decoded(b"[")


ITEMS = [{"kind": "Pod", "a": {"b": [{"c": 1}, {}]}}, {}, 7, [{}], {"x": "}\n"}, {"y": 2**70}]


@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
def test_the_members_of_a_list_stand_where_they_stand(indent: int | str | None) -> None:
    text = json.dumps({"kind": "List", "items": ITEMS, "n": 1}, indent=indent)
    (reading,) = read_json(text)
    assert reading.content == json.loads(text)
    assert [json.loads(text[begin:end]) for begin, end in reading.items] == ITEMS


def test_a_key_that_is_given_twice_in_a_member_is_a_flaw() -> None:
    text = json.dumps({"kind": "List", "items": [{"a": 1, "b": 2}, {"c": 3}]}, indent=2).replace('"b"', '"a"')
    (reading,) = read_json(text)
    assert reading.content["items"] == [{"a": 2}, {"c": 3}]
    assert [flaw.code for flaw in reading.flaws] == ["duplicate-key"]


def test_braces_that_stand_out_of_line_mislead_nobody() -> None:
    text = '{"kind": "List", "items": [\n  {"a": {\n  }, "b": 1\n  },\n  {"c": "x"\n  }]}'
    (reading,) = read_json(text)
    assert reading.content["items"] == [{"a": {}, "b": 1}, {"c": "x"}]


def test_a_text_of_several_documents_is_read_document_by_document() -> None:
    assert [document.content for document in read_documents('{"a": 1}\n{"b": 2}')] == [{"a": 1}, {"b": 2}]
