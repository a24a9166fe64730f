"""The schema of every frame that this room hands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BLAST_RADIUS",
    "CHANGES",
    "CONNECTIONS",
    "EXPLANATIONS",
    "EXPOSURES",
    "FINDINGS",
    "NETWORK_CONNECTIONS",
    "REACH",
    "REASONS",
    "STEPS",
    "UNCAPTURED",
    "WITNESSES",
    "make_frame",
]

CONNECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "src": "category",
        "dst": "category",
        "src_kind": "category",
        "dst_kind": "category",
        "src_namespace": "category",
        "dst_namespace": "category",
        "src_workload": "category",
        "dst_workload": "category",
        "src_shape": "category",
        "dst_shape": "category",
        "protocol": "category",
        "ports": "category",
        "intervals": "object",
    }
)
"""Columns of `Connectivity.to_frame`: one row per source, destination and protocol.

``src``, ``dst``: peer names: ``namespace/workload[Kind]``, ``{ingress-controller}``, or what addresses are called
(``outside``, ``10.0.0.0/8``, ``192.0.2.7``, ``192.0.2.1-192.0.2.9``).
``src_kind`` …: kind and namespace of the ends; ``External`` and empty for address ranges.
``src_workload`` …: name of the workload, and the range for addresses. ``src_shape`` …: where policies tell the
pods of a workload apart, what those of the end have, such as ``{tier=a}``; else empty.
``ports``: text such as ``80,443-445``. ``intervals``: the same as a tuple of ``(first, last)`` pairs.
"""

NETWORK_CONNECTIONS: Mapping[str, str] = MappingProxyType({"network": "category", **CONNECTIONS})
"""Columns of `Networks.to_frame`: those of `CONNECTIONS`, and the name of the network.

``pod-network``, the namespace of a UserDefinedNetwork, or the name of any other network.
"""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "direction": "str",
        "subject": "str",
        "verdict": "str",
        "policy": "str",
        "rule": "str",
        "effect": "str",
        "ports": "str",
        "file": "str",
        "line": "Int64",
    }
)
"""Columns of `Answer.to_frame`: one row per policy or rule that had a say.

``direction``: egress of the source or ingress of the destination. ``subject``: the peer whose
traffic it is about. ``verdict``: ``allowed``, ``denied`` or ``partly`` for the whole direction.
``policy``: ``Kind namespace/name``, empty for the default. ``rule``: path of the rule, such as
``spec.ingress[0]``. ``effect``: ``allows``, ``denies``, ``passes``, or ``isolates`` for a policy that
selects the subject and has no rule that matches. ``ports``: what it decides.
"""

CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "change": "category",
        "src": "category",
        "dst": "category",
        "src_kind": "category",
        "dst_kind": "category",
        "src_namespace": "category",
        "dst_namespace": "category",
        "before": "category",
        "after": "category",
        "opened": "category",
        "closed": "category",
        "workloads": "category",
    }
)
"""Columns of `ConnectivityDiff.to_frame`: one row per source and destination.

``change``: ``changed``, ``added``, ``removed`` or ``unchanged``. ``src`` … ``dst_namespace``: as in
`CONNECTIONS`. ``before``, ``after``: the whole connection as text, such as ``TCP 80,443,UDP 53``,
``All Connections`` or ``No Connections``. ``opened``: what only the second allows; ``closed``: what
only the first does. ``workloads``: that workloads came or went with the connection; else empty.
"""

REACH: Mapping[str, str] = MappingProxyType(
    {"dst": "str", "dst_kind": "str", "dst_namespace": "str", "hops": "int64", "ports": "str", "path": "str"}
)
"""Columns of `Connectivity.reach`: one row per workload that can be reached, the nearest first.

``hops``: the fewest connections that lead there. ``ports``: what the last of them may use.
``path``: the workloads on a shortest way, the start first.
"""

STEPS: Mapping[str, str] = MappingProxyType(
    {"target": "str", "step": "int64", "src": "str", "dst": "str", "ports": "str"}
)
"""Columns of `Connectivity.paths`: one row per step of a shortest way to each target.

``step``: counted from 1. ``src``, ``dst``: the ends of the step. ``ports``: what it may use.
"""

BLAST_RADIUS: Mapping[str, str] = MappingProxyType(
    {
        "workload": "str",
        "kind": "str",
        "namespace": "str",
        "direct": "int64",
        "reached": "int64",
        "component": "int64",
    }
)
"""Columns of `Connectivity.blast_radius`: one row per workload.

``direct``: workloads that it may talk to. ``reached``: workloads that it gets to over any number of hops.
It is one of them itself where its pods get to each other. ``component``: workloads of one component all
reach each other.
"""

EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {
        "src": "category",
        "dst": "category",
        "network": "category",
        "ports": "category",
        "verdict": "category",
        "direction": "category",
        "ruling": "category",
        "effect": "category",
        "kind": "category",
        "policy": "category",
        "rule": "category",
        "rule_name": "category",
        "rule_number": "Int64",
        "reason": "str",
        "intervals": "object",
        "file": "category",
        "line": "Int64",
    }
)
"""Columns of `Explanation.to_frame`: one row per pair, ports, direction and decision about them.

``network``: its name, where networks are told apart. ``verdict``: whether these ports of the pair are
``allowed`` or ``denied``; ``ruling``: the same of the one end, egress of the source or ingress of the
destination. ``effect``: ``allows``, ``denies``, ``passes``; ``other-ports`` for a NetworkPolicy's rule
that selects the other end, but not these ports (``no-such-port`` in the reference's wording, where it does
so by names that the destination lacks); ``no-rule`` where none of its rules selects it; ``may
allow`` for domain names that nobody resolves; ``isolates`` for different networks; ``default`` where
no policy has a say; and ``host-network``. ``rule``: path of the rule, such as ``spec.ingress[0]``;
``rule_name`` and ``rule_number``: its name, and its place among the rules of its direction, from 1.
``reason``: the decision in words. ``intervals``: the ports as a mapping of protocol to ``(first,
last)`` pairs.
"""

EXPOSURES: Mapping[str, str] = MappingProxyType(
    {
        "workload": "category",
        "direction": "category",
        "peer": "category",
        "peer_kind": "category",
        "conn": "category",
        "intervals": "object",
        "named": "object",
        "protected": "bool",
        "reasons": "str",
    }
)
"""Columns of `Exposure.to_frame`: one row per workload, direction and those to whom it is open.

``peer``: ``entire-cluster``, ``[namespace with {…}]/[pod with {…}]``, or a range of addresses;
``peer_kind``: ``Cluster``, ``Pods`` or ``External``. ``conn``: the ports as text; ``intervals``: the
same as a mapping of protocol to ``(first, last)`` pairs, and ``named``, a tuple of port names that
only the destination will resolve. ``protected``: whether any policy has a say about the direction.
``reasons``: which policies and rules open which ports, in words.
"""

WITNESSES: Mapping[str, str] = MappingProxyType(
    {
        "src": "str",
        "dst": "str",
        "protocol": "str",
        "port": "Int64",
        "ports": "str",
        "first": "str",
        "second": "str",
    }
)
"""Columns of `Statement.to_frame`: one row per pair of ends that shows that a statement holds or does not.

``src``, ``dst``: peer names; the same twice for the pods of one workload among themselves. ``protocol``,
``port``: one packet that shows it. ``ports``: all that do. ``first``, ``second``: what the first and the
second input allow. A workload that only one input has stands in ``src`` alone.
"""

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "question": "str",
        "severity": "str",
        "policy": "str",
        "rule": "str",
        "name": "str",
        "message": "str",
        "others": "str",
        "remedy": "str",
        "src": "str",
        "dst": "str",
        "ports": "str",
        "file": "str",
        "line": "Int64",
    }
)
"""Columns of `Findings.to_frame`: one row per policy or rule that is redundant, shadowed, empty or conflicting.

``question``: which of these it is. ``severity``: ``warning``, or ``info`` for what need not be a fault.
``policy``: ``Kind namespace/name``. ``rule``: path of the rule, such as
``spec.ingress[0]``; empty for the whole policy. ``name``: of the rule, where it has one. ``message``: the
reason in words. ``others``: the policies and rules that are the reason, comma-joined. ``remedy``: what to do
about it. ``src``, ``dst``, ``ports``: a connection that shows it, where one can.
"""

UNCAPTURED: Mapping[str, str] = MappingProxyType(
    {"workload": "str", "kind": "str", "namespace": "str", "direction": "str"}
)
"""Columns of `questions.uncaptured`: one row per workload and direction that no policy selects.

``workload``: peer name. ``direction``: ``ingress`` or ``egress``.
"""


def make_frame(schema: Mapping[str, str], rows: Sequence[object] | Mapping[str, Any]) -> pd.DataFrame:
    """Return `rows`, or whole columns, as a frame with the columns and dtypes of `schema`, in its order.

    pandas is imported here and not before: answers in text do without it.
    """
    import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

    return pd.DataFrame(rows, columns=list(schema)).astype(dict(schema))
