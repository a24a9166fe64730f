"""The parts that cluster-wide policy kinds share, and their way into the normal form (connectivity.md 15, 16)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic.alias_generators import to_camel

from workbench.manifests.source import FieldPath
from workbench.manifests.validation import ExactModel
from workbench.policy.ports import MAX_PORT, MIN_PORT, PortSet
from workbench.policy.rules import Action, Block, DomainNames, Nodes, Peer, Pods
from workbench.policy.schema import LabelSelector, SpecReading
from workbench.policy.selectors import Selector

__all__ = ["AdminReading", "EgressPeer", "NamespacedPod", "PodsPeer", "Subject"]

MAX_PRIORITY: Final = 1000
MAX_NETWORKS: Final = 25
MAX_DOMAINS: Final = 25
MAX_RULE_NAME: Final = 100

_DOMAIN_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_DOMAIN_NAME = re.compile(rf"(?:\*\.)?(?:{_DOMAIN_LABEL}\.)+{_DOMAIN_LABEL}\.?")


class NamespacedPod(ExactModel):
    """Pods by their labels and those of their namespaces."""

    namespace_selector: LabelSelector | None = None
    pod_selector: LabelSelector | None = None


class PodsPeer(ExactModel):
    """A peer within the cluster: all pods of some namespaces, or some pods of some namespaces."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPod | None = None


class EgressPeer(PodsPeer):
    """A peer that may also be outside: an entry of ``to``."""

    nodes: LabelSelector | None = None
    networks: list[str] | None = None


class Subject(PodsPeer):
    """``subject``: the pods that a policy is about."""


@dataclass(slots=True)
class AdminReading(SpecReading):
    """One pass over the spec of a cluster-wide policy."""

    def only_field(self, written: ExactModel, path: FieldPath) -> str | None:
        """Return the name of the one field that is set; None, and an error, where it is not exactly one."""
        fields = {name: info.alias or to_camel(name) for name, info in type(written).model_fields.items()}
        there = [name for name in fields if getattr(written, name) is not None]
        if len(there) == 1:
            return there[0]
        found = " and ".join(fields[name] for name in there) or "none"
        wanted = ", ".join(fields.values())
        self.reject(path, f"exactly one of {wanted} must be set, not {found}", code="exactly-one-of")
        return None

    def priority(self, written: int | None) -> int:
        """Return ``spec.priority``, which must be given and be 0 to 1000."""
        path = ("spec", "priority")
        if written is None:
            self.reject(path, "priority is missing", "Give a number from 0, heard first, to 1000.", "missing-field")
            return 0
        if not 0 <= written <= MAX_PRIORITY:
            self.reject(path, f"priority {written} is not between 0 and {MAX_PRIORITY}")
        return written

    def subject(self, written: Subject | None) -> Pods | None:
        """Return the pods that the policy is about."""
        path = ("spec", "subject")
        # What is missing is as empty as what has no field set.
        field = self.only_field(written or Subject(), path)
        return None if written is None or field is None else self._pods(written, path)

    def peers(self, written: PodsPeer, path: FieldPath) -> list[Peer]:
        """Return the peers that the entry at `path` stands for: one, or one for each of its networks."""
        if self.only_field(written, path) is None:
            return []
        if isinstance(written, EgressPeer) and written.networks is not None:
            return self._networks(written.networks, (*path, "networks"))
        if isinstance(written, EgressPeer) and written.nodes is not None:
            return [Nodes(self.selector(written.nodes, (*path, "nodes")))]
        return [self._pods(written, path)]

    def _pods(self, written: PodsPeer, path: FieldPath) -> Pods:
        if written.namespaces is not None:
            return Pods(self.selector(written.namespaces, (*path, "namespaces")))
        pods = written.pods or NamespacedPod()
        where = (*path, "pods")
        return Pods(
            self._part(pods.namespace_selector, (*where, "namespaceSelector")),
            self._part(pods.pod_selector, (*where, "podSelector")),
        )

    def _part(self, written: LabelSelector | None, path: FieldPath) -> Selector:
        if written is None:
            self.warn(path, "missing-field", f"{path[-1]} is missing and means everything", f"Write {path[-1]}: {{}}.")
        return self.selector(written or LabelSelector(), path)

    def _networks(self, written: Sequence[str], path: FieldPath) -> list[Peer]:
        self.counted(written, 1, MAX_NETWORKS, path)
        found = [(text, self.network(text, (*path, index))) for index, text in enumerate(written)]
        for index, text in enumerate(written):
            if ":" in text and "." in text:
                self.reject((*path, index), f"{text!r} mixes IPv4 and IPv6", "Write the IPv4 block itself.")
        return [Block(addresses, text) for text, addresses in found if addresses is not None]

    def domain_names(self, written: Sequence[str], action: Action | None, path: FieldPath) -> DomainNames:
        """Return the names of a ``domainNames`` peer; `path` is the peer's."""
        path = (*path, "domainNames")
        self.counted(written, 1, MAX_DOMAINS, path)
        if action not in {Action.ALLOW, None}:
            self.reject(
                path,
                f"domainNames are for rules that accept, not for action {action}",
                "Accept the names, and deny 0.0.0.0/0 and ::/0 in a later rule.",
            )
        for index, text in enumerate(written):
            if not _DOMAIN_NAME.fullmatch(text):
                self.reject(
                    (*path, index),
                    f"{text!r} is no domain name",
                    "Write a name with a dot, or *.name for all below.",
                )
        if not self.rejected:
            self.warn(
                path,
                "unresolved-domain-names",
                f"no manifest says which addresses {', '.join(written)} have: answers are given as if this peer"
                " matched nobody",
                "To see where they lead, add their addresses as networks.",
            )
        return DomainNames(tuple(written))

    def action(self, written: str | None, actions: Mapping[str, Action], path: FieldPath) -> Action | None:
        """Return the action of the rule at `path`; `actions` are those that its kind knows."""
        path = (*path, "action")
        if written is None:
            self.reject(path, "action is missing", f"Use one of {', '.join(actions)}.", "missing-field")
            return None
        if written not in actions:
            self.reject(path, f"{written!r} is no action of this kind", f"Use one of {', '.join(actions)}.")
        return actions.get(written)

    def rule_name(self, written: str | None, path: FieldPath) -> str:
        """Return the name of the rule at `path`; empty where it has none."""
        if written is not None and len(written) > MAX_RULE_NAME:
            self.reject((*path, "name"), f"a rule's name has at most {MAX_RULE_NAME} characters")
        return written or ""

    def counted(self, written: Sequence[object] | None, least: int, most: int, path: FieldPath) -> None:
        """Check how many entries the list at `path` has; a missing list has none."""
        count = len(written or ())
        if count < least:
            message = f"{path[-1]} must be given, with at least {least} entry"
            self.reject(path, message, code="missing-field")
        if count > most:
            self.reject(path, f"{path[-1]} has {count} entries, {most} are allowed", code="too-many-entries")

    def port_range(self, protocol: str, first: tuple[str, int], last: tuple[str, int], path: FieldPath) -> PortSet:
        """Return the ports from `first` to `last`, two named fields of the object at `path`."""
        wrong = [(name, number) for name, number in (first, last) if not MIN_PORT <= number <= MAX_PORT]
        for name, number in dict.fromkeys(wrong):
            self.reject((*path, name), f"{number} is not between {MIN_PORT} and {MAX_PORT}")
        if not wrong and last[1] < first[1]:
            self.reject((*path, last[0]), f"{last[0]} {last[1]} is below {first[0]} {first[1]}", "Swap them.")
        return PortSet.of(protocol, first[1], last[1])
