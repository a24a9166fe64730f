"""What network-config-analyzer writes down: rules over sets of pods, in several notations, as connections.

Each rule says that some pods, or addresses, may reach others on some ports. How connections are gathered
into rules is its own affair; two texts say the same if their rules allow the same connections.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from workbench.ground import ALL_PORTS, NO_PORTS, PROTOCOLS, AddressSet, PortSet, addresses_named, written_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Allowed", "End", "Pod", "Section", "UnreadableError", "end_of", "ports_of_text", "read_sections"]


class UnreadableError(ValueError):
    """A notation that is not read here."""


@dataclass(frozen=True)
class Pod:
    """A pod, or a workload that stands for its pods, as rules speak of it."""

    peer: str
    namespace: str
    names: frozenset[str]
    labels: dict[str, str]
    named_ports: frozenset[str]


class End(NamedTuple):
    """One side of a rule: addresses, or pods by their namespaces and a text."""

    addresses: AddressSet | None
    namespaces: frozenset[str]
    pods: tuple[str, ...]

    def chosen(self, pods: Iterable[Pod]) -> Iterator[Pod]:
        """Yield the pods that are meant."""
        for pod in pods:
            if pod.namespace in self.namespaces and any(_matches(text, pod) for text in self.pods):
                yield pod


class Section(NamedTuple):
    """Rules under one headline."""

    title: str
    rules: list[tuple[End, End, PortSet]]


class Allowed:
    """Connections, wherever they come from, in a form that can be compared.

    Attributes
    ----------
    pods : dict of (str, str) to PortSet
        What one peer may send to another.
    outside : dict of (str, str) to list of (AddressSet, PortSet)
        What a peer may exchange with addresses: the key is the peer and ``in`` or ``out``.
    """

    def __init__(self) -> None:
        self.pods: defaultdict[tuple[str, str], PortSet] = defaultdict(PortSet)
        self.outside: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]] = defaultdict(list)

    @classmethod
    def by_rules(cls, rules: Iterable[tuple[End, End, PortSet]], pods: list[Pod]) -> Allowed:
        """Return what rules allow between different peers, and with addresses."""
        found = cls()
        for src, dst, ports in rules:
            if src.addresses is not None:
                for pod in dst.chosen(pods):
                    found.outside[pod.peer, "in"].append((src.addresses, ports))
            elif dst.addresses is not None:
                for pod in src.chosen(pods):
                    found.outside[pod.peer, "out"].append((dst.addresses, ports))
            else:
                receivers = [pod.peer for pod in dst.chosen(pods)]
                for pod in src.chosen(pods):
                    for receiver in receivers:
                        found.add(pod.peer, receiver, ports)
        return found

    def add(self, src: str, dst: str, ports: PortSet) -> None:
        """Add a connection between two peers, or with a range of addresses ``first-last[External]``."""
        if src.endswith("[External]"):
            self.outside[dst, "in"].append((_range(src.removesuffix("[External]")), ports))
        elif dst.endswith("[External]"):
            self.outside[src, "out"].append((_range(dst.removesuffix("[External]")), ports))
        elif src != dst:
            self.pods[src, dst] |= ports

    def connections(self) -> Iterator[tuple[str, str, PortSet]]:
        """Yield everything as source, destination and ports."""
        for (src, dst), ports in self.pods.items():
            yield src, dst, ports
        for (peer, way), ranges in self.outside.items():
            for addresses, ports in ranges:
                text = ",".join(written_range(4, first, last) for first, last in addresses.ipv4)
                yield (text, peer, ports) if way == "in" else (peer, text, ports)

    def differences(self, other: Allowed) -> list[str]:
        """Return what only one of the two allows, as lines of text."""
        found = []
        for src, dst in sorted({*self.pods, *other.pods}):
            mine, theirs = self.pods.get((src, dst), NO_PORTS), other.pods.get((src, dst), NO_PORTS)
            if mine != theirs:
                found.append(f"{src} => {dst}: {mine} / {theirs}")
        for peer, way in sorted({*self.outside, *other.outside}):
            both = self.outside.get((peer, way), []), other.outside.get((peer, way), [])
            for piece in _pieces([addresses for side in both for addresses, _ in side]):
                mine, theirs = (PortSet.union_of(p for addresses, p in side if addresses & piece) for side in both)
                if mine != theirs:
                    found.append(f"{peer} {way} {piece}: {mine} / {theirs}")
        return found


def _pieces(sets: list[AddressSet]) -> Iterator[AddressSet]:
    """Yield ranges that none of `sets` cuts."""
    for family in ("ipv4", "ipv6"):
        cuts = sorted({cut for one in sets for first, last in getattr(one, family) for cut in (first, last + 1)})
        for first, after in pairwise(cuts):
            yield AddressSet(**{family: ((first, after - 1),)})


def _range(text: str) -> AddressSet:
    found = addresses_named(text)
    assert found is not None, text
    return found


# --- which pods -------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"\s*(?:(?P<has>!?has)\((?P<key>[^)]*)\)|(?P<left>[^\s(){}=!]+)(?:\s+(?P<word>not in|in)\s+\((?P<values>[^)]*)\)|"
    r"(?P<sign>!?=)(?P<value>[^\s(){}]*))|(?P<mark>[(){}])|(?P<joint>and|or)\b)"
)


def _matches(text: str, pod: Pod) -> bool:
    """Tell whether ``*``, names of pods or owners, or an expression over labels means a pod."""
    if text == "*":
        return True
    if text.startswith("has_named_port="):
        return text.partition("=")[2] in pod.named_ports
    if not re.search(r"=| in \(|has\(", text):
        return bool(pod.names.intersection(re.split(r",\s*", text)))
    tokens = list(_TOKEN.finditer(text))
    if "".join(token[0] for token in tokens).strip() != text.strip():
        raise UnreadableError(text)
    found, rest = _either(tokens, pod)
    if rest:
        raise UnreadableError(text)
    return found


def _either(tokens: list[re.Match[str]], pod: Pod) -> tuple[bool, list[re.Match[str]]]:
    found, tokens = _both(tokens, pod)
    while tokens and tokens[0]["joint"] == "or":
        other, tokens = _both(tokens[1:], pod)
        found = found or other
    return found, tokens


def _both(tokens: list[re.Match[str]], pod: Pod) -> tuple[bool, list[re.Match[str]]]:
    found, tokens = _term(tokens, pod)
    while tokens and tokens[0]["joint"] == "and":
        other, tokens = _term(tokens[1:], pod)
        found = found and other
    return found, tokens


def _term(tokens: list[re.Match[str]], pod: Pod) -> tuple[bool, list[re.Match[str]]]:
    first, rest = tokens[0], tokens[1:]
    if first["mark"]:
        found, rest = _either(rest, pod)
        return found, rest[1:]
    if first["has"]:
        return (first["key"] in pod.labels) is (first["has"] == "has"), rest
    value = pod.labels.get(first["left"])
    if first["word"]:
        return (value in re.split(r",\s*", first["values"])) is (first["word"] == "in"), rest
    return (value == first["value"]) is (first["sign"] == "="), rest


# --- which ports -------------------------------------------------------------------------------------

_ATTRIBUTE = re.compile(r"(protocols|src_ports|dst_ports|hosts|paths|methods|icmp_type|icmp_code):")


def ports_of_text(text: str) -> PortSet:
    """Return the ports of ``All connections``, ``{protocols:TCP,dst_ports:80},{…}`` or ``All but {…}``."""
    text = text.strip()
    if text.lower() in {"all connections", "all"}:
        return ALL_PORTS
    if text.startswith("All but "):
        return ALL_PORTS - ports_of_text(text.removeprefix("All but "))
    cubes = re.findall(r"\{([^}]*)\}", text)
    if not cubes:
        raise UnreadableError(text)
    return PortSet.union_of(_cube(_attributes(cube)) for cube in cubes)


def _attributes(cube: str) -> dict[str, str]:
    parts = _ATTRIBUTE.split(cube)
    return {key: value.rstrip(",") for key, value in zip(parts[1::2], parts[2::2], strict=True)}


def _cube(attributes: dict[str, str]) -> PortSet:
    """Return the ports of one cube; what it says of requests (hosts, paths) is left out."""
    if {"src_ports", "icmp_type", "icmp_code", "methods"} & attributes.keys():
        raise UnreadableError(str(attributes))
    protocols = re.split(r",\s*", attributes.get("protocols", "TCP"))
    if not set(protocols) <= set(PROTOCOLS):
        raise UnreadableError(str(attributes))
    ranges = [part.split("-") for part in re.split(r",\s*", attributes.get("dst_ports", "1-65535"))]
    return PortSet.union_of(
        PortSet.of(protocol, int(bounds[0]), int(bounds[-1])) for protocol in protocols for bounds in ranges
    )


def _ports_of_values(values: list[Any]) -> PortSet:
    """Return the ports of a connection in YAML or JSON."""
    found = NO_PORTS
    for value in values:
        if isinstance(value, str):
            found |= ports_of_text(value)
        elif "All but" in value:
            found |= ALL_PORTS - _ports_of_values(value["All but"])
        else:
            found |= _cube({key: _joined(part) for key, part in value.items()})
    return found


def _joined(part: object) -> str:
    return ",".join(map(str, part)) if isinstance(part, list) else str(part)


# --- notations ---------------------------------------------------------------------------------------

_LINE = re.compile(
    r"(?:src: (?P<src>\S+)|src_ns: \[(?P<src_ns>[^]]*)\] src_pods: \[(?P<src_pods>.*?)\]) "
    r"(?:dst: (?P<dst>\S+)|dst_ns: \[(?P<dst_ns>[^]]*)\] dst_pods: \[(?P<dst_pods>.*?)\]) conn: (?P<conn>.*)"
)
_TITLE_TAIL = " (based on topology from config"


def read_sections(text: str, notation: str) -> list[Section]:
    """Return the sections of a text in one of the notations txt, yaml, json, csv and md.

    Raises
    ------
    UnreadableError
        If some part of it is not read here.
    """
    match notation:
        case "txt":
            return _of_lines(text)
        case "yaml":
            return _of_values(yaml.safe_load(text))
        case "json":
            return _of_values(json.loads(text))
        case "csv":
            return _of_rows(csv.reader(text.splitlines()))
        case "md":
            rows = [line.split("|")[1:] for line in text.splitlines() if not line.startswith("|---")]
            return _of_rows(rows)
        case _:
            raise UnreadableError(notation)


def end_of(addresses: str | None, namespaces: str | None, pods: str | None) -> End:
    """Return the end that comma-joined blocks of addresses stand for, or `pods` of comma-joined namespaces."""
    if addresses:
        return End(AddressSet.union_of(map(_range, addresses.split(","))), frozenset(), ())
    return End(None, frozenset((namespaces or "").split(",")), (pods or "",))


def _of_lines(text: str) -> list[Section]:
    sections: list[Section] = []
    # The reference leaves out the line end between two answers in some files.
    for line in text.replace("final fw rules", "\nfinal fw rules").splitlines():
        rule = _LINE.fullmatch(line)
        if rule is not None:
            src = end_of(rule["src"], rule["src_ns"], rule["src_pods"])
            dst = end_of(rule["dst"], rule["dst_ns"], rule["dst_pods"])
            sections[-1].rules.append((src, dst, ports_of_text(rule["conn"])))
        elif line.endswith(":") or _TITLE_TAIL in line:
            sections.append(Section(line.partition(_TITLE_TAIL)[0].rstrip(" :"), []))
        elif line.strip() and "semantically equivalent" not in line:
            raise UnreadableError(line)
    return sections


def _of_values(answers: list[dict[str, Any]]) -> list[Section]:
    sections = []
    for answer in answers:
        for part in answer.get("explanation", []):
            if "rules" not in part:
                raise UnreadableError(str(list(part)))
            rules = [
                (_end_of_values(rule, "src"), _end_of_values(rule, "dst"), _ports_of_values(rule["connection"]))
                for rule in part["rules"]
            ]
            sections.append(Section(part.get("description", ""), rules))
    return sections


def _end_of_values(rule: dict[str, Any], side: str) -> End:
    if f"{side}_ip_block" in rule:
        return End(AddressSet.union_of(map(_range, rule[f"{side}_ip_block"])), frozenset(), ())
    return End(None, frozenset(rule[f"{side}_ns"]), tuple(rule[f"{side}_pods"]))


def _of_rows(rows: Iterable[list[str]]) -> list[Section]:
    sections: list[Section] = []
    for row in rows:
        if not row or row[0] == "query":
            continue
        title, src_ns, src_pods, dst_ns, dst_pods, conn = (cell.strip() for cell in row[:6])
        if title:
            sections.append(Section(title.rpartition("key: ")[2], []))
        else:
            src = _end_of_cells(src_ns, src_pods)
            sections[-1].rules.append((src, _end_of_cells(dst_ns, dst_pods), ports_of_text(conn)))
    return sections


def _end_of_cells(namespaces: str, pods: str) -> End:
    if not namespaces:
        return end_of(pods, None, None)
    return end_of(None, namespaces[1:-1], pods[1:-1])
