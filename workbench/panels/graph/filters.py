"""What a person asks to see in the graph: every filter, checked when it is set, and read as a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, cast

from traitlets import Bool, Enum, TraitError, Unicode, validate

from workbench.drawing import VIEWS, Arrangement, Choice, Side, Traffic, parse_expression, ports_asked
from workbench.ground import NO_PORTS, AddressSet, ArgumentError, PortSet
from workbench.panels.frame import Names, PanelState
from workbench.policy import parse_selector

__all__ = ["PLATFORM", "SPANS", "VIEW_WORDS", "GraphFilters", "checked"]

VIEW_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "all": "allowed and seen",
        "active": "seen",
        "allowed": "allowed",
        "difference": "changed",
    }
)
"""The views, with the words for people."""
SPANS: Final[Mapping[str, timedelta | None]] = MappingProxyType(
    {
        "all time": None,
        "past hour": timedelta(hours=1),
        "past 8 hours": timedelta(hours=8),
        "past day": timedelta(days=1),
        "past week": timedelta(weeks=1),
        "past month": timedelta(days=30),
    }
)
"""How far back a window of time may reach."""
PLATFORM: Final = frozenset(
    {
        *("kube-system", "kube-public", "kube-node-lease", "openshift", "openshift-*", "*monitoring*", "calico-*"),
        *("cilium*", "tigera-*", "istio-system", "ingress-nginx", "cert-manager"),
    }
)
"""The namespaces of what runs a cluster; ``*`` stands for any characters."""
DIFFERENCES: Final = ("added", "removed", "changed", "unchanged")
NO_ADDRESSES: Final = AddressSet()


class GraphFilters(PanelState):
    """What of a graph is to be seen. All filters must be met; an empty one does not matter.

    Attributes
    ----------
    view : str
        One of `VIEW_WORDS`.
    namespaces : tuple of str
        These only; shared with all panels of the scope.
    workloads : tuple of str
        These only, with or without namespace and kind; ``*`` stands for any characters.
    search : str
        Only what has the text in its name or kind.
    labels : str
        Only workloads with these labels, as ``kubectl get -l`` takes them: ``app=web,tier in (a, b)``.
    address : str
        Only what has this address, or one of this block.
    port : str
        Only connections on it: ``5432``, ``TCP 5432``, ``UDP``, or the name of a container port.
    direction : {"", "ingress", "egress"}
        Only connections that end at what the filters above mean, or begin there.
    statuses : tuple of str
        Only connections of these, as in `drawing.Traffic`.
    sources : tuple of str
        Only what was seen in recordings of these formats.
    span : str
        One of `SPANS`; empty for a window that was chosen by its ends.
    outside : bool
        What is outside the cluster, too.
    hide_platform : bool
        Without the namespaces of `PLATFORM` and questions to name servers.
    find, hide : str
        Expressions of what is marked, and of what is not drawn, as `drawing.parse_expression` reads them.
    opened : tuple of str
        Namespaces drawn workload by workload where the others are summed up.
    merged : bool
        Whether both directions of a pair are one line.
    by_volume : bool
        Whether lines are as wide as much was seen to go over them.
    arrangement : str
        How boxes are placed: one of `drawing.Arrangement`.
    """

    view = Enum(list(VIEW_WORDS), default_value="all")
    namespaces = Names()
    workloads = Names()
    search = Unicode()
    labels = Unicode()
    address = Unicode()
    port = Unicode()
    direction = Enum(["", "ingress", "egress"], default_value="")
    statuses = Names()
    sources = Names()
    span = Enum(["", *SPANS], default_value="all time")
    outside = Bool(True)  # noqa: FBT003  (the first argument of a trait is its default)
    hide_platform = Bool()
    find = Unicode()
    hide = Unicode()
    opened = Names()
    merged = Bool()
    by_volume = Bool()
    arrangement = Enum(list(map(str, Arrangement)), default_value=str(Arrangement.BEST))

    filters = (
        *("namespaces", "workloads", "search", "labels", "address", "port", "direction", "statuses", "sources"),
        *("span", "outside", "hide_platform", "hide"),
    )
    """What `reset` takes away."""
    remembered = (*filters, "view", "find", "opened", "merged", "by_volume", "arrangement")

    @validate("labels", "address", "port", "find", "hide")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        name = proposal["trait"].name
        try:
            _READERS[name](text)
        except ValueError as error:
            message = f"{name}: {error}"
            raise TraitError(message) from error
        if name == "port" and text and not self._ports(text):
            named = ", ".join(sorted(self.named_ports))
            message = f"port: {text!r} is neither a port such as 5432, TCP 5432 or UDP, nor the name of one"
            raise TraitError(f"{message}; there are {named}" if named else message)
        return text

    @validate("statuses")
    def _known_statuses(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        return checked(proposal, (*Traffic, *DIFFERENCES), "status")

    @property
    def named_ports(self) -> Mapping[str, PortSet]:
        """The ports that containers declare under a name, by it."""
        found: dict[str, PortSet] = {}
        for workload in self.scope.cluster.objects.workloads:
            for shape in workload.shapes:
                for port in shape.ports:
                    if port.name:
                        ports = found.get(port.name, NO_PORTS)
                        found[port.name] = ports | PortSet.of(port.protocol, port.port)
        return found

    def _ports(self, text: str) -> PortSet:
        return ports_asked(text) or self.named_ports.get(text, NO_PORTS)

    @property
    def choice(self) -> Choice:
        """What all of it asks of a graph."""
        return Choice(
            groups=frozenset(self.namespaces),
            search=self.search,
            outside=self.outside,
            opened=frozenset(self.opened),
            nodes=frozenset(self.workloads),
            labels=parse_selector(self.labels) if self.labels else None,
            addresses=_addresses(self.address),
            ports=self._ports(self.port) if self.port else NO_PORTS,
            styles=frozenset(self.statuses),
            side=cast("Side", self.direction),
            view=VIEWS.get(self.view, frozenset()),
            platform=PLATFORM if self.hide_platform else frozenset(),
            hide=parse_expression(self.hide),
            find=parse_expression(self.find),
            merged=self.merged,
        )


def _addresses(text: str) -> AddressSet:
    try:
        return AddressSet.of(text) if text else NO_ADDRESSES
    except ValueError as error:
        message = f"{text!r} is neither an address nor a block of addresses, such as 203.0.113.0/24"
        raise ArgumentError(message) from error


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "labels": parse_selector,
    "address": _addresses,
    "port": str,
    "find": parse_expression,
    "hide": parse_expression,
}


def checked(proposal: dict[str, Any], known: tuple[str, ...], noun: str) -> tuple[str, ...]:
    """Return names that are all known.

    Parameters
    ----------
    proposal : dict
        As traitlets has it.
    known : tuple of str
    noun : str
        What they are names of.

    Raises
    ------
    TraitError
        If one is not; the message lists those that are.
    """
    names: tuple[str, ...] = tuple(proposal["value"])
    if unknown := [name for name in names if name not in known]:
        message = f"no {noun} {', '.join(unknown)}; there are {', '.join(map(str, known)) or 'none'}"
        raise TraitError(message)
    return names
