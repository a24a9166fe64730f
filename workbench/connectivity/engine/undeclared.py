"""Which selectors ask for labels of namespaces that no manifest declares: of these only the name is known."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from workbench.connectivity.engine.primary_networks import is_network
from workbench.ground import Problem, Severity, first_of, is_are, plural
from workbench.inventory import Labels, Namespace, Objects
from workbench.policy import NAMESPACE_NAME_LABEL, Direction, Pods, Policy, Selector, Tier

__all__ = ["Undeclared"]


class Undeclared:
    """The namespaces that have pods and that no manifest declares, so that most of their labels are not known.

    Parameters
    ----------
    objects : Objects
    """

    def __init__(self, objects: Objects) -> None:
        used = {workload.namespace for workload in objects.workloads}
        self._namespaces = [one for one in objects.namespaces if not one.declared and one.name in used]
        self._known: dict[Selector, list[Namespace]] = {}

    def problems(self, policy: Policy) -> Iterator[Problem]:
        """Yield an info if selectors of a policy depend on labels that are not known."""
        if not self._namespaces or is_network(policy):
            return
        selectors = dict.fromkeys(pods.namespaces for pods in _chosen(policy) if isinstance(pods.namespaces, Selector))
        depending = {selector: found for selector in selectors if (found := self._depending(selector))}
        if depending:
            names = list(dict.fromkeys(one.name for found in depending.values() for one in found))
            shown = first_of(names)
            message = (
                f"{plural('namespace', len(names))} {shown} {is_are(names)} in no manifest"
                f" and taken to have no label but {NAMESPACE_NAME_LABEL}:"
                f" whether the namespaceSelector {' or '.join(map(str, depending))} is met there is not known"
            )
            remedy = "add the Namespace objects, as kubectl get namespaces -o yaml has them"
            source = policy.source
            yield Problem(Severity.INFO, "undeclared-namespace", message, remedy, source.file, source.line, policy.ref)

    def notes(
        self, policies: Iterable[Policy], direction: Direction, others: Collection[str], *, allowed: bool
    ) -> Iterator[str]:
        """Yield what an answer takes for granted of namespaces that no manifest declares.

        Parameters
        ----------
        policies : iterable of Policy
            Those that select the end whose `direction` is decided.
        others : collection of str
            The namespaces of the other end.
        allowed : bool
            Whether the answer is that all is allowed: then it does not depend on NetworkPolicies that might allow more.
        """
        for policy in policies if self._namespaces else ():
            rules = (rule for rule in policy.rules if rule.direction is direction and not is_network(policy))
            peers = (peer for rule in rules for peer in rule.peers if isinstance(peer, Pods))
            for selector in dict.fromkeys(peer.namespaces for peer in peers if isinstance(peer.namespaces, Selector)):
                for namespace in self._depending(selector):
                    chosen = selector.matches(namespace.labels)
                    matters = policy.tier is not Tier.NETWORK_POLICY or chosen is allowed
                    if namespace.name in others and matters:
                        yield (
                            f"Namespace {namespace.name} is in no manifest: {policy.ref} is taken"
                            f"{'' if chosen else ' not'} to choose it by namespaceSelector {selector}."
                        )

    def subject_notes(
        self, policies: Iterable[Policy], direction: Direction, namespace: str, labels: Iterable[Labels]
    ) -> Iterator[str]:
        """Yield which policies may be about an end, or not, since labels of its namespace are not known.

        Parameters
        ----------
        policies : iterable of Policy
            All that count.
        direction : Direction
            That in which the end is asked about.
        labels : iterable of mapping of str to str
            Of the pods that are the end.
        """
        shapes = tuple(labels)
        for policy in policies if any(one.name == namespace for one in self._namespaces) else ():
            chosen = policy.subject.namespaces
            if (
                isinstance(chosen, Selector)
                and not is_network(policy)
                and any(rule.direction is direction for rule in policy.rules)
                and any(map(policy.subject.pods.matches, shapes))
                and (found := next((one for one in self._depending(chosen) if one.name == namespace), None))
            ):
                taken = "" if chosen.matches(found.labels) else " not"
                yield (
                    f"Namespace {namespace} is in no manifest: {policy.ref} is taken{taken} to be about it by"
                    f" namespaceSelector {chosen}."
                )

    def _depending(self, selector: Selector) -> list[Namespace]:
        """Return the namespaces of which it is not known whether `selector` chooses them."""
        found = self._known.get(selector)
        if found is None:
            by_name = [r for r in selector.requirements if r.key == NAMESPACE_NAME_LABEL]
            found = [
                namespace
                for namespace in (self._namespaces if len(by_name) < len(selector.requirements) else ())
                if all(requirement.matches(namespace.labels) for requirement in by_name)
            ]
            self._known[selector] = found
        return found


def _chosen(policy: Policy) -> Iterator[Pods]:
    yield policy.subject
    for rule in policy.rules:
        yield from (peer for peer in rule.peers if isinstance(peer, Pods))
