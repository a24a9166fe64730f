"""Ways to spoil an object: any field gone, doubled, unknown, or with an unexpected value."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.inventory.every_kind import Json

__all__ = ["HUGE", "OF_EVERY_TYPE", "UNWRITTEN", "paths", "replaced", "spoilt"]

Path: TypeAlias = tuple[str | int, ...]

NEARLY_RIGHT: list[Any] = [
    *("", " ", "-", "*", "a b", "a/b/c", "Web", "x" * 300, "web\n", "\ttab", "{{ .Values.name }}", "${NAME}"),
    *("\u0000", "\ud800", "\ufeff", "\u202e", "e\u0301", "\u2028", "\U0001f600", "\u0661\u0662", "\u00b2", "%s{}"),
    *("tcp", "ICMP", "80", "0x50", "1e3", "http,https", "80-90", "true", "null", "In", "NotIn", "Exists"),
    *("0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/255.0.0.0", "10.0.0.0", "1.2.3.4/"),
    *("::ffff:1.2.3.4/96", "fe80::1%eth0/64", "fe80::1%eth0", "010.0.0.0/8", "10.0.0.0/\u0661", "10", "::"),
    *("[]", "[{}]", '[{"name": 1}]', '{"name": "lan"}', "[" * 100_000, "a@b@c", "/", "a//b", ",", "&a [*a]"),
    *(0, -1, 1, 65535, 65536, 2**31, 2**63, 10**30, -(10**30), 10**400, 0.5, 80.0, 1e300, -0.0, True, False, None),
    *([], {}, [[]], [{}], [None], {"": ""}, {"": None}, {"x": {}}, [0], ["In"], ["", ""]),
]
"""What somebody might really write, and what programs stumble over."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(NEARLY_RIGHT)
)
STRANGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
UNWRITTEN = {
    **{
        f"{depth} {what}": opening * depth + "1" + closing * depth
        for depth in (900, 100_000)
        for what, opening, closing in (("lists", "[", "]"), ("mappings", '{"a":', "}"), ("both", '[{"a":', "}]"))
    },
    "5,000 digits": "9" * 5_000,
    "5,000 digits and a fraction": "9" * 5_000 + ".5",
    "a number beyond all": "1e99999",
    "no number": ".nan",
    "no number in JSON": "NaN",
    "infinity": ".inf",
    "infinity in JSON": "-Infinity",
    "a day": "2001-02-30",
    "base 60": "190:20:30",
    "bytes": "!!binary a",
    "a tag": "!!python/object:os.system {}",
    "a set": "!!set {a, b}",
    "an alias of nothing": "*nothing",
    "an alias of itself": "&self [*self]",
    "a merge": "{<<: {name: merged}, <<: [1]}",
    "a complex key": "{[1, 2]: 3, {a: b}: 4}",
    "keys of all types": "{1: a, true: b, null: c, 1.5: d}",
    "the same key twice": "{name: a, name: b}",
}
"""Values that no program writes, as text: JSON, or YAML of one line."""


def paths(value: object, path: Path = ()) -> list[Path]:
    """Return the path of every field in `value`, its own first."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, child in children for inner in paths(child, (*path, key)))]


def replaced(value: Any, path: Path, new: object) -> Any:  # noqa: ANN401  (a JSON value)
    """Return `value` with `new` at `path`."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


HUGE = 10**30
OF_EVERY_TYPE: list[Any] = [None, True, -1, 0.5, "", "a\u0000\ud800", [], [None], [[0]], {}, {"": None}]
"""At least one value of each type."""
ALIKE = {
    kind: [one for one in NEARLY_RIGHT if type(one) is kind] or NEARLY_RIGHT
    for kind in (str, int, float, bool, list, dict, type(None))
}
"""Of each type, what passes the first glance and reaches further in."""


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401  (a JSON value)
    for step in path:
        value = value[step]
    return value


@st.composite
def spoilt(draw: st.DrawFn, example: Json, times: int = 2) -> Any:  # noqa: ANN401  (a JSON value)
    """Draw `example` with up to `times` places changed, each in one of several ways."""
    found: Any = example
    for _ in range(draw(st.integers(1, times))):
        where = draw(st.sampled_from(paths(found)))
        there = _at(found, where)
        way = draw(st.sampled_from(["value", "alike", "alike", "missing", "unknown", "twice", "moved"]))
        if way == "missing" and where:
            parent = copy.copy(_at(found, where[:-1]))
            del parent[where[-1]]
            found = replaced(found, where[:-1], parent)
        elif way == "unknown" and isinstance(there, dict):
            found = replaced(found, where, {**there, draw(st.text(max_size=5)): draw(STRANGE)})
        elif way == "twice" and isinstance(there, list):
            found = replaced(found, where, there * draw(st.sampled_from([2, 3, 101])))
        elif way == "moved":
            found = replaced(found, where, _at(example, draw(st.sampled_from(paths(example)))))
        elif way == "alike":
            found = replaced(found, where, draw(st.sampled_from(ALIKE[type(there)]) | STRANGE))
        else:
            found = replaced(found, where, draw(STRANGE))
    return found
