"""The schemes of network-config-analyzer: configurations, and questions about them (semantics 27).

A scheme names folders and files of namespaces, pods and policies, and puts them together to
configurations. There a pod is an end of its own, here it belongs to its owner: pods are read without their
owners, who are kept to find them by.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.conformance import suite
from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.ground import ProblemLog
from workbench.inventory import Cluster, assemble, ingress_targets, load_manifests
from workbench.manifests import Manifest
from workbench.policy import (
    Action,
    Anyone,
    Direction,
    Operator,
    Pods,
    Policy,
    PortMatch,
    Requirement,
    Rule,
    Selector,
    Tier,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SEMANTICS", "Configuration", "Query", "Scheme", "schemes"]

SEMANTICS = Semantics(host_network="pod", node_traffic=False, finished_pods=True, wording="reference")
REPOSITORY = "https://github.com/np-guard/network-config-analyzer/tree/master/"
FOREIGN = {"projectcalico.org": "Calico", "istio.io": "Istio"}
"""API groups that are out of scope, by their last part."""
FOREIGN_ENDS = {"ServiceEntry"}
"""Kinds that are out of scope, and ends of connections: they change the answer wherever they are read."""
CONTROLLER = "ingress-nginx"
"""The namespace whose pods the reference takes for ingress controllers."""
OWN_KEYS = {"name", "expected", "expectedOutput", "outputConfiguration", "expectedNotExecuted"}

_Owners = dict[str, str]


@dataclass(frozen=True, eq=False)
class Configuration:
    """A cluster, and the owner of each of its pods.

    Attributes
    ----------
    cluster : Cluster
    owners : dict of str to str
        ``namespace/owner[Kind]`` of ``namespace/pod[Pod]``.
    foreign : frozenset of str
        Whose objects are in it that are out of scope: Calico, Istio.
    """

    name: str
    cluster: Cluster
    owners: _Owners
    foreign: frozenset[str]

    @cached_property
    def connectivity(self) -> Connectivity:
        return evaluate(self.cluster, semantics=SEMANTICS)

    def owner(self, peer: str) -> str:
        """Return the name of a peer's owner; its own where it has none."""
        return self.owners.get(peer, peer)

    @cached_property
    def with_controllers(self) -> Configuration:
        """Return the configuration as the reference reads Ingresses.

        Here they lead from a peer of its own to their targets. There they are policies, heard before all
        others, about the egress of the pods that run in the controller's namespace: to the targets, as far
        as other policies allow, and to nobody else.
        """
        objects = self.cluster.objects
        if not objects.ingresses:
            return self
        sent = [
            Rule(
                Direction.EGRESS,
                index,
                (Pods(target.workload.namespace, _labelled(target.shape.labels)),),
                PortMatch(target.ports),
                Action.PASS,
            )
            for index, target in enumerate(ingress_targets(objects, ProblemLog()))
        ]
        rest = Rule(Direction.EGRESS, len(sent), (Anyone(),), action=Action.DENY)
        policy = Policy("Ingress", "", "all", Tier.ADMIN, Pods(CONTROLLER), rules=(*sent, rest))
        cluster = Cluster(replace(objects, ingresses=(), policies=(*objects.policies, policy)))
        return Configuration(self.name, cluster, self.owners, self.foreign)

    def with_one_policy(self, name: str) -> Configuration:
        """Return the configuration with only the policy ``namespace/name``."""
        gone = [p.ref for p in self.cluster.objects.policies if f"{p.namespace}/{p.name}" != name]
        return Configuration(f"{self.name}/{name}", self.cluster.with_policies(remove=gone), self.owners, self.foreign)


@dataclass(frozen=True)
class Query:
    """A question about configurations, and the answer.

    Attributes
    ----------
    kind : str
        Such as ``semanticDiff``.
    configurations : tuple of str
        Names, or ``name/namespace/policy`` for one policy alone.
    expected : int or None
    expected_output : Path or None
    options : dict
    """

    name: str
    kind: str
    configurations: tuple[str, ...]
    expected: int | None
    expected_output: Path | None
    executed: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def format(self) -> str:
        return str(self.options.get("outputFormat", "txt"))


def schemes() -> list[Scheme]:
    """Return the schemes that the index of the conformance folder lists; none where it is absent."""
    index = suite.folder() / "index.json"
    if not index.is_file():
        return []
    listed = json.loads(index.read_text(encoding="utf-8"))
    return [Scheme(entry["name"], suite.folder() / entry["path"]) for entry in listed if entry["kind"] == "nca_scheme"]


class Scheme:
    """One scheme file."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._folder = path.parent
        self._content = yaml.safe_load(path.read_text(encoding="utf-8"))

    @cached_property
    def queries(self) -> list[Query]:
        found = []
        for entry in self._content["queries"]:
            kinds = [key for key in entry if key not in OWN_KEYS]
            output = entry.get("expectedOutput")
            found += [
                Query(
                    entry["name"],
                    kind,
                    tuple(entry[kind]),
                    entry.get("expected") if kind != "connectivityMap" else None,  # always 0 there
                    self._folder / output if output else None,
                    not entry.get("expectedNotExecuted"),
                    entry.get("outputConfiguration") or {},
                )
                for kind in kinds
            ]
        return found

    def configuration(self, name: str) -> Configuration:
        """Return a configuration by its name, or one of its policies as ``name/namespace/policy``."""
        whole, _, policy = name.partition("/")
        found = self._configurations[whole]()
        return found.with_one_policy(policy) if policy else found

    @cached_property
    def _configurations(self) -> dict[str, Callable[[], Configuration]]:
        return {entry["name"]: cache(partial(self._read, entry)) for entry in self._content["networkConfigList"]}

    def _read(self, entry: dict[str, Any]) -> Configuration:
        """Return the configuration that an entry describes: its own topology, or that of the whole scheme."""
        own = any(key in entry for key in ("podList", "namespaceList", "resourceList"))
        manifests: list[Manifest] = []
        for key, topology in (("namespaceList", "Namespace"), ("podList", "")):
            paths = entry.get(key) or self._content.get(key)
            manifests += (m for m in self._manifests(paths) if (m.kind == "Namespace") is (topology == "Namespace"))
        shared: list[Manifest] = [] if own else self._manifests(self._content.get("resourceList"))
        manifests = [m for m in (*manifests, *shared) if not _is_policy(m) or m.kind in FOREIGN_ENDS]
        manifests += self._manifests(entry.get("resourceList"))
        manifests += (m for m in self._manifests(entry.get("networkPolicyList")) if _is_policy(m))
        owners: _Owners = {}
        pods = [_without_owner(manifest, owners) for manifest in manifests]
        log = ProblemLog()
        foreign = frozenset(who for m in manifests for end, who in FOREIGN.items() if m.group.endswith(end))
        return Configuration(entry["name"], Cluster(assemble(pods, log), tuple(log)), owners, foreign)

    def _manifests(self, paths: str | list[str] | None) -> list[Manifest]:
        return [manifest for path in self._listed(paths) for manifest in _read_path(path)]

    def _listed(self, paths: str | list[str] | None) -> list[Path]:
        listed = [paths] if isinstance(paths, str) else paths or []
        return [self._path(path) for path in listed if path]

    def _path(self, text: str) -> Path:
        if text.startswith(REPOSITORY):
            return suite.folder() / "nca" / text.removeprefix(REPOSITORY)
        return self._folder / text


@lru_cache(maxsize=256)
def _read_path(path: Path) -> tuple[Manifest, ...]:
    """Return the objects of a file; of the files of a folder; with ``**``, of all below it."""
    if path.name == "**":
        return load_manifests(path.parent).objects.manifests
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml", ".json"})
        return tuple(manifest for file in files for manifest in load_manifests(file).objects.manifests)
    apart = [{"apiVersion": "v1", "kind": "List", "items": items} for items in _lists(path)]
    more = load_manifests(f"{yaml.safe_dump_all(apart)}\n").objects.manifests if apart else ()
    return (*load_manifests(path).objects.manifests, *more)


def _lists(path: Path) -> list[Any]:
    """Return the documents of a file that are lists of objects, which the reference reads, kubectl does not."""
    documents = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return [document for document in documents if isinstance(document, list)]


def _labelled(labels: Mapping[str, str]) -> Selector:
    """Return the selector of the pods with all of `labels`."""
    return Selector(tuple(Requirement(key, Operator.IN, (value,)) for key, value in sorted(labels.items())))


def _is_policy(manifest: Manifest) -> bool:
    return (
        manifest.kind.endswith("Policy")
        or manifest.kind == "Ingress"
        or any(manifest.group.endswith(end) for end in FOREIGN)
    )


def _without_owner(manifest: Manifest, owners: _Owners) -> Manifest:
    """Return a Pod without its ownerReferences, and note the owner.

    Some lists were made anonymous with ``ports: {}``, which Kubernetes rejects: no ports are meant.
    """
    if manifest.kind != "Pod":
        return manifest
    references = manifest.metadata.get("ownerReferences")
    namespace = manifest.namespace or "default"
    if references:
        owners[f"{namespace}/{manifest.name}[Pod]"] = f"{namespace}/{references[0]['name']}[{references[0]['kind']}]"
    metadata = {key: value for key, value in manifest.metadata.items() if key != "ownerReferences"}
    spec = dict(manifest.content.get("spec") or {})
    spec["containers"] = [{**c, "ports": c.get("ports") or []} for c in spec.get("containers") or []]
    return Manifest({**manifest.content, "metadata": metadata, "spec": spec}, manifest.source)
