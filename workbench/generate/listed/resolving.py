"""Which workloads, addresses and ports the names of a list mean (generate 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.generate.draft import Drafts
from workbench.generate.listed.intents import intended_connections
from workbench.generate.listed.lines import listed_connections
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut, merged_needs
from workbench.generate.selectors import living
from workbench.ground import EXTERNAL_ENTITIES, PortSet, listed, parse_block
from workbench.inventory import ServiceDirectory

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.generate.listed.lines import Listed

__all__ = ["Resolver", "required_needs"]

_INTERNET = frozenset({"internet", "outside", "any", EXTERNAL_ENTITIES})
_EVERY = "*"


class _End(NamedTuple):
    """An end that is meant.

    Attributes
    ----------
    name : str
    ports : PortSet
        At which a call to the named port arrives.
    blocks : tuple of str
    """

    name: str
    ports: PortSet
    blocks: tuple[str, ...] = ()


def required_needs(context: Context, connections: Any = ()) -> Drafts:  # noqa: ANN401  (as of listed_connections)
    """Return what a list and the ClientIntents of a cluster require, and what of it means nothing there.

    Parameters
    ----------
    context : Context
    connections : path, text, frame or iterable
        As `listed_connections` takes them.

    Raises
    ------
    ArgumentError, MissingFileError
        As `listed_connections` raises them.
    """
    intended, strange = intended_connections(context.cluster)
    resolver = Resolver(context)
    found = [one for line in (*listed_connections(connections), *intended) for one in resolver.needs(line)]
    return Drafts(
        needs=merged_needs(one for one in found if isinstance(one, Need)),
        left_out=(
            *(one for one in found if isinstance(one, LeftOutNeed)),
            *(LeftOutNeed(WhyLeftOut.UNRESOLVED, one) for one in strange),
        ),
    )


class Resolver:
    """Finds what the ends of a list are in a cluster.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for one in self._context.cluster.objects.workloads:
            found[f"{one.namespace}/{one.name}"].append(one.peer)
            found[f"{one.namespace}/{_EVERY}"].append(one.peer)
        return dict(found)

    @cached_property
    def _services(self) -> ServiceDirectory:
        return ServiceDirectory.of(self._context.cluster.objects)

    def needs(self, one: Listed) -> Iterator[Need | LeftOutNeed]:
        """Yield what a listed connection needs; where a name means nothing, it is left out.

        Parameters
        ----------
        one : Listed
        """
        plain = Need(one.src, one.dst, one.ports, Basis.LISTED, one.place)
        sources, destinations = (
            self._ends(one.src, one.ports, called=False),
            self._ends(one.dst, one.ports, called=True),
        )
        for name, found in ((one.src, sources), (one.dst, destinations)):
            if isinstance(found, str):
                yield LeftOutNeed.of(WhyLeftOut.UNRESOLVED, plain, found or f"nothing is called {name}")
                return
        for src in sources:
            for dst in destinations:
                if isinstance(src, _End) and isinstance(dst, _End):
                    yield plain._replace(src=src.name, dst=dst.name, ports=dst.ports, blocks=src.blocks or dst.blocks)

    def _ends(self, text: str, ports: PortSet, *, called: bool) -> list[_End] | str:
        """Return the ends that a name means; else why it means none."""
        if text in _INTERNET:
            return [_End(EXTERNAL_ENTITIES, ports)]
        if (blocks := self._context.named_blocks.get(text)) is not None:
            return [_End(text, ports, blocks)]
        if parse_block(text) is not None or text in self._context.ends.workloads:
            return [_End(text, ports)]
        found = self._by_name.get(text, [])
        if len(found) > 1 and not text.endswith(f"/{_EVERY}"):
            return f"{text} may be {listed(found)}: write which"
        return [_End(name, ports) for name in found] or self._behind(text, ports, called=called)

    def _behind(self, text: str, ports: PortSet, *, called: bool) -> list[_End] | str:
        """Return the workloads behind a Service, with the ports of their pods where they are called."""
        named = text if text.endswith("[Service]") else f"{text}[Service]"
        call = self._services.find(named)
        if call is None:
            return f"there is no workload or Service {text}"
        ends = []
        for workload in self._context.cluster.objects.workloads:
            shapes = [shape for shape in living(workload) if call.selects(workload.namespace, shape)]
            if not shapes:
                continue
            arriving = PortSet()
            for one in call.ports if called else ():
                if ports.contains(one.protocol, one.port):
                    only = call.__class__(call.service, (one,), call.every_port)
                    arriving = PortSet.union_of([arriving, *(only.pod_ports(shape) for shape in shapes)])
            if called and not arriving and not call.every_port:
                return f"{call.ref} has no port of {ports}"
            ends.append(_End(workload.peer, arriving if called else ports))
        return ends or f"{call.ref} selects no pods"
