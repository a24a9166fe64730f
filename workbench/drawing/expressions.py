"""What a person finds or hides by an expression: ``namespace = shop and not (port = 53 or name ~ probe)``.

In the style that users of Kiali know. Terms are joined by ``and``, ``or``, ``not`` and brackets; ``and`` binds closer
than ``or``. An expression that names only what nodes have is about nodes; any other is about connections, of which a
term about a node is true if either end meets it, or the one that ``from.`` or ``to.`` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from operator import eq, ge, gt, le, lt
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn, TypeAlias

from workbench.drawing.graph import Edge, Graph, GraphNode
from workbench.ground import MAX_PORT, MIN_PORT, NO_PORTS, PROTOCOLS, AddressSet, ArgumentError, PortSet

__all__ = ["EDGE_FIELDS", "NODE_FIELDS", "Expression", "ExpressionError", "parse_expression", "ports_asked"]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<sign>!=|!~|<=|>=|\*=|\^=|\$=|[=~<>])|(?P<bracket>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<word>[^\s()=!~<>"'^$]+))"""
)
_OPERATORS: Final = frozenset({"and", "AND", "or", "OR", "not", "NOT"})


class ExpressionError(ArgumentError):
    """An expression that cannot be read.

    Parameters
    ----------
    message : str
    text : str
        The expression.
    position : int
        Where it is wrong, counted from 0.

    Attributes
    ----------
    text, position
        As given.
    """

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(f"at character {position + 1} of the expression: {message}\n{text}\n{' ' * position}^")
        self.text, self.position = text, position


class _Kind(StrEnum):
    """What the values of a field are."""

    TEXT = "text"
    NUMBER = "number"
    YES = "yes or no"
    ADDRESS = "an address or a block of addresses"
    PORT = "a port"


_SIGNS: Final[Mapping[_Kind, tuple[str, ...]]] = MappingProxyType(
    {
        _Kind.TEXT: ("=", "!=", "~", "!~", "*=", "^=", "$="),
        _Kind.NUMBER: ("=", "!=", "<", "<=", ">", ">="),
        _Kind.YES: ("=", "!="),
        _Kind.ADDRESS: ("=", "!="),
        _Kind.PORT: ("=", "!="),
    }
)


class _NodeField(NamedTuple):
    kind: _Kind
    values: Callable[[GraphNode], tuple[object, ...]]
    meaning: str


class _EdgeField(NamedTuple):
    kind: _Kind
    values: Callable[[Edge, Graph], tuple[object, ...]]
    meaning: str


_LABEL: Final = "label."
NODE_FIELDS: Final[Mapping[str, _NodeField]] = MappingProxyType(
    {
        "name": _NodeField(
            _Kind.TEXT, lambda node: ("".join(node.label), node.name, node.id), "with or without its namespace"
        ),
        "namespace": _NodeField(_Kind.TEXT, lambda node: (node.group.name,), "or the group of what is outside"),
        "kind": _NodeField(_Kind.TEXT, lambda node: (node.kind,), "such as Deployment"),
        "address": _NodeField(_Kind.ADDRESS, lambda node: (node.addresses,), "of a pod, or outside; a block holds it"),
        "isolation": _NodeField(
            _Kind.TEXT, lambda node: (str(node.badges.isolation or ""),), "both, ingress, egress or none"
        ),
        "exposed": _NodeField(_Kind.YES, lambda node: (node.badges.exposed,), "may be reached from outside"),
        "problems": _NodeField(_Kind.NUMBER, lambda node: (node.badges.problems,), "how many its objects have"),
        "anomalies": _NodeField(_Kind.NUMBER, lambda node: (node.badges.anomalies,), "flows in no baseline"),
    }
)
"""What may be asked of nodes; ``label.KEY``, too."""
EDGE_FIELDS: Final[Mapping[str, _EdgeField]] = MappingProxyType(
    {
        "port": _EdgeField(_Kind.PORT, lambda edge, _: (edge.ports,), "among its ports: 5432, TCP:5432, 8000-8100"),
        "protocol": _EdgeField(
            _Kind.TEXT,
            lambda edge, graph: (*edge.ports.by_protocol(), *graph.facts_of(edge).protocols),
            "of its ports",
        ),
        "status": _EdgeField(_Kind.TEXT, lambda edge, _: (edge.style,), "such as active, unused, denied"),
        "policy": _EdgeField(_Kind.TEXT, lambda edge, graph: graph.facts_of(edge).policies, "that decides"),
        "source": _EdgeField(_Kind.TEXT, lambda edge, graph: graph.facts_of(edge).sources, "format of the recording"),
        "flows": _EdgeField(_Kind.NUMBER, lambda edge, graph: (graph.facts_of(edge).flows,), "rows of the sources"),
        "connections": _EdgeField(_Kind.NUMBER, lambda edge, _: (edge.weight,), "how many were seen"),
        "bytes": _EdgeField(_Kind.NUMBER, lambda edge, graph: (graph.facts_of(edge).bytes or 0,), "both ways"),
    }
)
"""What may be asked of connections."""
_OTHER_NAMES: Final = {"ns": "namespace", "workload": "name", "verdict": "status"}


class _Term(NamedTuple):
    """``field sign value``; `side` is ``from``, ``to``, or empty for either end."""

    field: str
    sign: str
    test: Callable[[object], bool]
    side: str = ""

    @property
    def of_node(self) -> bool:
        return self.field in NODE_FIELDS or self.field.startswith(_LABEL)

    def meets(self, node: GraphNode) -> bool:
        """Tell whether a node meets the term."""
        if self.field.startswith(_LABEL):
            value = node.labels.get(self.field.removeprefix(_LABEL))
            found: tuple[object, ...] = () if value is None else (value,)
        else:
            found = NODE_FIELDS[self.field].values(node)
        return self._decided(found)

    def carried_by(self, edge: Edge, graph: Graph) -> bool:
        """Tell whether a connection meets the term."""
        if not self.of_node:
            return self._decided(EDGE_FIELDS[self.field].values(edge, graph))
        ends = {"from": (edge.src,), "to": (edge.dst,)}.get(self.side, (edge.src, edge.dst))
        return any(self.meets(graph.nodes[end].sample) for end in ends)

    def _decided(self, values: tuple[object, ...]) -> bool:
        found = any(map(self.test, values))
        return not found if self.sign.startswith("!") else found


class _Not(NamedTuple):
    part: _Node


class _Joined(NamedTuple):
    """All of the parts, or any of them."""

    every: bool
    parts: tuple[_Node, ...]


_Node: TypeAlias = _Term | _Not | _Joined


@dataclass(frozen=True)
class Expression:
    """An expression that was read. Made by `parse_expression`.

    Parameters
    ----------
    text : str
    root : object
        What was read.
    """

    text: str
    root: _Node

    @cached_property
    def terms(self) -> tuple[_Term, ...]:
        """Its terms, in order."""
        return tuple(_terms(self.root))

    @cached_property
    def about_nodes(self) -> bool:
        """Whether it is about nodes; else about connections."""
        return all(term.of_node and not term.side for term in self.terms)

    def marks(self, node: GraphNode) -> tuple[bool, ...]:
        """Return which terms about nodes a node meets: two nodes with equal marks are equal to the expression.

        Parameters
        ----------
        node : GraphNode
        """
        return tuple(term.meets(node) for term in self.terms if term.of_node)

    def finds_node(self, node: GraphNode) -> bool:
        """Tell whether a node is meant; none is where it is about connections.

        Parameters
        ----------
        node : GraphNode
        """
        return self.about_nodes and _decide(self.root, lambda term: term.meets(node.sample))

    def finds_edge(self, edge: Edge, graph: Graph) -> bool:
        """Tell whether a connection is meant; none is where it is about nodes.

        Parameters
        ----------
        edge : Edge
        graph : Graph
            It is of.
        """
        return not self.about_nodes and _decide(self.root, lambda term: term.carried_by(edge, graph))


def _decide(node: _Node, met: Callable[[_Term], bool]) -> bool:
    if isinstance(node, _Term):
        return met(node)
    if isinstance(node, _Not):
        return not _decide(node.part, met)
    parts = (_decide(part, met) for part in node.parts)
    return all(parts) if node.every else any(parts)


def _terms(node: _Node) -> Iterator[_Term]:
    if isinstance(node, _Term):
        yield node
    elif isinstance(node, _Not):
        yield from _terms(node.part)
    else:
        for part in node.parts:
            yield from _terms(part)


# --- reading ----------------------------------------------------------------------------------------------------------


class _Token(NamedTuple):
    text: str
    position: int
    what: str


def parse_expression(text: str) -> Expression | None:
    """Return an expression; None for an empty text.

    Parameters
    ----------
    text : str

    Raises
    ------
    ExpressionError
        If it cannot be read; the message says where, and what may stand there.
    """
    tokens = _Tokens(text)
    if tokens.next.what == "end":
        return None
    root = _alternatives(tokens)
    if tokens.next.what != "end":
        tokens.fail("expected and, or, or the end")
    return Expression(text, root)


class _Tokens:
    """The tokens of an expression, of which the next can be looked at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(self._read())
        self._place = 0

    def _read(self) -> Iterator[_Token]:
        place = 0
        while self.text[place:].strip():
            found = _TOKEN.match(self.text, place)
            if found is None:
                start = place + len(self.text[place:]) - len(self.text[place:].lstrip())
                message = "this quote has no end"
                if self.text[start] not in "\"'":
                    message = f"{self.text[start]!r} stands for nothing"
                raise ExpressionError(message, self.text, start)
            what = str(found.lastgroup)
            yield _Token(found[what], found.start(what) - (what in {"double", "single"}), what)
            place = found.end()
        yield _Token("", len(self.text.rstrip()), "end")

    @property
    def next(self) -> _Token:
        return self._tokens[self._place]

    def take(self) -> _Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def takes(self, what: str, *texts: str) -> bool:
        """Take the next token if it is one of these."""
        found = self.next.what == what and self.next.text in texts
        self._place += found
        return found

    def fail(self, expected: str, token: _Token | None = None) -> NoReturn:
        """Say what may stand where another token does."""
        token = token or self.next
        message = f"{expected}, not {'the end' if token.what == 'end' else repr(token.text)}"
        raise ExpressionError(message, self.text, token.position)


def _alternatives(tokens: _Tokens) -> _Node:
    parts = [_conjunction(tokens)]
    while tokens.takes("word", "or", "OR"):
        parts.append(_conjunction(tokens))
    return parts[0] if len(parts) == 1 else _Joined(every=False, parts=tuple(parts))


def _conjunction(tokens: _Tokens) -> _Node:
    parts = [_part(tokens)]
    while tokens.takes("word", "and", "AND"):
        parts.append(_part(tokens))
    return parts[0] if len(parts) == 1 else _Joined(every=True, parts=tuple(parts))


def _part(tokens: _Tokens) -> _Node:
    denials = 0
    while tokens.takes("word", "not", "NOT"):
        denials += 1
    if tokens.takes("bracket", "("):
        found = _alternatives(tokens)
        if not tokens.takes("bracket", ")"):
            tokens.fail("expected a closing bracket")
    else:
        found = _term(tokens)
    return _Not(found) if denials % 2 else found


def _term(tokens: _Tokens) -> _Term:
    token = tokens.next
    if token.what != "word" or token.text in _OPERATORS:
        tokens.fail("expected a field such as name, namespace or port")
    tokens.take()
    side, dot, field = token.text.partition(".")
    if not dot or side not in {"from", "to"}:
        side, field = "", token.text
    field = _OTHER_NAMES.get(field, field)
    kind = _kind_of(field, side, token, tokens.text)
    if tokens.next.what != "sign":
        if kind in {_Kind.YES, _Kind.NUMBER}:
            return _Term(field, "=", bool, side)
        tokens.fail(f"expected one of {' '.join(_SIGNS[kind])} after {token.text}")
    sign = tokens.take()
    if sign.text not in _SIGNS[kind]:
        tokens.fail(f"{token.text} takes {' '.join(_SIGNS[kind])}", sign)
    value = tokens.next
    if value.what not in {"word", "double", "single"} or (value.what == "word" and value.text in _OPERATORS):
        tokens.fail(f"expected a value after {sign.text}")
    tokens.take()
    test = _test(kind, sign.text, value.text)
    if test is None:
        tokens.fail(f"{token.text} is {kind}", value)
    return _Term(field, sign.text, test, side)


def _kind_of(field: str, side: str, token: _Token, text: str) -> _Kind:
    if field.startswith(_LABEL) and field != _LABEL:
        return _Kind.TEXT
    if field in NODE_FIELDS:
        return NODE_FIELDS[field].kind
    if field in EDGE_FIELDS and not side:
        return EDGE_FIELDS[field].kind
    known = [*NODE_FIELDS, "label.KEY", *(() if side else EDGE_FIELDS)]
    message = f"there is no {token.text!r}; there are {', '.join(known)}"
    raise ExpressionError(message, text, token.position)


def _test(kind: _Kind, sign: str, value: str) -> Callable[[object], bool] | None:
    """Return what tells whether a value is meant, whatever ``!`` says; None where `value` cannot be read."""
    match kind:
        case _Kind.TEXT:
            return _text_test(sign, value)
        case _Kind.NUMBER:
            return _number_test(sign, value)
        case _Kind.YES:
            known = {"yes": True, "true": True, "no": False, "false": False}
            wanted = known.get(value.lower())
            return None if wanted is None else lambda found: found is wanted
        case _Kind.ADDRESS:
            try:
                block = AddressSet.of(value)
            except ValueError:
                return None
            return lambda found: isinstance(found, AddressSet) and bool(found & block)
        case _Kind.PORT:
            ports = ports_asked(value)
            return None if not ports else lambda found: isinstance(found, PortSet) and bool(found & ports)


def _text_test(sign: str, value: str) -> Callable[[object], bool]:
    wanted = value.lower()
    match sign:
        case "~" | "!~" | "*=":
            return lambda found: wanted in str(found).lower()
        case "^=":
            return lambda found: str(found).lower().startswith(wanted)
        case "$=":
            return lambda found: str(found).lower().endswith(wanted)
        case _:
            return lambda found: fnmatchcase(str(found), value) if "*" in value else str(found) == value


_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def _number_test(sign: str, value: str) -> Callable[[object], bool] | None:
    if not re.fullmatch(r"[0-9]{1,18}", value):
        return None
    wanted = int(value)
    compared = _COMPARISONS[sign.removeprefix("!")]
    return lambda found: isinstance(found, int) and compared(found, wanted)


def ports_asked(text: str) -> PortSet:
    """Return the ports that a text means: ``5432``, ``TCP 5432``, ``udp:53``, ``8000-8100``, ``UDP``.

    A number alone means it of all protocols. What cannot be read means none.

    Parameters
    ----------
    text : str
    """
    found = re.fullmatch(r"\s*(?P<protocol>[A-Za-z]*)[\s:/-]*(?P<first>[0-9]{0,5})(?:-(?P<last>[0-9]{1,5}))?\s*", text)
    if found is None or (not found["protocol"] and not found["first"]) or (found["last"] and not found["first"]):
        return NO_PORTS
    protocols = [found["protocol"].upper()] if found["protocol"] else list(PROTOCOLS)
    if not set(protocols) <= set(PROTOCOLS):
        return NO_PORTS
    if not found["first"]:
        return PortSet.union_of(map(PortSet.of, protocols))
    first = int(found["first"])
    last = int(found["last"] or first)
    if not MIN_PORT <= first <= last <= MAX_PORT:
        return NO_PORTS
    return PortSet.union_of(PortSet.of(protocol, first, last) for protocol in protocols)
