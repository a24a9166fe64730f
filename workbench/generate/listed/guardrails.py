"""Reads guardrails: ``never: * -> platform/vault``, ``always: platform/prometheus -> * : TCP 9090`` (guardrails 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from workbench.generate.listed.lines import Listed, connections_in, group_in, numbered_lines, text_given
from workbench.generate.peers import block_of, cidrs_of, internet
from workbench.ground import AddressSet, ArgumentError, parse_block
from workbench.policy import (
    EVERYTHING,
    NAMESPACE_NAME_LABEL,
    Block,
    DomainNames,
    Pods,
    RulePeer,
    Selector,
    parse_selector,
)

if TYPE_CHECKING:
    from workbench.generate.context import Context

__all__ = ["Guardrail", "GuardrailEnds", "guardrails"]

_LINE: Final = re.compile(r"(?P<word>\w+)\s*:\s*(?P<connection>.*)")
_PODS: Final = re.compile(
    r"(?P<namespaces>\*|\[[^\]]*\]|[^/\[\]*]+)(?:/(?P<pods>\*|\[[^\]]*\]|[^/\[\]]+(?:\[\w[\w.]*\])?))?"
)
_DOMAIN: Final = re.compile(r"(?:\*\.)?(?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9-]*\.?")
_OUTSIDE: Final = frozenset({"internet", "outside"})
_REMEDY: Final = "write: never: source -> destination : ports, or always: source -> destination : ports"


class Guardrail(NamedTuple):
    """A line of the table.

    Attributes
    ----------
    always : bool
        Whether the connection is always allowed; never, else.
    connection : Listed
    """

    always: bool
    connection: Listed

    @property
    def word(self) -> Literal["always", "never"]:
        """How it begins."""
        return "always" if self.always else "never"


def guardrails(given: str | Path | Iterable[str]) -> tuple[Guardrail, ...]:
    """Return the lines of a table of guardrails, in their order.

    Parameters
    ----------
    given : str, Path or iterable of str
        Lines of text, the path of a file with such lines, or several lines.

    Raises
    ------
    ArgumentError
        If a line cannot be read; the message says which, and what to write.
    MissingFileError
        If there is no such file.
    """
    if isinstance(given, str) and _LINE.match(given.strip()):
        text, file = given, ""
    else:
        text, file = text_given(given) if isinstance(given, str | Path) else ("\n".join(given), "")
    groups: dict[str, tuple[str, ...]] = {}
    found: list[Guardrail] = []
    for place, line in numbered_lines(text, file):
        if group_in(line, groups, place):
            continue
        match = _LINE.fullmatch(line)
        if match is None or match["word"] not in {"never", "always"}:
            message = f"{place}: {line!r:.200} begins with neither never: nor always:"
            raise ArgumentError(message, _REMEDY)
        try:
            connections = list(connections_in(match["connection"], groups, place))
        except ArgumentError as error:
            raise ArgumentError(error.message, _REMEDY) from error
        found += [Guardrail(match["word"] == "always", one) for one in connections]
    return tuple(dict.fromkeys(found))


class GuardrailEnds:
    """Finds what the ends of guardrails are: pods by their labels and those of their namespaces, or addresses.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def of(self, text: str, place: str) -> tuple[RulePeer, ...] | str:
        """Return the peers that an end means; as text, why it means none.

        Parameters
        ----------
        text : str
        place : str

        Raises
        ------
        ArgumentError
            If it cannot be read.
        """
        if text in _OUTSIDE:
            return self._blocks(AddressSet.union_of(one.addresses for one in internet()))
        named = self._context.named_blocks.get(text, ())
        if named or parse_block(text) is not None:
            return tuple(block_of(one) for one in named or [text])
        if "/" not in text and _DOMAIN.fullmatch(text):
            return (DomainNames((text,)),)
        match = _PODS.fullmatch(text)
        if match is None:
            message = f"{place}: {text!r:.200} is no end of a connection"
            raise ArgumentError(
                message, "write namespace, namespace/workload, [label=value]/[label=value], * or a CIDR"
            )
        return self._pods(match["namespaces"], match["pods"] or "*", place)

    @staticmethod
    def _blocks(addresses: AddressSet) -> tuple[Block, ...]:
        return tuple(block_of(one) for one in cidrs_of(addresses))

    def _pods(self, namespaces: str, pods: str, place: str) -> tuple[RulePeer, ...] | str:
        home = EVERYTHING if namespaces == "*" else _selector(namespaces, place)
        if home is None:
            home = Selector.of({NAMESPACE_NAME_LABEL: namespaces})
        chosen = EVERYTHING if pods == "*" else _selector(pods, place)
        if chosen is not None:
            return (Pods(home, chosen),)
        return self._workloads(namespaces, pods, home)

    def _workloads(self, namespace: str, name: str, home: Selector) -> tuple[RulePeer, ...] | str:
        found: list[Pods] = []
        for workload in self._context.cluster.objects.workloads:
            if workload.namespace == namespace and name in {workload.name, f"{workload.name}[{workload.kind}]"}:
                choice = self._context.labels.of(workload)
                if not choice.is_exact:
                    others = f" without {', '.join(choice.others)}" if choice.others else ""
                    return f"no labels choose {workload.peer}{others}"
                found.append(Pods(home, choice.selector))
        return tuple(dict.fromkeys(found)) or f"there is no workload {namespace}/{name}"

    def choose_nothing(self, peer: Pods) -> bool:
        """Tell whether no pod that is there is meant.

        Parameters
        ----------
        peer : Pods
        """
        objects = self._context.cluster.objects
        homes = {
            one.name for one in objects.namespaces
            if isinstance(peer.namespaces, Selector) and peer.namespaces.matches(one.labels)
        }  # fmt: skip
        return not any(
            one.namespace in homes and any(peer.pods.matches(shape.labels) for shape in one.shapes)
            for one in objects.workloads
        )


def _selector(text: str, place: str) -> Selector | None:
    """Return a selector in brackets; None where it is a name."""
    if not text.startswith("["):
        return None
    try:
        return parse_selector(text[1:-1])
    except ArgumentError as error:
        message = f"{place}: {error.message}"
        raise ArgumentError(message, error.remedy) from error
