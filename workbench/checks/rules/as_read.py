"""Policies that the API server refuses, or reads otherwise than they look: NP020, NP023, NP026, NP028."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import patch_to
from workbench.checks.policy_problems import ReadProblem, problems_of_policies
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.ground import ProblemLog, Severity, count_of
from workbench.manifests import Manifest
from workbench.policy import Direction, LeftOut, Policy, Tier, read_policy

__all__ = ["duplicate_name", "empty_peer", "ineffective_rules", "refused"]

_EMPTY_PEER: Final = "exactly-one-of"
_ODD: Final = frozenset({"host-bits", "leading-zeros", "mapped-ipv4"})
"""Codes of blocks of addresses that older API servers take, and read otherwise than they are written."""
_SEVERAL: Final = ("duplicate-policy", "incomplete-repetition")
_ELSEWHERE: Final = frozenset({*_SEVERAL, "empty-peer", "null-rule", "rules-without-type"})
"""Codes that other checks of this module are about."""


@register_check(
    "NP020",
    title="Rules without effect, since policyTypes leaves out their direction",
    severity=CheckSeverity.HIGH,
    reason="The rules look as if they restricted traffic, and the API server stores them without applying them.",
    remedy="Name the direction in policyTypes, or delete the rules.",
    source="cyclonus CheckSourceMissingPolicyTypeIngress, CheckSourceMissingPolicyTypeEgress",
)
def ineffective_rules(context: CheckContext) -> Iterator[Found]:
    """Find NetworkPolicies with rules of a direction that their policyTypes do not name.

    An empty list of rules is found, too, with a lower severity: ``egress: []`` looks as if it denied all egress, and
    denies nothing where policyTypes does not name Egress, or is left out. An empty list of ingress rules without
    policyTypes is not found: Ingress is what is meant then.

    The patch names the direction in policyTypes. That applies the rules, and denies all other traffic of that direction
    to the pods that are selected.
    """
    for one in problems_of_policies(context, "rules-without-type"):
        direction = Direction(str(one.path[-1]))
        rules = one.value if isinstance(one.value, list) else ()
        known = one.policy if isinstance(one.policy, Policy) else None
        evidence = (
            f"policyTypes: {_types(one.manifest)}",
            f"{count_of(len(rules), f'{direction.value} rule')} without effect",
        )
        patch = NO_PATCH if known is None else _with_type(one.manifest, direction)
        yield one.found(evidence=evidence, patch=patch)
    for policy in context.network_policies:
        spec = context.specs.get(policy.ref)
        if spec is None:
            continue
        manifest = context.written[policy.ref]
        for direction in Direction:
            if spec.get(direction.value) == [] and direction not in policy.isolates:
                name = direction.capitalize()
                yield Found.of_policy(
                    policy,
                    f"has an empty list of {direction.value} rules, which denies nothing, since policyTypes does not"
                    f" name {name}",
                    path=("spec", direction.value),
                    evidence=(f"policyTypes: {_types(manifest)}",),
                    remedy=f"Name {name} in policyTypes to deny all {direction.value} of the selected pods.",
                    patch=_with_type(manifest, direction),
                    severity=CheckSeverity.MEDIUM,
                )


def _types(manifest: Manifest) -> str:
    written = manifest.content.get("spec", {}).get("policyTypes")
    return f"[{', '.join(map(str, written))}]" if isinstance(written, list) else "left out"


def _with_type(manifest: Manifest, direction: Direction) -> Patch:
    """Return the patch that names a direction beside those that count already."""
    spec: Mapping[str, Any] = manifest.content["spec"]
    before = read_policy(manifest, ProblemLog())
    known = before.isolates if isinstance(before, Policy) else frozenset()
    types = [one.capitalize() for one in Direction if one in known or one is direction]
    changed = Manifest({**manifest.content, "spec": {**spec, "policyTypes": types}}, manifest.source)
    policy = read_policy(changed, ProblemLog())
    return patch_to(policy) if isinstance(policy, Policy) else NO_PATCH


@register_check(
    "NP023",
    title="Two policies of one name",
    severity=CheckSeverity.HIGH,
    reason="The later one takes the place of the earlier, so that what the earlier allows or denies is lost.",
    remedy="Keep the one that is meant, or give them different names or namespaces.",
    source="cyclonus CheckSourceDuplicatePolicyName; Red Hat ACS refuses them",
)
def duplicate_name(context: CheckContext) -> Iterator[Found]:
    """Find policies of one kind, namespace and name that are written several times and differently.

    The finding is about the last of them, which counts in all other answers; where one is refused, about that one. The
    same policy written twice is not found: nothing is lost.
    """
    for one in problems_of_policies(context, *_SEVERAL):
        yield one.found(evidence=(f"{one.problem.object} is written more than once",))


@register_check(
    "NP026",
    title="Empty peer or null rule",
    severity=CheckSeverity.MEDIUM,
    reason="The API server refuses an empty peer, and other tools read it as anyone; a null rule allows everything.",
    remedy="Name the peer by podSelector, namespaceSelector or ipBlock.",
    source="np-guard, issue 47",
)
def empty_peer(context: CheckContext) -> Iterator[Found]:
    """Find peers that name nobody, ``- {}``, in policies of all kinds, and rules that are a lone dash.

    A peer with neither selector nor ipBlock is refused by the API server, so that the whole policy protects nothing. A
    rule that is null is stored as an empty rule, which allows everything: that has severity high.

    ``podSelector: {}`` and ``namespaceSelector: {}`` are not empty peers: they choose all pods of a namespace, or of
    all.
    """
    for one in problems_of_policies(context, "empty-peer", "null-rule", _EMPTY_PEER):
        if _names_nobody(one):
            null = one.problem.code == "null-rule"
            evidence = "read as a rule without peers and ports" if null else "the API server refuses the policy"
            yield one.found(evidence=(evidence,), severity=CheckSeverity.HIGH if null else None)


def _names_nobody(one: ReadProblem) -> bool:
    """Tell whether it is about a peer or a rule that is empty."""
    if one.problem.code in {"empty-peer", "null-rule"}:
        return True
    return (
        one.problem.code == _EMPTY_PEER and {"from", "to"}.intersection(map(str, one.path)) != set() and not one.value
    )


@register_check(
    "NP028",
    title="Policy that the API server refuses, or reads otherwise",
    severity=CheckSeverity.MEDIUM,
    reason="A policy that is refused protects nothing, and answers leave it out.",
    remedy="Write what is meant as the API has it.",
    source="Kubernetes, NetworkPolicy API; Network Policy API",
)
def refused(context: CheckContext) -> Iterator[Found]:
    """Find policies of all kinds with a value that the API server refuses: each error is a finding.

    Such as an ``except`` outside of its ``cidr``, no valid CIDR, an ``endPort`` below its port or after a named port,
    an unknown field, an unknown policy type, or a priority out of range. Errors that NP023 and NP026 are about are
    theirs.

    Found, too: what the API server stores although nothing defines what it means, so that network plugins differ, with
    the same severity; and blocks that it reads otherwise than they are written, such as 10.0.0.1/8, with severity low.
    """
    for one in problems_of_policies(context):
        code = one.problem.code
        if code in _ELSEWHERE or _names_nobody(one):
            continue
        if code in _ODD:
            yield one.found(evidence=(f"written: {one.value}",), severity=CheckSeverity.LOW)
        elif one.problem.severity is Severity.ERROR:
            left_out = isinstance(one.policy, LeftOut)
            evidence = "answers leave the policy out" if left_out else "answers go by what could be read"
            yield one.found(evidence=(evidence,))
        elif isinstance(one.policy, LeftOut) and one.policy.why.value == "undefined":
            yield one.found(evidence=(f"tier: {_tier(one.policy.policy.tier)}", "answers leave the policy out"))


def _tier(tier: Tier) -> str:
    return tier.name.lower().replace("_", " ")
