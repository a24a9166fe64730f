"""Whom does a person mean: from a text to a workload or to addresses outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_address

import numpy as np
import numpy.typing as npt

from workbench.connectivity.compile import Compiled
from workbench.connectivity.peers import EXTERNAL, WorkloadPeers
from workbench.policy.addresses import AddressSet

__all__ = ["Ends"]

_SHOWN = 8
"""So many candidates are listed in a message."""


class Ends:
    """Finds the ends of connections by name.

    Parameters
    ----------
    compiled : Compiled
    workloads : WorkloadPeers
    """

    def __init__(self, compiled: Compiled, workloads: WorkloadPeers) -> None:
        self._workloads = workloads
        self._by_name: defaultdict[str, list[int]] = defaultdict(list)
        self._by_address: dict[str, int] = {}
        peer_of = {
            (workload.peer, workloads.alike.get(number, number)): index
            for index, (workload, number) in enumerate(
                zip(workloads.workloads, workloads.class_of.tolist(), strict=True)
            )
        }
        for index, peer in enumerate(workloads.peers):
            whole = f"{peer.namespace}/{peer.workload}[{peer.kind}]"
            for name in dict.fromkeys((peer.name, whole, f"{peer.namespace}/{peer.workload}", peer.workload)):
                self._by_name[name].append(index)
        for number, pods in enumerate(compiled.classes.members):
            for pod in pods:
                for address in pod.shape.ips:
                    self._by_address[address] = peer_of[pod.workload.peer, workloads.alike.get(number, number)]

    def find(self, text: str) -> int | AddressSet:
        """Return the index of the one workload peer that `text` names, or the addresses that it is.

        Parameters
        ----------
        text : str
            ``namespace/name[Kind]``, ``namespace/name``, ``name``, an IP address (a pod's own
            means that pod), a CIDR, or a range as the map prints it.

        Raises
        ------
        LookupError
            If nothing, or more than one workload, is meant.
        """
        found = self._by_name.get(text, [])
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(self._workloads.peers[index].name for index in found[:_SHOWN])
            message = f"{text!r} may mean {len(found)} workloads: {names}{', …' if len(found) > _SHOWN else ''}"
            raise LookupError(message)
        if text in self._by_address:
            return self._by_address[text]
        addresses = _addresses(text)
        if addresses is not None:
            return addresses
        near = get_close_matches(text, self._by_name, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see .peers() for the names"
        message = f"no workload and no address is called {text!r}{hint}"
        raise LookupError(message)

    def choose(self, names: str | Iterable[str] | None) -> npt.NDArray[np.bool_] | None:
        """Return which workload peers `names` mean, shape (peers,); None for None.

        A name that means several workloads chooses all of them.

        Raises
        ------
        LookupError
            If a name means none.
        """
        if names is None:
            return None
        chosen = np.zeros(len(self._workloads.peers), dtype=np.bool_)
        for name in [names] if isinstance(names, str) else names:
            found = self._by_name.get(name)
            if found is None:
                index = self.find(name)
                if isinstance(index, AddressSet):
                    message = f"{name!r} is no workload"
                    raise LookupError(message)
                found = [index]
            chosen[found] = True
        return chosen

    def choose_ends(self, names: str | Iterable[str] | None) -> tuple[npt.NDArray[np.bool_] | None, AddressSet | None]:
        """Return which workload peers `names` mean, as `choose` does, or the addresses that one name means.

        Raises
        ------
        LookupError
            If a name means neither.
        """
        if isinstance(names, str) and names not in self._by_name:
            found = self.find(names)
            if isinstance(found, AddressSet):
                return None, found
        return self.choose(names), None


def _addresses(text: str) -> AddressSet | None:
    """Return the addresses of a CIDR, an IP address or ``first-last[External]``; None where it is none."""
    try:
        first, dash, last = text.removesuffix(f"[{EXTERNAL}]").partition("-")
        if not dash:
            return AddressSet.of(first)
        low, high = ip_address(first), ip_address(last)
    except ValueError:
        return None
    if low.version != high.version or int(high) < int(low):
        return None
    pair = ((int(low), int(high)),)
    return AddressSet(ipv4=pair) if low.version == 4 else AddressSet(ipv6=pair)  # noqa: PLR2004  (the family's number)
