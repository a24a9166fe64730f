"""Where Kubernetes leaves room, or tools differ: which reading an answer is given in."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, Literal, TypeAlias

from workbench.ground import ArgumentError

if TYPE_CHECKING:
    from workbench.inventory import Objects

__all__ = ["Semantics", "Wording"]

Wording: TypeAlias = Literal["people", "reference"]


@dataclass(frozen=True, slots=True)
class Semantics:
    """How to read what Kubernetes leaves open about policies; the default is how most clusters behave.

    Attributes
    ----------
    REFERENCE : Semantics
        The reading of netpol-analyzer and roxctl netpol, in every switch: what ``--reference`` answers in.
    siblings : bool
        Whether the pods of one workload among themselves are answers like any others (`Workload.has_siblings`);
        netpol-analyzer lists no workload twice in a line (semantics 6).
    host_network : {"node", "pod"}
        What pods of the host's network are to policies; Kubernetes knows both ("NetworkPolicy and hostNetwork
        pods"). ``node``, as with most network plugins: no policy applies to them, no pod or namespace selector
        chooses them, and their traffic is that of their node's address. ``pod``: they are pods like any others.
    node_traffic : bool
        Whether traffic between a pod and the node that it runs on is allowed whatever policies say, as
        Kubernetes has it. Maps list no rows for it; `Connectivity.query` and `explain` say it.
    finished_pods : bool
        Whether pods that have finished (phase Succeeded or Failed) are ends of connections, too. They have no
        network, and policies do not apply to them; netpol-analyzer does not look at phases.
    sidecar_ports : bool
        Whether the ports of init containers that restart always count like those of containers, as Kubernetes
        has it since 1.32; netpol-analyzer knows those of ``containers`` only (semantics 4).
    controller_labels : bool
        Whether pods of a template have the labels that controllers add, such as a Job's ``job-name``
        (`workbench.inventory.controller_labels`); netpol-analyzer knows those of the template only.
    custom_workloads : bool
        Whether custom resources that make pods, such as an Argo Rollout, are workloads; netpol-analyzer
        passes over kinds that are not Kubernetes' own.
    ip_families : {"4", "6", "both", "mentioned"}
        Which external addresses answers list; ``mentioned`` is IPv4, and IPv6 where some policy
        names an IPv6 block or some pod or Service has an IPv6 address.
    cluster_addresses : {"ignored", "admin", "all"}
        Whether addresses in policies are also those of pods and nodes (`workbench.connectivity.engine.places`).
        ``admin``: ``networks`` and ``nodes`` of admin policies are, as their API says, and ``ipBlock`` is
        about the outside and nodes, pods of the host's network among them. ``all``: ``ipBlock`` matches
        pods by their addresses, too, as some network plugins do (semantics 9). ``ignored``: blocks
        are about the outside only, and ``nodes`` match nothing.
    name_all_losers : bool
        Whether an explanation also names the NetworkPolicies none of whose rules selects the other
        end where an admin rule allows other ports; netpol-analyzer is silent about them.
    infer_exposure : bool
        Whether pods that one selector chooses are seen to meet every selector that theirs implies, and
        to have the labels of their namespace where it is known; netpol-analyzer compares labels as
        they are written, and ``matchExpressions`` as a whole.
    wording : {"people", "reference"}
        What ends are called. ``people``: everywhere outside is ``outside``, IPv4 and IPv6 in one line
        where the connection is the same; ranges are CIDR blocks where they are one; selectors are
        written as kubectl does. ``reference``: as netpol-analyzer writes them, down to the headings.
    expose_all_addresses : bool
        Whether an exposure lists addresses outside also for workloads that are open to no pod that may
        come; netpol-analyzer leaves such workloads out.
    unknown_fields : {"refuse", "ignore"}
        Whether a policy with a field that its kind does not have, or with a name that is not valid, is left
        out, as the API server refuses it; or counts without that field, and by that name, as for
        netpol-analyzer. Older clients drop unknown fields, too.
    """

    REFERENCE: ClassVar[Semantics]
    siblings: bool = True
    host_network: Literal["node", "pod"] = "node"
    node_traffic: bool = True
    finished_pods: bool = False
    sidecar_ports: bool = True
    controller_labels: bool = True
    custom_workloads: bool = True
    ip_families: Literal["4", "6", "both", "mentioned"] = "mentioned"
    cluster_addresses: Literal["ignored", "admin", "all"] = "admin"
    name_all_losers: bool = True
    infer_exposure: bool = True
    expose_all_addresses: bool = True
    wording: Wording = "people"
    unknown_fields: Literal["refuse", "ignore"] = "refuse"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                message = f"{name} is {value!r}: write {' or '.join(map(repr, choices))}"
                raise ArgumentError(message)

    def read(self, objects: Objects) -> Objects:
        """Return `objects` with the policies that count in this reading."""
        return objects.pruned() if self.unknown_fields == "ignore" else objects


_CHOICES: Final = MappingProxyType(
    {
        "host_network": ("node", "pod"),
        "ip_families": ("4", "6", "both", "mentioned"),
        "cluster_addresses": ("ignored", "admin", "all"),
        "unknown_fields": ("refuse", "ignore"),
        "wording": ("people", "reference"),
    }
)

Semantics.REFERENCE = Semantics(
    siblings=False,
    host_network="pod",
    node_traffic=False,
    finished_pods=True,
    sidecar_ports=False,
    controller_labels=False,
    custom_workloads=False,
    ip_families="4",
    cluster_addresses="ignored",
    name_all_losers=False,
    infer_exposure=False,
    expose_all_addresses=False,
    wording="reference",
    unknown_fields="ignore",
)
