"""YAML as Kubernetes reads it: reading 3, row by row, and go-yaml's other rules."""

from __future__ import annotations

import pytest

from workbench.manifests import read_documents, read_yaml
from workbench.manifests.scalars import float_key, plain_scalar


def value_of(text: str) -> object:
    (reading,) = read_yaml(f"a: {text}")
    return reading.content["a"]


def codes(text: str) -> list[str]:
    return [flaw.code for reading in read_yaml(text) for flaw in reading.flaws]


class TestTable:
    def test_0644_is_octal(self) -> None:
        assert value_of("0644") == 420

    @pytest.mark.parametrize("word, value", [("yes", True), ("on", True), ("NO", False), ("off", False)])
    def test_yes_on_no_are_booleans(self, word: str, value: bool) -> None:  # noqa: FBT001
        assert value_of(word) is value

    def test_22_22_is_text(self) -> None:
        assert value_of("22:22") == "22:22"

    def test_1e3_is_a_float(self) -> None:
        value = value_of("1e3")
        assert (value, type(value)) == (1000.0, float)

    def test_123e4567_is_text(self) -> None:
        assert value_of("123e4567") == "123e4567"

    @pytest.mark.parametrize("date", ["2024-02-30", "2024-02-28", "2001-12-14T21:59:43.10-05:00"])
    def test_a_date_is_text(self, date: str) -> None:
        assert value_of(date) == date

    def test_of_a_duplicate_key_the_last_value_wins_and_both_places_are_known(self) -> None:
        (reading,) = read_yaml("a: 1\nb: 2\na: 3\n")
        (flaw,) = reading.flaws
        assert reading.content == {"a": 3, "b": 2}
        assert (flaw.code, flaw.offset, flaw.earlier) == ("duplicate-key", 10, 0)
        assert "'a'" in flaw.message

    def test_merge_keys_merge(self) -> None:
        (reading,) = read_yaml("base: &b {x: 1, y-axis: 2}\nmore:\n  <<: *b\n  x: 3\n")
        assert reading.content["more"] == {"x": 3, "y-axis": 2}

    def test_a_leading_byte_order_mark_is_dropped(self) -> None:
        (document,) = read_documents("\ufeffa: 1\n")
        assert document.content == {"a": 1}

    @pytest.mark.parametrize("key, name", [("1", "1"), ("true", "true"), ("on", "true"), ("1.10", "1.1")])
    def test_keys_become_text(self, key: str, name: str) -> None:
        (reading,) = read_yaml(f"{key}: x")
        assert reading.content == {name: "x"}
        assert reading.flaws == ()


@pytest.mark.parametrize(
    "text, value",
    [
        ("0", 0),
        ("-1", -1),
        ("+12", 12),
        ("0x1F", 31),
        ("-0x10", -16),
        ("0b101", 5),
        ("0o17", 15),
        ("00", 0),
        ("1_000", 1000),
        ("0_7", 7),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_whole_numbers_follow_go(text: str, value: int) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is int


@pytest.mark.parametrize(
    "text, value",
    [("089", 89.0), ("1.", 1.0), (".5", 0.5), ("-1.5e-3", -0.0015), ("18446744073709551616", 2.0**64)],
)
def test_decimal_numbers_follow_go(text: str, value: float) -> None:
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is float


@pytest.mark.parametrize(
    "text", ["0x", "0b2", "0o8", "1e", "e3", "._5", "1.2.3", "-", "+", "1h", "_1", "tRUE", "nO", "1:30:00", "0b", "٣"]
)
def test_anything_else_is_text(text: str) -> None:
    assert plain_scalar(text) == text


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_has_five_spellings(text: str) -> None:
    assert plain_scalar(text) is None


@pytest.mark.parametrize(
    "number, text",
    [(1.5, "1.5"), (1000.0, "1000"), (1e6, "1e+06"), (1234567.0, "1.234567e+06"), (1e-5, "1e-05"), (-0.25, "-0.25")],
)
def test_float_keys_are_written_as_go_writes_them(number: float, text: str) -> None:
    assert float_key(number) == text


class TestQuotesAndTags:
    @pytest.mark.parametrize("text", ['"0644"', "'yes'", '"~"', '"1e3"', "!!str 0644", "! 12"])
    def test_quoted_and_tagged_text_stays_text(self, text: str) -> None:
        assert value_of(text) == text.removeprefix("!!str ").removeprefix("! ").strip("\"'")

    @pytest.mark.parametrize("text, value", [('!!int "5"', 5), ("!!float 1", 1.0), ('!!bool "yes"', True)])
    def test_a_tag_reads_quoted_scalars_too(self, text: str, value: object) -> None:
        assert value_of(text) == value
        assert type(value_of(text)) is type(value)

    def test_binary_is_decoded(self) -> None:
        assert value_of("!!binary aGVsbG8=") == "hello"

    @pytest.mark.parametrize("text", ["!!int five", "!!binary '***'", "!!bool 7", "!!float .inf"])
    def test_a_tag_that_does_not_fit_is_a_flaw_that_does_not_repeat_the_value(self, text: str) -> None:
        (reading,) = read_yaml(f"a: {text}")
        (flaw,) = reading.flaws
        assert flaw.code == "bad-value"
        assert text.split()[1] not in flaw.message

    @pytest.mark.parametrize("text, value", [("!Ref x", "x"), ("!mine {b: 1}", {"b": 1}), ("!!set {b: }", {"b": None})])
    def test_unknown_tags_are_dropped(self, text: str, value: object) -> None:
        assert value_of(text) == value

    def test_a_quoted_merge_sign_is_a_key_like_any_other(self) -> None:
        (reading,) = read_yaml('"<<": {x: 1}')
        assert reading.content == {"<<": {"x": 1}}


class TestFlaws:
    @pytest.mark.parametrize("text", [".inf", "-.INF", ".NaN"])
    def test_what_json_cannot_hold_is_kept_as_text(self, text: str) -> None:
        assert value_of(text) == text
        assert codes(f"a: {text}") == ["bad-value"]

    @pytest.mark.parametrize("letter", ["y", "Y", "n", "N"])
    def test_a_plain_y_or_n_is_read_as_text_with_a_warning(self, letter: str) -> None:
        assert value_of(letter) == letter
        assert codes(f"a: {letter}\nb: {letter}") == ["ambiguous-boolean"]

    @pytest.mark.parametrize("text", ["~: 1\nb: 2", "? [1, 2]\n: 1\nb: 2", "? {a: 1}\n: {c: 3}\nb: 2"])
    def test_keys_that_json_cannot_have_are_left_out(self, text: str) -> None:
        (reading,) = read_yaml(text)
        assert reading.content == {"b": 2}
        assert [flaw.code for flaw in reading.flaws] == ["bad-key"]

    @pytest.mark.parametrize(
        "text", ["a: [1, 2", "a: b: c", 'a: "\\q"', "a:\n\tb: 1", "a: \x07", "a: @x", "%YAML 9\n---\na"]
    )
    def test_broken_syntax_leaves_nothing_to_read(self, text: str) -> None:
        assert codes(text) == ["yaml-syntax"]

    @pytest.mark.parametrize("text", ["a:\n\tb: 1", "a:\n  b: 1\n\tc: 2\n", "a:\n  \t- b: [\n"])
    def test_a_tab_that_indents_is_called_by_its_name(self, text: str) -> None:
        ((flaw,),) = [reading.flaws for reading in read_yaml(text)]
        assert "indented with a tab" in flaw.message
        assert flaw.offset == text.index("\t")

    def test_merging_what_is_no_mapping_is_a_flaw(self) -> None:
        (reading,) = read_yaml("a: 1\n<<: 7\n")
        assert reading.content == {"a": 1}
        assert [(flaw.code, flaw.offset) for flaw in reading.flaws] == [("bad-value", 5)]

    @pytest.mark.parametrize("text", ["a: *nobody", "a: &x [*x]"])
    def test_an_alias_to_nothing_or_to_itself_is_a_flaw(self, text: str) -> None:
        assert codes(text) == ["bad-alias"]


class TestMerge:
    def test_earlier_mappings_of_a_list_win(self) -> None:
        (reading,) = read_yaml("a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*a, *b]\n")
        assert reading.content["c"] == {"x": 1, "z": 3}

    def test_a_merged_key_that_is_given_again_is_no_duplicate(self) -> None:
        assert codes("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n") == []

    def test_the_line_of_a_list_item_with_a_merge_is_its_own(self) -> None:
        (reading,) = read_yaml("b: &b {x: 1}\nitems:\n- k: 1\n  <<: *b\n- k: 2\n")
        assert [span.start for span in reading.items] == [22, 38]


class TestBombs:
    @pytest.mark.parametrize("text", ["[" * 200_000, "- " * 50_000 + "a", "{a: " * 100_000, "? " * 100_000])
    def test_deep_nesting_is_refused_and_survived(self, text: str) -> None:
        assert codes(text) == ["too-deep"]

    def test_many_brackets_side_by_side_are_fine(self) -> None:
        (reading,) = read_yaml("a: [" + "[], " * 5_000 + "]")
        assert len(reading.content["a"]) == 5_000

    def test_aliases_that_multiply_are_refused(self) -> None:
        text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
        )
        assert codes(text) == ["excessive-aliasing"]

    def test_merges_that_multiply_are_refused_or_quick(self) -> None:
        text = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))
        (reading,) = read_yaml(text)
        assert [flaw.code for flaw in reading.flaws] == ["excessive-aliasing"]

    def test_ordinary_anchors_are_shared(self) -> None:
        (reading,) = read_yaml("a: &a {x: [1, 2]}\nb: *a\nc: [*a, *a]\n")
        assert reading.content["c"] == [{"x": [1, 2]}, {"x": [1, 2]}]
