"""How a policy in normal form is written as the manifest that says the same, of any kind.

What is written is read again by the reader of its kind: it knows what the API server refuses, and whatever the
kind has no field for would come back as something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final

from workbench.ground import ArgumentError, ProblemLog, Severity, visible
from workbench.manifests import FieldPath, Manifest, Source, field_path, yaml_text
from workbench.policy.registry import POLICY_KINDS, PolicyKind
from workbench.policy.rules import (
    NOT_EVALUATED,
    Block,
    LeftOut,
    NamedPort,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
)
from workbench.policy.selectors import NAMESPACE_NAME_LABEL, Requirement, Selector
from workbench.policy.written_parts import unwritable

__all__ = ["check_names", "policy_manifest", "write_policies"]

_OF_KUBECTL: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl keeps in this annotation what it last sent, and writes it anew; it is no part of what people write."""
_REMEDY: Final = "Change it, or use a kind that has it."
_KEPT: Final = 65_536
"""Selectors of which the plain form is remembered: policies of one cluster name the same pods again and again."""
_PLACES: Final[dict[str, FieldPath]] = {
    "kind": ("kind",),
    "namespace": ("metadata", "namespace"),
    "name": ("metadata", "name"),
    "tier": ("spec", "tier"),
    "priority": ("spec", "priority"),
    "subject": ("spec", "subject"),
    "isolates": ("spec", "policyTypes"),
}
"""Where each attribute of a policy stands in manifests, in the kinds that have it."""


def policy_manifest(policy: Policy) -> dict[str, Any]:
    """Return the manifest of a policy, which its reader turns into an equal policy.

    Fields stand in the order of the API's documentation, labels and selectors are sorted, and CIDRs are as they
    were written. A peer in a namespace that is given by its name, and is not the policy's own, is written with the
    label ``kubernetes.io/metadata.name``, which every namespace has.

    Raises
    ------
    ArgumentError
        If its kind cannot express it, or if the API server would refuse it: what, where, and what to do.
    """
    kind = _kind_of(policy)
    plain = _plain(policy)
    content = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": _written_metadata(policy),
        "spec": kind.writes(plain) if kind.writes else {},
    }
    _check(plain, kind, content)
    return content


def write_policies(policies: Policy | Iterable[Policy]) -> str:
    """Return policies as YAML, one document each in the order given; empty where there are none.

    Raises
    ------
    ArgumentError
        As `policy_manifest` does, and if two policies have the same kind, namespace and name.
    """
    given = [policies] if isinstance(policies, Policy) else list(policies)
    check_names(given)
    return yaml_text(map(policy_manifest, given))


def check_names(policies: Iterable[Policy], kept: Collection[str] = ()) -> None:
    """Raise that two policies have one name, or that one has the name of one of those `kept`."""
    seen = set(kept)
    for policy in policies:
        if policy.ref in seen:
            message = f"there are two of {visible(policy.ref)}, and the later would replace the earlier"
            raise ArgumentError(message, "Keep one, or give them different names.")
        if not policy.metadata.generated:
            seen.add(policy.ref)


def _kind_of(policy: Policy) -> PolicyKind:
    kinds = [kind for kind in POLICY_KINDS if kind.writes is not None]
    for kind in kinds:
        if policy.kind == (kind.called or kind.kind):
            return kind
    writable = ", ".join(sorted(kind.called or kind.kind for kind in kinds))
    message = f"{visible(policy.ref)} cannot be written: no policy kind {visible(policy.kind)} can be written"
    raise ArgumentError(message, f"Use one of {writable}.")


def _written_metadata(policy: Policy) -> dict[str, Any]:
    metadata = policy.metadata
    annotations = {key: value for key, value in metadata.annotations if key != _OF_KUBECTL}
    fields: dict[str, Any] = {"generateName" if metadata.generated else "name": policy.name}
    if policy.namespace:
        fields["namespace"] = policy.namespace
    if metadata.labels:
        fields["labels"] = dict(sorted(metadata.labels))
    if annotations:
        fields["annotations"] = dict(sorted(annotations.items()))
    return fields


def _check(policy: Policy, kind: PolicyKind, content: dict[str, Any]) -> None:
    """Raise what is lost or wrong in what was written of `policy`."""
    log = ProblemLog()
    read = kind.read(Manifest(content), log)
    if isinstance(read, LeftOut):
        for problem in log:
            if problem.severity is Severity.ERROR or problem.code == NOT_EVALUATED:
                raise unwritable(policy, problem.field, problem.message, problem.remedy)
        raise unwritable(policy, ("spec",), f"a {policy.kind} that says this takes no part in answers", _REMEDY)
    found = _plain(read)
    for name, path in _PLACES.items():
        meant, back = getattr(policy, name), getattr(found, name)
        if meant != back:
            message = f"{policy.kind} cannot express {name} {_words(meant)}; it would be read as {_words(back)}"
            raise unwritable(policy, path, message, _REMEDY)
    for rule, other in zip_longest(policy.rules, found.rules):
        if rule is None:
            message = f"a {policy.kind} that says this has a further rule, {field_path(other.path)}"
            raise unwritable(policy, ("spec",), message, _REMEDY)
        if other is None:
            raise unwritable(policy, rule.path, f"{policy.kind} cannot express this rule: it would be lost", _REMEDY)
        if rule != other:
            raise unwritable(policy, rule.path, f"{policy.kind} cannot express {_difference(rule, other)}", _REMEDY)


def _difference(rule: Rule, other: Rule) -> str:
    """Return what of a rule is not what was read back, in words."""
    for peer, read in zip(rule.peers, other.peers, strict=False):
        if peer != read and isinstance(peer, Block):
            return f"{peer.text!r} with the addresses {peer.addresses or 'none'}, which do not match it"
    name = next(name for name in Rule.__slots__ if getattr(rule, name) != getattr(other, name))
    return f"{name} {_words(getattr(rule, name))}; it would be read as {_words(getattr(other, name))}"


def _words(value: object) -> str:
    if isinstance(value, frozenset):
        return " and ".join(sorted(map(str, value))) or "none"
    return visible(getattr(value, "name", None) or str(value)) or "none"


def _plain(policy: Policy) -> Policy:
    """Return `policy` with all that can be said in several ways said in one, as readers do."""
    own = policy.namespace
    rules = sorted(policy.rules, key=lambda rule: rule.direction.value, reverse=True)
    return replace(
        policy,
        subject=_plain_pods(policy.subject, own),
        rules=tuple(
            replace(rule, peers=tuple(_plain_peer(peer, own) for peer in rule.peers), ports=_plain_ports(rule.ports))
            for rule in rules
        ),
        source=Source(),
    )


def _plain_pods(pods: Pods, own: str) -> Pods:
    namespaces = pods.namespaces
    if isinstance(namespaces, Selector):
        namespaces = _plain_selector(namespaces)
    elif namespaces != own or not own:
        namespaces = _called(namespaces)
    return Pods(namespaces, _plain_selector(pods.pods))


@lru_cache(maxsize=_KEPT)
def _called(namespace: str) -> Selector:
    return Selector.of({NAMESPACE_NAME_LABEL: namespace})


def _plain_peer(peer: RulePeer, own: str) -> RulePeer:
    if isinstance(peer, Pods):
        return _plain_pods(peer, own)
    return Nodes(_plain_selector(peer.nodes)) if isinstance(peer, Nodes) else peer


@lru_cache(maxsize=_KEPT)
def _plain_selector(selector: Selector) -> Selector:
    found = (Requirement(one.key, one.operator, tuple(sorted(set(one.values)))) for one in selector.requirements)
    return Selector(tuple(sorted(set(found))))


def _plain_ports(ports: PortMatch) -> PortMatch:
    return PortMatch(ports.numbers, tuple(sorted(set(ports.named), key=_port_order)))


def _port_order(port: NamedPort) -> tuple[str, str]:
    return port.name, port.protocol or ""
