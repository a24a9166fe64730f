"""What a proposal claims about the connections of a cluster that holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from workbench import evaluate
from workbench.generate import Proposal
from workbench.generate.build_time.plan import ANYONE, CLUSTER
from workbench.generate.peers import is_on_host
from workbench.ground import PortSet, parse_ports

__all__ = ["allowed_between_workloads", "claimed"]

Ports = Mapping[tuple[str, str], PortSet]
DNS = PortSet.of("UDP", 53)


def claimed(found: Proposal) -> Ports:
    """Return what is allowed between workloads: what is needed, and what is open to all and may be called.

    Whoever calls others may look names up, so that what is open to all at that port is open to it.
    """
    chosen = {one for draft in found.drafts for one in draft.workloads or ()}
    ports: defaultdict[tuple[str, str], PortSet] = defaultdict(PortSet)
    opened: defaultdict[str, PortSet] = defaultdict(PortSet)
    made = {need for draft in found.drafts for needs in draft.reasons.values() for need in needs}
    callers = {need.src for need in made if need.dst == CLUSTER}
    for need in made & set(found.needs):
        if need.src in {ANYONE, CLUSTER}:
            opened[need.dst] |= need.ports
        elif {need.src, need.dst} <= chosen:
            ports[need.src, need.dst] |= need.ports
    for dst, open_ports in opened.items():
        for src in callers:
            ports[src, dst] |= open_ports & DNS
    return {pair: one for pair, one in ports.items() if one}


def allowed_between_workloads(found: Proposal) -> Ports:
    """Return what is allowed between workloads in a cluster that holds a proposal, and no other policies."""
    cluster = found.cluster.with_policies(found.policies, remove=found.cluster.objects.policies)
    peers = {one.peer for one in cluster.objects.workloads if not is_on_host(one)}
    allowed: defaultdict[tuple[str, str], PortSet] = defaultdict(PortSet)
    frame = evaluate(cluster).to_frame()
    for src, dst, protocol, ports in frame[["src", "dst", "protocol", "ports"]].itertuples(index=False):
        if {src, dst} <= peers:
            allowed[str(src), str(dst)] |= parse_ports(f"{protocol} {ports}")
    return dict(allowed)
