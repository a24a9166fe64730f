"""Whether two sets of policies mean the same, as the engine sees it: for pods that are there, and for all others.

Each selector that some policy has stands for pods that may come: some of them are put into both clusters. Each
direction is compared by itself, so that what one end allows stays, whether or not the other end allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from math import prod
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from workbench.connectivity import equivalent, evaluate, unprotected
from workbench.ground import WorkbenchError
from workbench.inventory import Cluster, ContainerPort, Namespace, PodVariant, Workload
from workbench.policy import EVERYTHING, NAMESPACE_NAME_LABEL, Direction, Pods, Policy, Selector, Tier

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NotProvenError", "check_same_meaning", "newcomers"]

_OTHER: Final = "netpol-workbench-other"
"""A value that no policy mentions."""
_FIRST_PORT: Final = 30_001
_MOST: Final = 64
"""Up to so many combinations of labels all are tried; else those that a selector asks for."""
_FEW: Final = 8
"""So many pods stand for one selector at most, where not all are tried."""


class NotProvenError(WorkbenchError):
    """It could not be shown that policies mean the same as those in whose place they would stand."""


def check_same_meaning(before: Cluster, after: Cluster) -> None:
    """Raise where two clusters do not allow the same, in some direction, to some pod that is there or may come.

    Parameters
    ----------
    before, after : Cluster
        They differ in their NetworkPolicies only.

    Raises
    ------
    NotProvenError
        With a connection that shows it.
    """
    namespaces, workloads = newcomers(before, [*before.objects.policies, *after.objects.policies])
    for way in (None, *Direction):
        worlds = [_world(one, way, namespaces, workloads) for one in (before, after)]
        found = [evaluate(one) for one in worlds]
        statement = equivalent(*found, limit=1)
        if not statement:
            raise _different(str(statement.witnesses[0]) if statement.witnesses else "", way)
        if not unprotected(found[0]).equals(unprotected(found[1])):
            shown = "other pods are isolated"
            raise _different(shown, way)


def _different(shown: str, way: Direction | None) -> NotProvenError:
    where = f" in {way.value}" if way is not None else ""
    message = f"the policies would not mean the same{where}: {shown}"
    return NotProvenError(message, "this is a fault of the rewrite: keep the policies as they are, and report it")


def _world(
    cluster: Cluster, way: Direction | None, namespaces: Iterable[Namespace], workloads: Iterable[Workload]
) -> Cluster:
    """Return a cluster with newcomers; with what its NetworkPolicies say in one direction, and nothing else."""
    objects = cluster.objects
    policies = objects.policies
    if way is not None:
        policies = tuple(_one_way(one, way) for one in policies if way in one.isolates)
    by_name = {one.name: one for one in (*namespaces, *objects.namespaces)}
    return Cluster(
        replace(
            objects,
            workloads=tuple(sorted((*objects.workloads, *workloads), key=lambda one: one.peer)),
            namespaces=tuple(by_name[name] for name in sorted(by_name)),
            policies=policies,
            multi_policies=(),
        )
    )


def _one_way(policy: Policy, way: Direction) -> Policy:
    rules = tuple(rule for rule in policy.rules if rule.direction is way)
    return replace(policy, isolates=frozenset({way}), rules=rules, pruned=None)


def newcomers(cluster: Cluster, policies: Iterable[Policy]) -> tuple[list[Namespace], list[Workload]]:
    """Return pods that may come, some for each selector of NetworkPolicies, and their namespaces.

    Parameters
    ----------
    cluster : Cluster
    policies : iterable of Policy
    """
    known = {one.name: one for one in cluster.objects.namespaces}
    added: dict[str, Namespace] = {}
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Workload] = {}
    listed = list(policies)
    ports = _ports(listed)
    chosen = dict.fromkeys(_meant(listed))
    labels_of_pods = _combinations([one.pods for one in chosen])
    labels_of_homes = _combinations([one.namespaces for one in chosen if isinstance(one.namespaces, Selector)])
    for meant in chosen:
        for home in _homes(meant.namespaces, known, labels_of_homes):
            added.setdefault(home.name, home)
            for labels in _labels(meant.pods, labels_of_pods):
                key = (home.name, tuple(sorted(labels.items())))
                if key not in found:
                    shapes = (PodVariant(MappingProxyType(dict(labels)), ports),)
                    found[key] = Workload(home.name, f"newcomer-{len(found)}", "Deployment", shapes)
    return [one for name, one in added.items() if name not in known], list(found.values())


def _ports(policies: Iterable[Policy]) -> tuple[ContainerPort, ...]:
    """Return a port for each name of one that policies mention."""
    named = {
        (one.name, one.protocol or "TCP") for policy in policies for rule in policy.rules for one in rule.ports.named
    }
    return tuple(
        ContainerPort(_FIRST_PORT + number, protocol, name) for number, (name, protocol) in enumerate(sorted(named))
    )


def _meant(policies: Iterable[Policy]) -> Iterator[Pods]:
    for policy in policies:
        if policy.tier is not Tier.NETWORK_POLICY:
            continue
        yield policy.subject
        yield Pods(policy.namespace, EVERYTHING)
        for rule in policy.rules:
            yield from (peer for peer in rule.peers if isinstance(peer, Pods))


def _homes(
    namespaces: Selector | str, known: Mapping[str, Namespace], combinations: Sequence[Mapping[str, str]]
) -> Iterator[Namespace]:
    """Yield namespaces that a selector chooses: one that is there, and new ones."""
    if isinstance(namespaces, str):
        yield known.get(namespaces) or _namespace(namespaces, {})
        return
    there = [one for one in known.values() if namespaces.matches(one.labels)]
    yield from there[:1]
    for labels in _labels(namespaces, combinations):
        name = labels.get(NAMESPACE_NAME_LABEL, "")
        if name in known:
            # Its labels are known: it is one that is there, or is not chosen.
            yield from (one for one in there if one.name == name)
        else:
            yield _namespace(name if name not in {"", _OTHER} else f"newcomers-{_digest(labels)}", labels)


def _digest(labels: Mapping[str, str]) -> str:
    return "-".join(f"{key}-{value}" for key, value in sorted(labels.items()) if key != NAMESPACE_NAME_LABEL) or "x"


def _namespace(name: str, labels: Mapping[str, str]) -> Namespace:
    return Namespace(name, MappingProxyType({**labels, NAMESPACE_NAME_LABEL: name}), declared=True)


def _combinations(selectors: Sequence[Selector]) -> list[dict[str, str]]:
    """Return all labels that selectors can tell apart; none where there are too many of them."""
    keys = sorted({one.key for selector in selectors for one in selector.requirements})
    choices = [[*_values(selectors, key), _OTHER, None] for key in keys]
    return list(_made(keys, choices)) if prod(map(len, choices)) <= _MOST else []


def _made(keys: Sequence[str], choices: Iterable[Sequence[str | None]]) -> Iterator[dict[str, str]]:
    for values in product(*choices):
        yield {key: one for key, one in zip(keys, values, strict=True) if one is not None}


def _labels(selector: Selector, combinations: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    """Yield labels that a selector chooses: all of those given, or some with the values that it asks for."""
    if combinations:
        yield from (labels for labels in combinations if selector.matches(labels))
        return
    keys = sorted({one.key for one in selector.requirements})
    choices = [[*_values([selector], key), _OTHER, None] for key in keys]
    yield from islice((labels for labels in _made(keys, choices) if selector.matches(labels)), _FEW)


def _values(selectors: Iterable[Selector], key: str) -> list[str]:
    return sorted(
        {value for selector in selectors for one in selector.requirements if one.key == key for value in one.values}
    )
