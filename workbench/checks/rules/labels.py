"""Labels that open, disable, or lack: NP032, NP035, NP037, NP038."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.checks.context import CheckContext, policed_shapes
from workbench.checks.found import Found, Patch
from workbench.checks.patching import patch_to
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.generate import UNSTABLE_KEYS, is_generated
from workbench.ground import ALL_PORTS, PortSet, addresses_named, count_of, listed
from workbench.inventory import GENERATED_KEYS, Workload
from workbench.policy import Action, Anyone, Direction, Operator, Policy, Rule, Selector

__all__ = ["disabled", "for_anyone", "opted_in", "without_labels"]

_DISABLED: Final = "network-policies.stackrox.io/disable"
"""Label that Red Hat ACS adds to the selector of a policy that it switches off; no pod is to carry it."""


@register_check(
    "NP032",
    title="Workload opted in to connections with anyone",
    severity=CheckSeverity.MEDIUM,
    reason="Labels that open a workload to anyone are meant for a time, and tend to stay.",
    remedy="Allow what the workload needs by rules of its own, and take the label away.",
    source="guide of Red Hat ACS on network policies, escape labels",
)
def opted_in(context: CheckContext) -> Iterator[Found]:
    """Find workloads whose pods carry one of the labels by which they are opted in to connections with anyone.

    Which labels these are is declared (``opt_in_labels``); ``networking/allow-all-connections`` and
    ``networking/allow-internet-access`` by default. ``key=value`` means this value, ``key`` any but ``false``.

    Proven by the policies that select the workload by that label. Where none does, the label opens nothing, and the
    severity is info.
    """
    wanted = [one.partition("=") for one in context.declared.opt_in_labels]
    selecting: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in context.policies:
        for requirement in policy.subject.pods.requirements:
            selecting[requirement.key].append(policy)
    for workload in context.reachable_workloads:
        labels = {pair for shape in policed_shapes(workload) for pair in shape.labels.items()}
        for key, sign, value in wanted:
            carried = sorted(text for name, text in labels if name == key and (text == value or not sign))
            if not carried or (not sign and carried == ["false"]):
                continue
            by = [one.ref for one in selecting[key] if _chooses(context, one, workload, key)]
            yield Found.of_workload(
                workload,
                f"carries label {key}={carried[0]}, by which it is opted in to connections with anyone"
                if by
                else f"carries label {key}={carried[0]}, by which no policy selects it",
                evidence=tuple(f"selected by: {ref}" for ref in by) or ("no policy selects it by this label",),
                severity=None if by else CheckSeverity.INFO,
                key=key,
            )


def _chooses(context: CheckContext, policy: Policy, workload: Workload, key: str) -> bool:
    """Tell whether a policy selects pods of a workload since they carry a label."""
    asked = {one.operator for one in policy.subject.pods.requirements if one.key == key}
    if asked.isdisjoint({Operator.IN, Operator.EXISTS}):
        return False
    return any(
        policy.subject.pods.matches(shape.labels)
        and context.subjects.has(workload.namespace, policy.subject.namespaces)
        for shape in policed_shapes(workload)
    )


@register_check(
    "NP035",
    title="Policy that is switched off",
    severity=CheckSeverity.MEDIUM,
    reason="It selects nobody since Red Hat ACS replaced or deleted it, and looks as if it still protected its pods.",
    remedy="Delete it, or take the label out of its selector to have it back.",
    source="Red Hat ACS, applying and undoing of network policies",
)
def disabled(context: CheckContext) -> Iterator[Found]:
    """Find policies whose selector asks for the label ``network-policies.stackrox.io/disable``, which no pod carries.

    Red Hat ACS leaves such a copy of a policy behind when it deletes it. Where pods carry the label, the policy is
    about them and is not found. The patch deletes the copy, which changes nothing.
    """
    for policy in context.policies:
        keys = {one.key for one in policy.subject.pods.requirements if one.matches({one.key: "nomatch"})}
        if _DISABLED in keys and not context.selected[policy.ref]:
            kept = tuple(one for one in policy.subject.pods.requirements if one.key != _DISABLED)
            before = context.members(policy.subject._replace(pods=Selector(kept)))
            names = [one.peer for one in before]
            annotations = dict(policy.metadata.annotations)
            origin = annotations.get("network-policies.stackrox.io/original-name", "")
            yield Found.of_policy(
                policy,
                "is switched off by a label in its selector that no pod carries",
                path=("spec", "podSelector") if policy.namespace else ("spec", "subject"),
                evidence=(
                    f"without the label it selects {count_of(len(names), 'workload')}"
                    + (f": {listed(names)}" if names else ""),
                    *([f"copy of {origin}"] if origin else []),
                ),
                patch=Patch(delete=(policy.ref,)),
            )


@register_check(
    "NP037",
    title="Generated rule for anyone",
    severity=CheckSeverity.HIGH,
    reason="A generator that knows none of the clients may write a rule without peers, and that is one for anyone.",
    remedy="Name the clients that are meant, or delete the rule.",
    source="Red Hat ACS, policy generator",
)
def for_anyone(context: CheckContext) -> Iterator[Found]:
    """Find rules without peers in policies that say they were generated, where nothing tells why anyone is meant.

    Generators write such a rule on purpose for workloads that are offered to clients outside, and for those to which
    clients outside were seen to connect. It is not found where an Ingress, a route or a Service for clients outside
    leads to a selected workload on ports of the rule; nor, with flows, where an address outside was seen there. Without
    flows it may have been seen, and the severity is medium. Rules of egress are found unless flows show addresses
    outside.

    The patch takes the rule away, so that what it allows is denied.
    """
    for policy in context.network_policies:
        if not is_generated(policy):
            continue
        for rule in policy.rules:
            if rule.action is not Action.ALLOW or not any(isinstance(peer, Anyone) for peer in rule.peers):
                continue
            names = [workload.peer for workload, _ in context.selected[policy.ref]]
            if not names or _is_offered(context, rule, names) or _was_seen(context, rule, names):
                continue
            others = tuple(one for one in policy.rules if one is not rule)
            counted = tuple(
                replace(one, index=one.index - (one.direction is rule.direction and one.index > rule.index))
                for one in others
            )
            yield Found.of_policy(
                policy,
                f"was generated, and {'allows traffic from' if rule.direction is Direction.INGRESS else 'leads to'}"
                " anyone, as none of its peers was known",
                rule=rule,
                evidence=(
                    f"selects {listed(names)}",
                    "nothing leads there from outside" if rule.direction is Direction.INGRESS else "it names no peer",
                    "no address outside was seen" if context.flows is not None else "no flows were given",
                ),
                patch=patch_to(replace(policy, rules=counted)),
                severity=None if context.flows is not None else CheckSeverity.MEDIUM,
            )


def _is_offered(context: CheckContext, rule: Rule, names: list[str]) -> bool:
    if rule.direction is Direction.EGRESS:
        return False
    ways = (way for name in names for way in context.ways_in.get(name, ()))
    wanted = _wanted(rule)
    return any(way.ports & wanted for way in ways)


def _wanted(rule: Rule) -> PortSet:
    return ALL_PORTS if rule.ports.named else rule.ports.numbers


def _was_seen(context: CheckContext, rule: Rule, names: list[str]) -> bool:
    """Tell whether flows show an address outside at the other end of a rule."""
    inner, outer = ("dst", "src") if rule.direction is Direction.INGRESS else ("src", "dst")
    wanted, mine = _wanted(rule), frozenset(names)
    return any(
        str(one.row[inner]) in mine and addresses_named(str(one.row[outer])) is not None and one.used & wanted
        for one in (context.judged.seen if context.judged is not None else ())
    )


@register_check(
    "NP038",
    title="Workload without labels to select it by",
    severity=CheckSeverity.MEDIUM,
    reason="Only a policy for the whole namespace can be about its pods.",
    remedy="Give its pod template a label of its own, such as app.kubernetes.io/name.",
    source="Red Hat ACS, policy generator; Kubernetes, recommended labels",
)
def without_labels(context: CheckContext) -> Iterator[Found]:
    """Find workloads with pods that have no lasting labels.

    Not lasting are those that controllers give the pods of one run or revision, and those that change with each
    version, such as ``pod-template-hash``, ``job-name``, ``helm.sh/chart`` and ``app.kubernetes.io/version``. A
    workload with one lasting label is not found, though others may carry the same.
    """
    for workload in context.reachable_workloads:
        bare = [one for one in policed_shapes(workload) if not any(map(_is_lasting, one.labels))]
        if bare:
            passing = sorted({key for one in bare for key in one.labels})
            yield Found.of_workload(
                workload,
                "has pods without a lasting label, so that no policy can select them alone",
                evidence=(f"labels: {listed(passing)}, none of which lasts" if passing else "no labels",),
            )


def _is_lasting(key: str) -> bool:
    return key not in GENERATED_KEYS and key not in UNSTABLE_KEYS
