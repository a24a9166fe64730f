"""Where Kubernetes leaves room, or tools differ: which reading an answer is given in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

__all__ = ["Semantics"]


@dataclass(frozen=True, slots=True)
class Semantics:
    """A reading of what policies leave open; the default is how clusters behave.

    Attributes
    ----------
    REFERENCE : Semantics
        The reading of netpol-analyzer and roxctl netpol, in every switch: what ``--reference`` answers in.
    isolate_host_network : bool
        Whether policies apply to pods of the host's network. Kubernetes calls it undefined; most
        network plugins cannot apply them, since such a pod's traffic is its node's (connectivity.md 7).
    ip_families : {"4", "6", "both", "mentioned"}
        Which external addresses answers list; ``mentioned`` is IPv4, and IPv6 where some policy
        names an IPv6 block or some pod or Service has an IPv6 address.
    cluster_addresses : {"ignored", "admin", "all"}
        Whether addresses in policies are also those of pods and nodes (`workbench.connectivity.places`).
        ``admin``: ``networks`` and ``nodes`` of admin policies are, as their API says, and ``ipBlock`` is
        about the outside only. ``all``: ``ipBlock`` matches pods by their addresses, too, as some
        network plugins do (connectivity.md 9). ``ignored``: ``networks`` are about the outside only,
        and ``nodes`` match nobody.
    name_all_losers : bool
        Whether an explanation also names the NetworkPolicies none of whose rules selects the other
        end where an admin rule allows other ports; netpol-analyzer is silent about them.
    infer_exposure : bool
        Whether pods that one selector chooses are seen to meet every selector that theirs implies, and
        to have the labels of their namespace where it is known; netpol-analyzer compares labels as
        they are written, and ``matchExpressions`` as a whole.
    expose_all_addresses : bool
        Whether an exposure lists addresses outside also for workloads that are open to no pod that may
        come; netpol-analyzer leaves such workloads out.
    unknown_fields : {"refuse", "ignore"}
        Whether a policy with a field that its kind does not have, or with a name that is not valid, is left
        out, as the API server refuses it; or counts without that field, and by that name, as for
        netpol-analyzer. Older clients drop unknown fields, too.
    """

    REFERENCE: ClassVar[Semantics]
    isolate_host_network: bool = False
    ip_families: Literal["4", "6", "both", "mentioned"] = "mentioned"
    cluster_addresses: Literal["ignored", "admin", "all"] = "admin"
    name_all_losers: bool = True
    infer_exposure: bool = True
    expose_all_addresses: bool = True
    unknown_fields: Literal["refuse", "ignore"] = "refuse"


Semantics.REFERENCE = Semantics(
    isolate_host_network=True,
    ip_families="4",
    cluster_addresses="ignored",
    name_all_losers=False,
    infer_exposure=False,
    expose_all_addresses=False,
    unknown_fields="ignore",
)
