"""OVN-Kubernetes' audit of access control lists: addresses, a verdict, and the policy that decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from workbench.flows.normalize import transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_rfc3339

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["ovn"]

_MARK: Final = "|acl_log("
_LINE: Final = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT[^|\s]+)\|\d+\|acl_log\([^)]*\)\|\w+\|"
    r'name="(?P<name>[^"]*)", verdict=(?P<verdict>\w+),[^:]*?'
    r"(?:direction=(?P<direction>to-lport|from-lport)|severity=\w+): (?P<protocol>\w+),(?P<fields>.*)"
)
_SIDES: Final = {
    "to-lport": ("ingress", "destination"),
    "from-lport": ("egress", "source"),
    # Versions before OpenShift 4.9 do not write it.
    None: ("unknown", "unknown"),
}
_VERDICTS: Final = {"allow": "allowed", "drop": "denied", "reject": "denied", "pass": "observed"}
"""What is passed is decided by the next tier, which says so in a line of its own."""
_KINDS: Final = {
    "NP": "NetworkPolicy",
    "ANP": "AdminNetworkPolicy",
    "BANP": "BaselineAdminNetworkPolicy",
    "EF": "EgressFirewall",
}
_NAMESPACED: Final = ("NP", "EF")
_DIFFERENT: Final = 1 << 14
"""So many different rules are remembered: they repeat from line to line."""


@register_flow_format(
    "ovn",
    title="OVN-Kubernetes ACL audit log",
    records="text-lines",
    detects=lambda line: bool(_LINE.match(line)),
    blind_spots=(
        "Only namespaces with the annotation for logging are logged.",
        "The log is rate-limited: a flow that is missing proves nothing.",
        "There are no counters.",
    ),
)
def ovn(line: str, log: ImportLog) -> Iterator[Observation]:
    """Yield the packet that a line tells of (flow-formats 4). Rules keep state: replies are not logged."""
    if _MARK not in line:
        log.skip("other log lines")
        return
    found = _LINE.search(line)
    if found is None:
        message = "it is cut off, or written in another way"
        raise ValueError(message)
    fields = dict(part.split("=", 1) for part in found["fields"].split(",") if "=" in part)
    direction, reporter = _SIDES[found["direction"]]
    protocol = found["protocol"].removesuffix("6")
    flags = set(re.split(r"[|+\-]", fields["tcp_flags"])) if "tcp_flags" in fields else None
    is_first = flags is not None and "syn" in flags and "ack" not in flags
    yield {
        "time_start": from_rfc3339(found["time"]),
        "source_address": fields.get("nw_src") or fields["ipv6_src"],
        "destination_address": fields.get("nw_dst") or fields["ipv6_dst"],
        "source_port": _number(fields, "tp_src"),
        "destination_port": _number(fields, "tp_dst"),
        "network_transport": transport_of(found["protocol"] if protocol == "icmp" else protocol),
        "icmp_type": _number(fields, "icmp_type"),
        "icmp_code": _number(fields, "icmp_code"),
        "network_io_direction": direction,
        "reporter": reporter,
        "verdict": _VERDICTS.get(found["verdict"], "unknown"),
        "verdict_reason": found["verdict"] if found["verdict"] == "reject" else None,
        "policies": _policies(found["name"], found["verdict"], direction),
        "connections": None if flags is None else int(is_first),
        "tcp_syn": None if flags is None else "syn" in flags,
        "tcp_ack": None if flags is None else "ack" in flags,
        "source_is_client": True,
    }


def _number(fields: Mapping[str, str], name: str) -> int | None:
    return int(fields[name]) if name in fields else None


@lru_cache(maxsize=_DIFFERENT)
def _policies(name: str, verdict: str, direction: str) -> list[dict[str, str | None]]:
    return [_policy(name, verdict, direction)]


def _policy(name: str, verdict: str, direction: str) -> dict[str, str | None]:
    """Return the policy that a name such as ``NP:shop:allow-web:Ingress:0`` means.

    Without the policy's name it is what holds for pods that policies select: everything else is denied.
    """
    prefix, *parts = name.split(":")
    decided: dict[str, str | None] = {"action": verdict, "direction": direction}
    if prefix not in _KINDS or not parts:
        return {**decided, "name": name}
    namespace = parts.pop(0) if prefix in _NAMESPACED else None
    rule = parts.pop() if parts and parts[-1].isdigit() else None
    if parts and parts[-1] in {"Ingress", "Egress"}:
        parts.pop()
    named = ":".join(parts) or None
    return {**decided, "kind": _KINDS[prefix], "namespace": namespace, "name": named, "rule": rule}
