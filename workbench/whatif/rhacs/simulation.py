"""A change, as the simulator of Red Hat ACS answers it (rhacs-simulator E11, E12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import ArgumentError, PortSet, count_of, first_of, visible
from workbench.policy import Policy
from workbench.whatif.rhacs.blocks import KnownBlocks
from workbench.whatif.rhacs.graph import graph_of
from workbench.whatif.rhacs.nodes import KIND, RhacsGraph, RhacsNode, ids_of
from workbench.whatif.rhacs.policies import manifests_by_ref, policy_json
from workbench.whatif.rhacs.ports import edge_properties
from workbench.whatif.verdicts import PolicyStatus

if TYPE_CHECKING:
    from workbench.external import AddressBook
    from workbench.policy import LeftOut
    from workbench.whatif.change import ClusterChange

__all__ = ["rhacs_simulation"]

_REFUSED: Final = ("stackrox", "kube-system")
"""Namespaces in which nothing is simulated."""


def rhacs_simulation(change: ClusterChange, book: AddressBook | None = None, *, cluster_id: str = "") -> dict[str, Any]:
    """Return the answer to ``POST /v1/networkpolicies/simulate/{clusterId}``, with ports and differences of nodes.

    Parameters
    ----------
    change : ClusterChange
    book : AddressBook, optional
        Whose blocks an ``ipBlock`` may mean.
    cluster_id : str, optional

    Raises
    ------
    ArgumentError
        If the simulator there refuses the change.
    """
    _check(change)
    ids = {**({} if change.whole is None else ids_of(change.after)), **ids_of(change.cluster)}
    blocks = KnownBlocks(book, cluster_id)
    before, after = (graph_of(side, blocks, ids, cluster_id=cluster_id) for side in (change.cluster, change.after))
    policies = list(_policies(change, ids, cluster_id))
    is_changed = any(one["status"] != "UNCHANGED" for one in policies) or change.whole is not None
    removed, added = ({"nodeDiffs": side} for side in _differences(before, after))
    return {
        "simulatedGraph": after.to_json(),
        "policies": policies,
        "added": added if is_changed else None,
        "removed": removed if is_changed else None,
        "notes": list(_notes(change)),
    }


def _check(change: ClusterChange) -> None:
    """Raise what is refused there (E12)."""
    if change.unplaced:
        message = f"policies of the change name no namespace: {first_of([visible(one) for one in change.unplaced])}"
        raise ArgumentError(message, "name it in metadata.namespace, as Red Hat ACS asks for it")
    touched = {one.ref: one.after or one.before for one in change.changed}
    touched |= {one.ref: one for one in change.added}
    refused = [ref for ref, one in touched.items() if one is not None and _namespace(one) in _REFUSED]
    if refused:
        message = f"nothing is simulated in {' and '.join(_REFUSED)}: {first_of([visible(one) for one in refused])}"
        raise ArgumentError(message, "leave it out, or use another format, which knows no such limit")


def _namespace(one: Policy | LeftOut) -> str:
    return one.namespace if isinstance(one, Policy) else one.policy.namespace


# --- policies -----------------------------------------------------------------------------------------------


def _policies(change: ClusterChange, ids: Mapping[str, str], cluster_id: str) -> Iterator[dict[str, Any]]:
    """Yield what becomes of each policy; one that is given again is modified, even if it says the same (E12)."""
    again = {one.ref for one in change.added if isinstance(one, Policy)}
    written = manifests_by_ref(change.cluster)
    written_after = {} if change.whole is None else manifests_by_ref(change.whole)
    for one in change.policies:
        before, after = _known(one.before), _known(one.after)
        status = _status(before, after, one.status, is_given=one.ref in again)
        if status is None:
            continue
        stays = status is PolicyStatus.UNCHANGED
        old, new = (
            None if side is None else policy_json(side, ids, texts.get(one.ref), cluster_id=cluster_id)
            for side, texts in ((before, written), (after, written if stays else written_after))
        )
        yield {"policy": new, "status": status.name, "oldPolicy": None if stays else old}


def _known(one: Policy | LeftOut | None) -> Policy | None:
    """Return a policy of the kind that is known there; None of anything else."""
    return one if isinstance(one, Policy) and one.kind == KIND else None


def _status(before: object, after: object, status: PolicyStatus, *, is_given: bool) -> PolicyStatus | None:
    if before is None or after is None:
        return None if before is after else PolicyStatus.ADDED if before is None else PolicyStatus.DELETED
    return PolicyStatus.MODIFIED if is_given else status


# --- differences --------------------------------------------------------------------------------------------


def _differences(before: RhacsGraph, after: RhacsGraph) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what goes, and what comes, by the ids of nodes (E11)."""
    removed = {one.id: _whole(one) for one in before.nodes if one.id not in after.by_id}
    added = {one.id: _whole(one) for one in after.nodes if one.id not in before.by_id}
    for old in before.nodes:
        new = after.by_id.get(old.id)
        if new is not None:
            for found, one, other in ((removed, old, new), (added, new, old)):
                said = _beside(one, other)
                if any(said.values()):
                    found[old.id] = said
    return removed, added


def _whole(node: RhacsNode) -> dict[str, Any]:
    return {
        "policyIds": list(node.policy_ids),
        "outEdges": {ident: {"properties": edge_properties(ports)} for ident, ports in sorted(node.out_edges.items())},
        "nonIsolatedIngress": node.non_isolated_ingress,
        "nonIsolatedEgress": node.non_isolated_egress,
    }


def _beside(node: RhacsNode, other: RhacsNode) -> dict[str, Any]:
    """Return what a node has that it has not on the other side."""
    return {
        "policyIds": sorted(set(node.policy_ids) - set(other.policy_ids)),
        "outEdges": dict(_edges_beside(node.out_edges, other.out_edges)),
        "nonIsolatedIngress": node.non_isolated_ingress and not other.non_isolated_ingress,
        "nonIsolatedEgress": node.non_isolated_egress and not other.non_isolated_egress,
    }


def _edges_beside(mine: Mapping[str, PortSet], theirs: Mapping[str, PortSet]) -> Iterator[tuple[str, Any]]:
    """Yield new neighbours, without ports; and of those that are on both sides, the ports that are here alone."""
    for ident, ports in sorted(mine.items()):
        if ident not in theirs:
            yield ident, {"properties": []}
        elif left := ports - theirs[ident]:
            yield ident, {"properties": edge_properties(left)}


# --- what their JSON has no words for -----------------------------------------------------------------------


def _notes(change: ClusterChange) -> Iterator[str]:
    """Yield what policies and pods do that edges there do not know (E10)."""
    others = Counter(one.kind for one in change.after.objects.policies if one.kind != KIND)
    for kind, count in sorted(others.items()):
        yield f"{count_of(count, 'policy')} of kind {kind}: no edge here follows from them."
    workloads = change.after.objects.workloads
    on_host = sum(any(shape.host_network for shape in one.shapes) for one in workloads)
    if on_host:
        yield f"{count_of(on_host, 'workload')} in the network of their node: policies do not restrict them."
    if left_out := change.after.objects.left_out:
        yield f"{count_of(len(left_out), 'policy')} left out: the API server refuses them, or nothing defines them."
