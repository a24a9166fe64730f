"""Policies and rules that select nothing, or by labels that anyone may set: NP010, NP011, NP012, NP013."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from workbench.checks.admitted import side_of
from workbench.checks.context import CheckContext
from workbench.checks.found import Found, Patch
from workbench.checks.namespaces import KnownNamespaces
from workbench.checks.patching import with_rule, without_rule
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.ground import Severity, listed
from workbench.inventory import Namespace
from workbench.policy import NAMESPACE_NAME_LABEL, Pods, Policy, Rule, Selector, Tier

__all__ = ["names_by_custom_labels", "peer_selects_nothing", "selects_no_namespace", "selects_no_workload"]

_LINTED: Final = "kube-linter dangling-networkpolicypeer-podselector, which passes over peers with a namespaceSelector"


@register_check(
    "NP010",
    title="Policy selects no workload",
    severity=CheckSeverity.MEDIUM,
    reason="A policy that selects no pods protects nothing, though it looks as if it did.",
    remedy="Compare its labels with those of the pods that are meant.",
    source="kube-linter dangling-networkpolicy",
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def selects_no_workload(context: CheckContext) -> Iterator[Found]:
    """Find policies whose subject is empty; one that is about pods outside of the manifests is an info."""
    for one in context.selecting_nothing:
        if one.code in {"empty", "elsewhere"} and one.rule is None:
            severity = CheckSeverity.INFO if one.severity is Severity.INFO else None
            delete = Patch(delete=(one.policy.ref,)) if one.code == "empty" else Patch()
            field = "podSelector" if one.policy.tier is Tier.NETWORK_POLICY else "subject"
            yield Found.of_policy(
                one.policy,
                one.message,
                path=("spec", field),
                evidence=_carried(context, one.policy.subject),
                remedy=one.remedy,
                severity=severity,
                patch=delete,
            )


@register_check(
    "NP011",
    title="Peer selects no pods",
    severity=CheckSeverity.MEDIUM,
    reason="What its author meant to allow is not, or what is to come is allowed to pods that nobody looked at.",
    remedy="Compare its labels with those of the pods that are meant.",
    source=_LINTED,
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def peer_selects_nothing(context: CheckContext) -> Iterator[Found]:
    """Find peers of rules that select no pods, though the manifests hold pods of the namespaces that they name.

    Peers with a namespaceSelector count, too. Pods in the network of their nodes are none that a selector chooses;
    where a peer chooses only such, its evidence says so. Not found are peers that lead to namespaces of which the
    manifests hold no pods, or to namespaces of platforms of which they may hold a part; and those of which the
    namespaceSelector matches nothing, which NP012 finds.

    The patch takes the peer away, or the rule if it has no other: that changes nothing for the pods there are.
    """
    known = KnownNamespaces(context)
    for one in context.selecting_nothing:
        if one.rule is None or one.code not in {"empty", "host-network"}:
            continue
        for place in one.places:
            peer = one.rule.peers[place]
            if not isinstance(peer, Pods) or known.is_nowhere(peer.namespaces):
                continue
            rest = tuple(each for number, each in enumerate(one.rule.peers) if number != place)
            field = ("podSelector",) if one.policy.tier is Tier.NETWORK_POLICY else ()
            yield Found.of_policy(
                one.policy,
                f"selects no pods: none has {peer.pods} in {_where(peer)}",
                rule=one.rule,
                path=(side_of(one.rule), place, *field),
                evidence=_carried(context, peer) or (one.message,),
                remedy=one.remedy,
                patch=with_rule(one.policy, one.rule, replace(one.rule, peers=rest))
                if rest
                else without_rule(one.policy, one.rule),
            )


def _where(pods: Pods) -> str:
    if isinstance(pods.namespaces, str):
        return f"namespace {pods.namespaces}"
    return f"namespaces with {pods.namespaces}" if pods.namespaces.requirements else "all namespaces"


def _carried(context: CheckContext, pods: Pods) -> tuple[str, ...]:
    """Return which values pods there have of the labels that a selector asks for, a line each."""
    known = context.label_values(pods.namespaces)
    if known is None:
        return (f"no pods of {_where(pods)} were read",)
    return tuple(
        f"pods in {_where(pods)} have {key}={listed(known[key])}"
        if key in known
        else f"no pod in {_where(pods)} has the label {key}"
        for key in dict.fromkeys(one.key for one in pods.pods.requirements)
    )


class _Selecting(NamedTuple):
    """A peer with a namespaceSelector.

    Attributes
    ----------
    policy : Policy
    rule : Rule
    place : int
    peer : Pods
    selector : Selector
    """

    policy: Policy
    rule: Rule
    place: int
    peer: Pods
    selector: Selector

    @property
    def path(self) -> tuple[str | int, ...]:
        """Where the selector stands in the rule."""
        field = ("namespaceSelector",) if self.policy.tier is Tier.NETWORK_POLICY else ()
        return (side_of(self.rule), self.place, *field)


def _selecting(context: CheckContext) -> Iterator[_Selecting]:
    for policy in context.policies:
        for rule in policy.rules:
            for place, peer in enumerate(rule.peers):
                if isinstance(peer, Pods) and isinstance(peer.namespaces, Selector) and peer.namespaces.requirements:
                    yield _Selecting(policy, rule, place, peer, peer.namespaces)


@register_check(
    "NP012",
    title="Namespace selector that matches nothing",
    severity=CheckSeverity.MEDIUM,
    reason="Namespaces carry few labels unless somebody sets them, so that such a rule often matches nothing.",
    remedy=f"Name the namespace by {NAMESPACE_NAME_LABEL}, which each carries, or label it.",
    source="Red Hat, Guide to Kubernetes Ingress Network Policies; Red Hat ACS",
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def selects_no_namespace(context: CheckContext) -> Iterator[Found]:
    """Find selectors of peers that match no namespace, and those that ask for labels which no namespace carries.

    Of a namespace that no manifest declares, only the name is known: where such have pods, or where no namespace is
    declared at all, the severity is info, since the label may be there.

    A namespace by its name that is not there is found where its name is nearly that of another one, or where the whole
    cluster was read, which is taken to be so if namespace ``kube-system`` is declared. Else it may be in other
    manifests, and is not found. A selector that matches by the lack of a label that no namespace carries matches all
    namespaces; severity low. Subjects of cluster-wide policies are what NP010 is about.
    """
    known = KnownNamespaces(context)
    for one in _selecting(context):
        fault = known.fault(one.selector)
        if fault is not None:
            yield Found.of_policy(
                one.policy,
                fault.message,
                rule=one.rule,
                path=one.path,
                evidence=fault.evidence,
                severity=fault.severity,
            )


@register_check(
    "NP013",
    title="Namespace by a label of its own, where its name would do",
    severity=CheckSeverity.INFO,
    reason=f"Who may label a namespace lets its pods in; {NAMESPACE_NAME_LABEL} cannot be changed.",
    remedy=f"Select the namespace by {NAMESPACE_NAME_LABEL}.",
    source="Kubernetes, Network Policies, targeting a Namespace by its name",
)
def names_by_custom_labels(context: CheckContext) -> Iterator[Found]:
    """Find selectors of peers that match one namespace, by other labels than its name.

    Selectors that match several namespaces group them, and are not found; nor are those of which one label is
    ``kubernetes.io/metadata.name``. Where there is a namespace of which only the name is known, and which may carry
    the label, too, nothing is found.

    The patch selects the same namespace by its name.
    """
    known = KnownNamespaces(context)
    for one in _selecting(context):
        if any(requirement.key == NAMESPACE_NAME_LABEL for requirement in one.selector.requirements):
            continue
        matched = known.matched(one.selector)
        if len(matched) != 1 or known.are_partly_unknown or len(context.namespaces) == 1:
            continue
        (namespace,) = matched
        by_name = one.peer._replace(namespaces=Selector.of({NAMESPACE_NAME_LABEL: namespace.name}))
        peers = tuple(by_name if place == one.place else each for place, each in enumerate(one.rule.peers))
        yield Found.of_policy(
            one.policy,
            f"selects namespace {namespace.name} by {one.selector}, which whoever may label namespaces can give others",
            rule=one.rule,
            path=one.path,
            evidence=(_labels(namespace), f"of {len(context.namespaces):,} namespaces, no other carries it"),
            patch=with_rule(one.policy, one.rule, replace(one.rule, peers=peers)),
        )


def _labels(namespace: Namespace) -> str:
    labels = ", ".join(f"{key}={value}" for key, value in sorted(namespace.labels.items()))
    return f"namespace {namespace.name} carries {labels}"
