"""Calico's flow logs: a client, a server and the policies between them, counted over some minutes.

The source of a row is always the client. Names of pods may be aggregated: ``frontend-755cdc7957-*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import domains_of, transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds
from workbench.ground import INTERNAL_ENTITIES

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["calico"]

REPORTERS: Final = {"src": ("source", "egress"), "dst": ("destination", "ingress"), "fwd": ("forwarder", "unknown")}
VERDICTS: Final = {"allow": "allowed", "deny": "denied", "pass": "observed"}
NETWORKS: Final = {"pub": "public network", "pvt": INTERNAL_ENTITIES}
"""What stands for the addresses outside the cluster, where they are aggregated."""
_KINDS: Final = {"wep": "pod", "hep": "node", "ns": "network_set", "net": "unknown"}
_NONE: Final = ("-", "", None)
_KUBERNETES: Final = {
    "knp.default.": "NetworkPolicy",
    "kanp.adminnetworkpolicy.": "AdminNetworkPolicy",
    "kbanp.baselineadminnetworkpolicy.": "BaselineAdminNetworkPolicy",
}
"""How Calico named the policies that are not its own, before names had a kind in front."""
_NAMED_KINDS: Final = {
    "np": "CalicoNetworkPolicy",
    "gnp": "GlobalNetworkPolicy",
    "knp": "NetworkPolicy",
    "kanp": "AdminNetworkPolicy",
    "kbanp": "BaselineAdminNetworkPolicy",
    "kcnp": "ClusterNetworkPolicy",
}
"""The kinds in front of names such as ``knp:shop/web``; those of staged policies begin with an ``s``."""
_PROFILE: Final = "__PROFILE__"
_UNKNOWN_RULE: Final = "-2"
_DIFFERENT: Final = 1 << 14
"""So many different labels and policies are remembered: they repeat from line to line."""
_TEMPLATE_HASH: Final = re.compile("-[bcdfghjklmnpqrstvwxz2456789]{8,10}$")


def _is_flow(record: Any) -> bool:  # noqa: ANN401  (JSON)
    return "source_name_aggr" in record and "dest_type" in record and "action" in record


@register_flow_format(
    "calico",
    title="Calico flow log",
    records="json-lines",
    detects=_is_flow,
    blind_spots=(
        "Allowed connections are logged without addresses, and under one name for all pods of a template, by default.",
        "What staged policies would do decides nothing, and is left out.",
    ),
)
def calico(flow: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the connections that a line tells of (flow-formats 2)."""
    if "source_type" not in flow and "dest_type" not in flow:
        log.skip("other log lines")
        return
    reporter, direction = REPORTERS.get(str(flow.get("reporter")).lower(), ("unknown", "unknown"))
    source, destination = _end(flow, "source"), _end(flow, "dest")
    if host := known(flow.get("host")):
        (destination if reporter == "destination" else source)["k8s_node_name"] = host
    started = counter(flow.get("num_flows_started"))
    yield {
        "time_start": from_either(flow.get("start_time"), from_seconds),
        "time_end": from_either(flow.get("end_time"), from_seconds),
        **{f"source_{name}": value for name, value in source.items()},
        **{f"destination_{name}": value for name, value in destination.items()},
        "destination_domain": domains_of(flow.get("dest_domains") or ()),
        "destination_k8s_service_name": known(flow.get("dest_service_name")),
        "service_port": flow.get("dest_service_port_num") or None,
        "network_transport": transport_of(flow["proto"]),
        "network_io_direction": direction,
        "reporter": reporter,
        "verdict": VERDICTS.get(str(flow["action"]).lower(), "unknown"),
        "policies": _policies(flow.get("policies"), direction),
        "connections": counter(flow.get("num_flows")) if started is None else started,
        **counters(flow, reporter),
        "source_is_client": True,
    }


def known(text: object) -> str | None:
    """Return a text, or None where Calico writes that there is none, by a dash."""
    return None if text in _NONE else str(text)


def counters(flow: Mapping[str, Any], reporter: str) -> Observation:
    """Return the counters: ``in`` and ``out`` are those of the end that reported."""
    sent, answered = ("out", "in") if reporter == "source" else ("in", "out")
    return {
        "packets": counter(flow.get(f"packets_{sent}")),
        "bytes": counter(flow.get(f"bytes_{sent}")),
        "reply_packets": counter(flow.get(f"packets_{answered}")),
        "reply_bytes": counter(flow.get(f"bytes_{answered}")),
    }


def counter(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a counter; None where it is -1, which says that it is not known."""
    return None if value in {-1, "-1"} else value


def workload(aggregate: str, labels: Mapping[str, str]) -> Observation:
    """Return the workload of pods that are reported together as ``frontend-755cdc7957-*``.

    Where the end of the name is the pods' template hash, a ReplicaSet made them; else what did is not known.
    """
    name = aggregate.removesuffix("-*")
    if name == aggregate:
        return {}
    template = labels.get("pod-template-hash")
    is_replica_set = name.endswith(f"-{template}") if template else bool(_TEMPLATE_HASH.search(name))
    return {"k8s_owner_name": name, "k8s_owner_kind": "ReplicaSet" if is_replica_set else None}


def labels_in(written: Any) -> Mapping[str, str]:  # noqa: ANN401  (JSON)
    """Return labels, however a version of Calico or a collector wrote them: ``{"labels": [...]}``, a list, a text."""
    match written:
        case {"labels": listed}:
            return labels_in(listed)
        case str(text):
            return _labels(tuple(text.split("|")))
        case list(texts):
            return _labels(tuple(map(str, texts)))
        case dict(labels):
            return {str(key): str(value) for key, value in labels.items()}
    return {}


@lru_cache(maxsize=_DIFFERENT)
def _labels(texts: tuple[str, ...]) -> Mapping[str, str]:
    return dict(text.strip().partition("=")[::2] for text in texts if "=" in text)


def _end(flow: Mapping[str, Any], side: str) -> Observation:
    kind = str(flow.get(f"{side}_type")).lower()
    name, aggregate = known(flow.get(f"{side}_name")), known(flow.get(f"{side}_name_aggr"))
    labels = labels_in(flow.get(f"{side}_labels"))
    address = flow.get(f"{side}_ip")
    found: Observation = {
        "address": address,
        "port": flow.get(f"{side}_port") or None,
        "kind": _KINDS.get(kind, "unknown"),
        "k8s_namespace_name": known(flow.get(f"{side}_namespace")),
        "k8s_pod_labels": labels or None,
    }
    match kind:
        case "wep":
            owner = workload(aggregate or "", labels)
            return {**found, **owner, "k8s_pod_name": name, "kind": "workload" if owner and not name else "pod"}
        case "hep":
            return {**found, "k8s_node_name": name or aggregate}
        case "ns":
            return {**found, "network_label": name or aggregate}
    network = None if address else NETWORKS.get(aggregate or "", aggregate)
    return {**found, "kind": "external" if aggregate == "pub" else "unknown", "network_label": network}


def _policies(listed: Mapping[str, Any] | None, direction: str) -> list[dict[str, str | None]] | None:
    """Return the policies that were enforced; profiles stand for none."""
    given = listed or {}
    texts = given.get("enforced_policies") or given.get("all_policies") or ()
    return _policies_in(tuple(texts), direction)


@lru_cache(maxsize=_DIFFERENT)
def _policies_in(texts: tuple[str, ...], direction: str) -> list[dict[str, str | None]] | None:
    return [_policy(text, direction) for text in texts if _PROFILE not in text and not _is_staged(text)] or None


def _is_staged(text: str) -> bool:
    """Tell whether a policy is only tried: ``snp:shop/web``, and ``shop/default.staged:web`` in older versions."""
    kind, colon, _ = "".join(text.split("|")[2:3]).partition(":")
    return bool(colon) and (kind.endswith("staged") or (kind.startswith("s") and kind[1:] in _NAMED_KINDS))


def _policy(text: str, direction: str) -> dict[str, str | None]:
    """Return the policy that a text means.

    As versions write it: ``0|default|shop/knp.default.web|allow|0``, or ``0|default|knp:shop/web|allow|0``.
    """
    _, _, written, action, rule, *_ = (*text.split("|"), "", "")
    given, _, named = written.rpartition(":")
    namespace, _, name = named.rpartition("/")
    kind = _NAMED_KINDS.get(given, "CalicoNetworkPolicy" if namespace else "GlobalNetworkPolicy")
    for prefix, theirs in _KUBERNETES.items():
        if name.startswith(prefix):
            kind, name = theirs, name.removeprefix(prefix)
    return {
        "kind": kind,
        "namespace": namespace or None,
        "name": name,
        "rule": None if rule in {"", _UNKNOWN_RULE} else rule,
        "action": action,
        "direction": direction,
    }
