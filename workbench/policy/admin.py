"""The parts that cluster-wide policy kinds share, and their way into the normal form (semantics 15, 16)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic.alias_generators import to_camel

from workbench.ground import MAX_PORT, MIN_PORT, AddressSet, PortSet, parse_cidr
from workbench.manifests import ExactModel, FieldPath
from workbench.policy.rules import NOT_EVALUATED, Action, Block, DomainNames, Nodes, Pods, RulePeer
from workbench.policy.schema import LabelSelector, SpecReading, meant
from workbench.policy.selectors import EVERYTHING, Selector

__all__ = ["AdminReading", "EgressPeer", "NamespacedPod", "PodsPeer", "Subject", "Subjected"]

MAX_PRIORITY: Final = 1000
MAX_NETWORKS: Final = 25
MAX_DOMAINS: Final = 25
MAX_RULE_NAME: Final = 100

_EMPTY: Final = {
    "from": "Name the sources of the rule.",
    "to": "Name the destinations of the rule.",
    "networks": "List the CIDRs.",
    "domainNames": "List the names.",
    "protocols": "List the protocols and ports that the rule is about.",
}
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


class Subjected(ExactModel):
    """A spec that is about pods of several namespaces."""

    subject: Subject | None = None


@dataclass(slots=True)
class AdminReading(SpecReading):
    """One pass over the spec of a cluster-wide policy."""

    def undefine(self, path: FieldPath, message: str, remedy: str = "") -> None:
        """Note what the API server stores although nothing defines what it means: plugins differ."""
        self.undefined = True
        text = f"{message}; the API server stores it, and what plugins make of it is undefined"
        self.warn(path, NOT_EVALUATED, text, remedy)

    def refuse_selector(self, path: FieldPath, message: str, remedy: str, code: str = "invalid-value") -> None:  # noqa: ARG002
        """Note a selector that means nothing: custom resources are stored with it, unlike built-in kinds."""
        self.undefine(path, message, remedy)

    def only_field(self, written: ExactModel, path: FieldPath) -> str | None:
        """Return the name of the one field that is set; None, and an error, where it is not exactly one."""
        fields = {name: info.alias or to_camel(name) for name, info in type(written).model_fields.items()}
        there = [name for name in fields if getattr(written, name) is not None]
        if len(there) == 1:
            return there[0]
        found = " and ".join(fields[name] for name in there) or "none"
        wanted = ", ".join(fields.values())
        remedy = "Keep the one that is meant." if there else f"Set one of {wanted}."
        self.reject(path, f"exactly one of {wanted} must be set, not {found}", remedy, "exactly-one-of")
        return None

    def priority(self, written: int | None) -> int:
        """Return ``spec.priority``, which must be given and be 0 to 1000."""
        path = ("spec", "priority")
        if written is None:
            self.reject(path, "priority is missing", "Give a number from 0, evaluated first, to 1000.", "missing-field")
            return 0
        if not 0 <= written <= MAX_PRIORITY:
            message = f"priority {written} is not between 0 and {MAX_PRIORITY}"
            self.reject(path, message, "Give a number from 0, evaluated first, to 1000.")
        return written

    def subject(self, spec: Subjected | None) -> Pods:
        """Return the pods that the policy is about; all pods where that could not be read."""
        path = ("spec", "subject")
        if spec is None:
            return Pods(EVERYTHING)
        # What is missing is as empty as what has no field set.
        written = spec.subject or Subject()
        return Pods(EVERYTHING) if self.only_field(written, path) is None else self._pods(written, path)

    def peers(self, written: PodsPeer, path: FieldPath) -> list[RulePeer]:
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
            self.missing_part(path)
        return self.selector(written or LabelSelector(), path)

    def missing_part(self, path: FieldPath) -> None:
        """Note that one of the two selectors of ``pods`` is missing."""
        self.warn(
            path,
            "missing-field",
            f"{path[-1]} is missing and is read as everything",
            f"Select {'pods' if path[-1] == 'podSelector' else 'namespaces'} with {path[-1]}.",
        )

    def _networks(self, written: Sequence[str], path: FieldPath) -> list[RulePeer]:
        self.counted(written, 1, MAX_NETWORKS, path)
        self._check_once(written, path)
        found = [(text, self.network(text, (*path, index))) for index, text in enumerate(written)]
        return [Block(addresses, text) for text, addresses in found if addresses is not None]

    def _check_once(self, written: Sequence[str], path: FieldPath) -> None:
        """Refuse a set in which one text stands twice."""
        again = next((index for index, text in enumerate(written) if text in written[:index]), None)
        if again is not None:
            self.reject((*path, again), f"{written[again]!r} is given twice", "Give each once.", "given-twice")

    def network(self, text: str, path: FieldPath) -> AddressSet | None:
        """Return the addresses of one CIDR; None where it is not valid: these kinds are stricter than NetworkPolicy."""
        found = parse_cidr(text)
        if found is not None and (found.mapped or (":" in text and "." in text)):
            self.reject(path, f"{text!r} mixes IPv4 and IPv6", "Write the IPv4 block itself.")
            return None
        if found is not None and found.leading_zeros:
            self.reject(path, f"{text!r} has zeros in front of its numbers", f"Write {found.network}.")
            return None
        return SpecReading.network(self, text, path)

    def domain_names(self, written: Sequence[str], action: Action | None, path: FieldPath) -> DomainNames:
        """Return the names of a ``domainNames`` peer; `path` is the peer's."""
        path = (*path, "domainNames")
        self.counted(written, 1, MAX_DOMAINS, path)
        self._check_once(written, path)
        if action not in {Action.ALLOW, None}:
            self.undefine(
                path,
                f"domainNames are for rules that accept, not for action {action}",
                "Deny the addresses of these names, as networks.",
            )
        for index, text in enumerate(written):
            if not _DOMAIN_NAME.fullmatch(text):
                self.reject(
                    (*path, index),
                    f"{text!r} is not a valid domain name",
                    "Write a name with a dot, such as example.com, without a scheme, path or port.",
                )
        if not self.rejected:
            self.warn(
                path,
                "unresolved-domain-names",
                f"no manifest says which addresses {', '.join(written)} have: answers leave this peer out",
                "Answers leave out what a rule accepts by domain name; ask the network plugin for the addresses.",
            )
        return DomainNames(tuple(written))

    def action(self, written: str | None, actions: Mapping[str, Action], path: FieldPath) -> Action | None:
        """Return the action of the rule at `path`; `actions` are those that its kind knows."""
        path = (*path, "action")
        if written is None:
            self.reject(path, "action is missing", f"Use one of {', '.join(actions)}.", "missing-field")
            return None
        if written not in actions:
            self.reject(path, f"{written!r} is not a valid action of this kind", meant(written, actions))
        return actions.get(written)

    def rule_name(self, written: str | None, path: FieldPath) -> str:
        """Return the name of the rule at `path`; empty where it has none."""
        if written is not None and len(written) > MAX_RULE_NAME:
            message = f"the rule's name has {len(written)} characters; {MAX_RULE_NAME} are allowed"
            self.reject((*path, "name"), message, "Shorten it.")
        return written or ""

    def counted(self, written: Sequence[object] | None, least: int, most: int, path: FieldPath) -> None:
        """Check how many entries the list at `path` has; a missing list has none."""
        count = len(written or ())
        if count < least:
            message = f"{path[-1]} must be given, with at least {least} entry"
            self.reject(path, message, _EMPTY.get(str(path[-1]), ""), "missing-field")
        if count > most:
            remedy = "Spread them over several rules or policies."
            self.reject(path, f"{path[-1]} has {count} entries; {most} are allowed", remedy, "too-many-entries")

    def port_range(self, protocol: str, first: tuple[str, int], last: tuple[str, int], path: FieldPath) -> PortSet:
        """Return the ports from `first` to `last`, two named fields of the object at `path`."""
        wrong = [(name, number) for name, number in (first, last) if not MIN_PORT <= number <= MAX_PORT]
        for name, number in dict.fromkeys(wrong):
            message = f"{number} is not between {MIN_PORT} and {MAX_PORT}"
            self.reject((*path, name), message, "Write the port that is meant.")
        if not wrong and last[1] < first[1]:
            remedy = f"Write {first[0]}: {last[1]}, {last[0]}: {first[1]}."
            self.reject((*path, last[0]), f"{last[0]} {last[1]} is below {first[0]} {first[1]}", remedy)
        return PortSet.of(protocol, first[1], last[1])
