"""Antrea: the CSV files of the flow aggregator's FlowLogger (flow-formats 5).

There is no header. Records are of both directions, the initiator first, and hold no counters; a long
connection is written again and again, so a record counts no connections.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.addresses import classify_address
from workbench.flows.normalize import transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["antrea"]

_BEFORE: Final = (
    "flowStartSeconds",
    "flowEndSeconds",
    "sourceIP",
    "destinationIP",
    "sourcePort",
    "destinationPort",
    "protocol",
    "sourcePodName",
    "sourcePodNamespace",
    "sourceNodeName",
    "destinationPodName",
    "destinationPodNamespace",
    "destinationNodeName",
    "destinationClusterIP",
)
_AFTER: Final = (
    "destinationServicePort",
    "destinationServicePortName",
    *(
        f"{side}{name}"
        for side in ("ingress", "egress")
        for name in ("PolicyName", "PolicyNamespace", "RuleName", "RuleAction", "PolicyType")
    ),
    "egressName",
    "egressIP",
)
FEWEST: Final = len(_BEFORE) + len(_AFTER)
"""28 columns. Later versions add the Service's address (so 29 or 30), and columns at the end that are not read."""
_ACTIONS: Final = {"1": "allow", "2": "drop", "3": "reject", "allow": "allow", "drop": "drop", "reject": "reject"}
_TYPES: Final = {
    "1": "NetworkPolicy",
    "2": "AntreaNetworkPolicy",
    "3": "AntreaClusterNetworkPolicy",
    "k8snetworkpolicy": "NetworkPolicy",
    "antreanetworkpolicy": "AntreaNetworkPolicy",
    "antreaclusternetworkpolicy": "AntreaClusterNetworkPolicy",
}
_DENIED: Final = frozenset({"drop", "reject"})


def _is_antrea(line: Any) -> bool:  # noqa: ANN401  (a line)
    cells = _cells(line)
    times = all(not cell or cell.isdecimal() for cell in cells[:2])
    return len(cells) >= FEWEST and times and all(classify_address(cell).family for cell in cells[2:4])


def _cells(line: str) -> list[str]:
    return next(csv.reader([line]), [])


def _fields(cells: Sequence[str]) -> dict[str, str]:
    """Return the cells by name. A port where the Service's address would be tells that there is none."""
    if len(cells) < FEWEST:
        message = f"it has {len(cells)} columns; there must be at least {FEWEST}"
        raise ValueError(message)
    has_service_address = not cells[len(_BEFORE)].isdecimal()
    names = (*_BEFORE, "destinationServiceIP", *_AFTER) if has_service_address else (*_BEFORE, *_AFTER)
    return dict(zip(names, cells, strict=False))


@register_flow_format(
    "antrea",
    title="Antrea FlowLogger",
    records="text-lines",
    detects=_is_antrea,
    blind_spots=(
        "A long connection is written again and again: how many there were is not known.",
        "There are no counters of packets and bytes.",
    ),
)
def antrea(line: Any, _log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (a line)
    """Yield the flow in a line."""
    found = _fields(_cells(line))
    policies = [policy for side in ("ingress", "egress") if (policy := _policy(found, side))]
    denied = [policy["direction"] for policy in policies if policy["action"] in _DENIED]
    is_allowed = any(policy["action"] == "allow" for policy in policies)
    service_name = found["destinationServicePortName"].partition(":")[0].rpartition("/")[2]
    service_address = found["destinationClusterIP"] or found.get("destinationServiceIP")
    is_translated = bool(service_address) and not classify_address(str(service_address)).no_peer
    yield {
        "time_start": from_either(found["flowStartSeconds"], from_seconds),
        "time_end": from_either(found["flowEndSeconds"], from_seconds),
        **_end("source", found),
        **_end("destination", found),
        "destination_k8s_service_name": service_name or None,
        "network_transport": transport_of(found["protocol"]),
        "network_io_direction": denied[0] if denied else "unknown",
        "verdict": "denied" if denied else "allowed" if is_allowed else "observed",
        "policies": policies or None,
        "service_address": service_address if is_translated else None,
        "service_port": (int(found["destinationServicePort"] or 0) or None) if is_translated else None,
        "nat_source_address": found["egressIP"] or None,
        "source_is_client": True,
    }


def _end(end: str, found: dict[str, str]) -> Observation:
    return {
        f"{end}_address": found[f"{end}IP"] or None,
        f"{end}_port": int(found[f"{end}Port"] or 0) or None,
        f"{end}_k8s_namespace_name": found[f"{end}PodNamespace"] or None,
        f"{end}_k8s_pod_name": found[f"{end}PodName"] or None,
        f"{end}_k8s_node_name": found[f"{end}NodeName"] or None,
    }


def _policy(found: dict[str, str], side: str) -> dict[str, str | None] | None:
    """Return the policy that decided on one side, if one did; action and type are names or numbers."""
    name = found[f"{side}PolicyName"]
    if not name:
        return None
    return {
        "kind": _TYPES.get(found[f"{side}PolicyType"].lower()),
        "namespace": found[f"{side}PolicyNamespace"] or None,
        "name": name,
        "rule": found[f"{side}RuleName"] or None,
        "action": _ACTIONS.get(found[f"{side}RuleAction"].lower()),
        "direction": side,
    }
