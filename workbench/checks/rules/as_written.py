"""Policies that leave out what they mean, or hardly say it: NP021, NP022, NP025."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found
from workbench.checks.patching import patch_to, with_rule
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.witness import NO_CONNECTION, allowed_connection
from workbench.ground import count_of, listed
from workbench.manifests import FieldPath, Manifest, field_path
from workbench.policy import EVERYTHING, Direction, Pods, Policy, Rule, Selector

__all__ = ["named_alternatives", "without_namespace", "without_protocol"]

_KIND = "NetworkPolicy"


@register_check(
    "NP021",
    title="Port without a protocol",
    severity=CheckSeverity.LOW,
    reason="A port without a protocol is a TCP port, also where UDP was meant, as of DNS.",
    remedy="Write the protocol of each port.",
    source="cyclonus CheckSourcePortMissingProtocol",
)
def without_protocol(context: CheckContext) -> Iterator[Found]:
    """Find NetworkPolicies with ports that name no protocol, one finding each.

    Kubernetes takes TCP then. Port 53 by itself is the mistake that hurts: most DNS is UDP, and with a port 53 that
    nobody gives for UDP beside it the severity is medium.

    The patch is the same policy with its protocols written: it changes nothing in what is allowed.
    """
    for policy in context.network_policies:
        places = list(_ports_without_protocol(context, policy)) if policy.kind == _KIND else []
        if places:
            dns = any(port == 53 for _, port in places) and not _has_udp_dns(policy)  # noqa: PLR2004  (the port of DNS)
            texts = [f"{field_path(path)} is TCP {'' if port is None else port}".rstrip() for path, port in places]
            yield Found.of_policy(
                policy,
                "names ports without a protocol, which means TCP alone",
                path=places[0][0],
                evidence=(f"{count_of(len(places), 'port')}: {listed(texts)}",),
                patch=patch_to(policy),
                severity=CheckSeverity.MEDIUM if dns else None,
            )


def _ports_without_protocol(context: CheckContext, policy: Policy) -> Iterator[tuple[FieldPath, Any]]:
    spec = context.specs.get(policy.ref)
    if spec is None:
        return
    for rule in policy.rules:
        written = spec[rule.direction.value][rule.index] or {}
        for place, port in enumerate(written.get("ports") or ()):
            if (port or {}).get("protocol") is None:
                yield (*rule.path, "ports", place), (port or {}).get("port")


def _has_udp_dns(policy: Policy) -> bool:
    return any(rule.ports.numbers.contains("UDP", 53) for rule in policy.rules)


@register_check(
    "NP022",
    title="NetworkPolicy without a namespace",
    severity=CheckSeverity.MEDIUM,
    reason="It is about the pods of whatever namespace it happens to be applied to.",
    remedy="Write metadata.namespace.",
    source="cyclonus CheckSourceMissingNamespace; the simulator of Red Hat ACS refuses it",
)
def without_namespace(context: CheckContext) -> Iterator[Found]:
    """Find NetworkPolicies that do not say which namespace they are in.

    They are read in the namespace of those who apply them, ``default`` if these say nothing. Not found where it was
    said when the manifests were read, as with ``kubectl -n``. Where no workload of the manifests names a namespace
    either, all of them are applied to one together, and the severity is low.

    The patch names the namespace in which the policy is read here.
    """
    written = (*context.network_policies, *(one.policy for one in context.left_out))
    unplaced = [one for one in written if one.kind == _KIND and _is_unplaced(context.written.get(one.ref))]
    alone = bool(unplaced) and _workloads_name_namespaces(context)
    for policy in unplaced:
        chosen = [workload.peer for workload, _ in context.selected.get(policy.ref, ())]
        counts = policy.ref in context.selected
        yield Found.of_policy(
            policy,
            "names no namespace",
            path=("metadata",),
            evidence=(
                f"read in namespace {policy.namespace}",
                f"selects {count_of(len(chosen), 'workload')} there" + (f": {listed(chosen)}" if chosen else ""),
            ),
            patch=patch_to(policy) if counts else NO_PATCH,
            severity=None if alone else CheckSeverity.LOW,
        )


def _is_unplaced(manifest: Manifest | None) -> bool:
    return manifest is not None and not manifest.namespace


def _workloads_name_namespaces(context: CheckContext) -> bool:
    """Tell whether the manifest of any workload names its namespace."""
    sources = {one.source for one in context.workloads}
    return any(one.namespace for one in context.cluster.objects.manifests if one.source in sources)


class _Pair(NamedTuple):
    """Two list items, of which one selects namespaces and the other one pods.

    Attributes
    ----------
    place : int
        Of the first one.
    namespaces, pods : Selector
    """

    place: int
    namespaces: Selector
    pods: Selector


@register_check(
    "NP025",
    title="Namespaces or pods, where namespaces and pods are probably meant",
    severity=CheckSeverity.MEDIUM,
    reason="A dash too many turns pods with a label of some namespaces into all pods there, and such pods here.",
    remedy="Make one list item of namespaceSelector and podSelector, if both are meant together.",
    source="Kubernetes, Network Policies, behavior of to and from selectors",
)
def named_alternatives(context: CheckContext) -> Iterator[Found]:
    """Find a namespaceSelector and a podSelector that stand as two neighbouring items of a list.

    They are alternatives then: all pods of the namespaces, and the pods of the policy's own namespace. It is found
    where the labels of the podSelector tell that it is meant together with the namespaces:

    - pods of these namespaces have them, and no pods of the policy's own do;
    - no pods of the policy's own namespace have them, and nothing is known of the namespaces' pods;
    - the namespaces are all namespaces, so that the podSelector adds nothing.

    With severity low where pods of both have them. Not found where pods of the own namespace alone have them, or where
    the podSelector is empty: both are then what is written.

    The patch joins the two. That closes what the witness shows: a pod of the namespaces without the labels.
    """
    for policy in context.network_policies:
        for rule in policy.rules:
            for pair in _pairs(policy, rule):
                yield from _alternatives(context, policy, rule, pair)


def _pairs(policy: Policy, rule: Rule) -> Iterator[_Pair]:
    last = -2
    for place, (one, other) in enumerate(pairwise(rule.peers)):
        if place == last + 1 or not (isinstance(one, Pods) and isinstance(other, Pods)):
            continue
        wide, narrow = (one, other) if isinstance(one.namespaces, Selector) else (other, one)
        if (
            isinstance(wide.namespaces, Selector)
            and wide.pods == EVERYTHING
            and narrow.namespaces == policy.namespace
            and narrow.pods != EVERYTHING
        ):
            last = place
            yield _Pair(place, wide.namespaces, narrow.pods)


def _alternatives(context: CheckContext, policy: Policy, rule: Rule, pair: _Pair) -> Iterator[Found]:
    here = context.members(Pods(policy.namespace, pair.pods))
    everyone = context.members(Pods(pair.namespaces))
    meant = context.members(Pods(pair.namespaces, pair.pods))
    there = [one for one in meant if one.namespace != policy.namespace]
    elsewhere = [one for one in everyone if one.namespace != policy.namespace]
    everywhere = pair.namespaces == EVERYTHING
    if not everywhere and not there and (here or elsewhere):
        return
    chosen = {one.peer for one in meant}
    beyond = [one.peer for one in everyone if one.peer not in chosen]
    side = "from" if rule.direction is Direction.INGRESS else "to"
    joined = Pods(pair.namespaces, pair.pods)
    peers = (*rule.peers[: pair.place], joined, *rule.peers[pair.place + 2 :])
    mine = [workload.peer for workload, _ in context.selected[policy.ref][:3]]
    wanted = rule.ports.numbers if not rule.ports.named else None
    shown = allowed_connection(context, mine, beyond[:3], rule.direction, wanted) if beyond else NO_CONNECTION
    message = f"takes namespaces with {pair.namespaces} and pods with {pair.pods} as alternatives, not together"
    if everywhere:
        message = f"names all pods of all namespaces, beside which the item for pods with {pair.pods} adds nothing"
    yield Found.of_policy(
        policy,
        message,
        rule=rule,
        path=(side, pair.place),
        evidence=(
            f"as two items: {count_of(len({one.peer for one in (*everyone, *here)}), 'workload')}",
            f"as one item: {count_of(len(meant), 'workload')}" + (f", {listed(sorted(chosen))}" if chosen else ""),
            f"with {pair.pods} in {policy.namespace}: {listed([one.peer for one in here]) if here else 'none'}",
        ),
        connection=shown,
        patch=with_rule(policy, rule, replace(rule, peers=peers)),
        severity=None if everywhere or not here else CheckSeverity.LOW,
        key=str(pair.place),
    )
