"""What manifests tell the containers of a workload: environment, arguments, command and ConfigMaps (build-time 1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from workbench.ground import Problem, Severity, text_at, value_at
from workbench.inventory import DEFAULT_NAMESPACE
from workbench.manifests import FieldPath, Manifest, field_line

if TYPE_CHECKING:
    from workbench.inventory import Cluster, Workload

__all__ = ["Text", "Written", "WrittenObjects", "place_of", "pod_spec", "pod_spec_path"]

_Key: TypeAlias = tuple[str, str, str]
"""Namespace, kind and name."""
_TEMPLATES: Final[Mapping[str, FieldPath]] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where objects of a kind have their pod template; all others as Deployments do."""
_USUAL_TEMPLATE: Final[FieldPath] = ("spec", "template")


class Text(NamedTuple):
    """A text that a container is given.

    Attributes
    ----------
    text : str
    manifest : Manifest
        Where the container is given it.
    path : FieldPath
    words : str
        What it is, such as ``container web env CART``.
    """

    text: str
    manifest: Manifest
    path: FieldPath
    words: str

    @property
    def place(self) -> str:
        """Where it stands: file and line, the object, and what it is."""
        return place_of(self.manifest, self.path, self.words)


def place_of(manifest: Manifest, path: FieldPath, words: str) -> str:
    """Return where something stands, in words.

    Parameters
    ----------
    manifest : Manifest
    path : FieldPath
    words : str
        What it is.
    """
    line = field_line(manifest.source, path)
    file = f"{manifest.source.file}:{line} " if line is not None else ""
    return f"{file}{manifest.kind} {manifest.namespace or DEFAULT_NAMESPACE}/{manifest.any_name} {words}".rstrip()


class Written(NamedTuple):
    """What a workload's containers are given.

    Attributes
    ----------
    texts : tuple of Text
        In the order in which the reference tool reads them.
    problems : tuple of Problem
        ConfigMaps and keys that are not there.
    """

    texts: tuple[Text, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Reference:
    """A ConfigMap that a container is given, or some of its keys."""

    path: FieldPath
    name: str
    words: str
    keys: tuple[str, ...] | None = None
    optional: bool = False


class WrittenObjects:
    """The objects of a cluster as they are written, found by what they are called.

    Parameters
    ----------
    cluster : Cluster
    """

    def __init__(self, cluster: Cluster) -> None:
        self._by_key: dict[_Key, Manifest] = {}
        self._owned: defaultdict[_Key, list[Manifest]] = defaultdict(list)
        self._places: dict[_Key, int] = {}
        for place, manifest in enumerate(cluster.objects.manifests):
            namespace = manifest.namespace or DEFAULT_NAMESPACE
            for key in _keys_of(manifest, namespace):
                # A Service is one of Kubernetes, and one of Knative is so only by its whole name.
                if key not in self._by_key or not manifest.group:
                    self._by_key[key] = manifest
                    self._places[key] = place
            for one in _mappings(manifest.metadata.get("ownerReferences")):
                if one[1].get("controller") is True:
                    owner = (namespace, text_at(one[1], "kind"), text_at(one[1], "name"))
                    self._owned[owner].append(manifest)
                    self._places.setdefault(owner, place)

    def place(self, namespace: str, kind: str, name: str) -> int:
        """Return where an object stands among all, for the order in which the reference tool takes them.

        Parameters
        ----------
        namespace, kind, name : str
        """
        return self._places.get((namespace, kind, name), len(self._places))

    def named(self, namespace: str, kind: str, name: str) -> Manifest | None:
        """Return an object; None where it was not read.

        Parameters
        ----------
        namespace, kind, name : str
        """
        return self._by_key.get((namespace, kind, name))

    def of(self, workload: Workload) -> tuple[Manifest, ...]:
        """Return the objects that say how the pods of a workload are made: its own, else those that it owns.

        Parameters
        ----------
        workload : Workload
        """
        own = self.named(workload.namespace, workload.kind, workload.name)
        return (own,) if own is not None else tuple(self._owned[workload.namespace, workload.kind, workload.name])

    def written(self, workload: Workload, *, init: bool) -> Written:
        """Return what the containers of a workload are given; Secrets are never read.

        Parameters
        ----------
        workload : Workload
        init : bool
            Whether init containers count, too.
        """
        texts: list[Text] = []
        problems: list[Problem] = []
        for manifest in self.of(workload):
            path = pod_spec_path(manifest)
            spec = _at(manifest.content, path)
            references: list[_Reference] = []
            single: list[_Reference] = []
            for where, container in _containers(spec, path, init=init):
                texts += _own_texts(manifest, where, container)
                references += _environments(where, container)
                single += _keys(where, container)
            references += _volumes(spec, path, narrowed=init)
            for reference in (*references, *single):
                texts += self._of_config_map(workload, manifest, reference, problems)
        return Written(tuple(texts), tuple(dict.fromkeys(problems)))

    def _of_config_map(
        self, workload: Workload, manifest: Manifest, reference: _Reference, problems: list[Problem]
    ) -> Iterator[Text]:
        found = self.named(workload.namespace, "ConfigMap", reference.name)
        named = f"ConfigMap {workload.namespace}/{reference.name}"
        if found is None:
            if not reference.optional:
                message = f"{reference.words} takes its value from {named}, which is not there"
                remedy = "add its manifest: an address in it is not known, and no rule is made for it"
                problems.append(
                    manifest.problem(
                        Severity.WARNING, "config-map-not-found", message, remedy=remedy, path=reference.path
                    )
                )
            return
        data = value_at(found.content, "data")
        values = data if isinstance(data, Mapping) else {}
        for key in sorted(values, key=str) if reference.keys is None else reference.keys:
            value = values.get(key)
            if isinstance(value, str):
                yield Text(value, manifest, reference.path, f"{reference.words} from {named} key {key}")
            elif key not in values and not reference.optional:
                message = f"{reference.words} takes its value from the key {key} of {named}, which has none"
                problems.append(
                    manifest.problem(Severity.WARNING, "config-map-key-not-found", message, path=reference.path)
                )


def pod_spec_path(manifest: Manifest) -> FieldPath:
    """Return where an object says how its pods are made.

    Parameters
    ----------
    manifest : Manifest
    """
    return (*_TEMPLATES.get(manifest.kind, _USUAL_TEMPLATE), "spec")


def pod_spec(manifest: Manifest) -> Any:  # noqa: ANN401  (JSON)
    """Return how the pods of an object are made, as it is written; None where it does not say.

    Parameters
    ----------
    manifest : Manifest
    """
    return _at(manifest.content, pod_spec_path(manifest))


def _keys_of(manifest: Manifest, namespace: str) -> Iterator[_Key]:
    for kind in (manifest.kind, *((f"{manifest.kind}.{manifest.group}",) if manifest.group else ())):
        yield namespace, kind, manifest.any_name


def _at(content: object, path: FieldPath) -> Any:  # noqa: ANN401  (JSON)
    return value_at(content, *map(str, path))


def _mappings(value: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the mappings of a list, with their places; nothing where it is something else."""
    for index, one in enumerate(value) if isinstance(value, list) else ():
        if isinstance(one, Mapping):
            yield index, one


def _containers(spec: object, path: FieldPath, *, init: bool) -> Iterator[tuple[FieldPath, Mapping[str, Any]]]:
    for name in ("containers", *(("initContainers",) if init else ())):
        for index, container in _mappings(value_at(spec, name)):
            yield (*path, name, index), container


def _named(where: FieldPath, container: Mapping[str, Any]) -> str:
    kind = "init container" if where[-2] == "initContainers" else "container"
    return f"{kind} {text_at(container, 'name')}".rstrip()


def _own_texts(manifest: Manifest, where: FieldPath, container: Mapping[str, Any]) -> Iterator[Text]:
    for index, entry in _mappings(container.get("env")):
        if value := text_at(entry, "value"):
            words = f"{_named(where, container)} env {text_at(entry, 'name')}"
            yield Text(value, manifest, (*where, "env", index), words)
    for name in ("args", "command"):
        listed = container.get(name)
        for index, value in enumerate(listed) if isinstance(listed, list) else ():
            if isinstance(value, str):
                yield Text(value, manifest, (*where, name, index), f"{_named(where, container)} {name}")


def _environments(where: FieldPath, container: Mapping[str, Any]) -> Iterator[_Reference]:
    for index, entry in _mappings(container.get("envFrom")):
        if name := text_at(entry, "configMapRef", "name"):
            optional = value_at(entry, "configMapRef", "optional") is True
            words = f"{_named(where, container)} envFrom"
            yield _Reference((*where, "envFrom", index), name, words, None, optional)


def _keys(where: FieldPath, container: Mapping[str, Any]) -> Iterator[_Reference]:
    for index, entry in _mappings(container.get("env")):
        name = text_at(entry, "valueFrom", "configMapKeyRef", "name")
        key = text_at(entry, "valueFrom", "configMapKeyRef", "key")
        if name and key and not text_at(entry, "value"):
            optional = value_at(entry, "valueFrom", "configMapKeyRef", "optional") is True
            words = f"{_named(where, container)} env {text_at(entry, 'name')}"
            yield _Reference((*where, "env", index), name, words, (key,), optional)


def _volumes(spec: object, path: FieldPath, *, narrowed: bool) -> Iterator[_Reference]:
    """Yield the ConfigMaps of volumes; where it is `narrowed`, the keys alone that are put into files."""
    for index, volume in _mappings(value_at(spec, "volumes")):
        words = f"volume {text_at(volume, 'name')}".rstrip()
        where: FieldPath = (*path, "volumes", index)
        sources = [(where, volume.get("configMap"))]
        if narrowed:
            sources += [
                ((*where, "projected", "sources", place), one.get("configMap"))
                for place, one in _mappings(value_at(volume, "projected", "sources"))
            ]
        for place, source in sources:
            if name := text_at(source, "name"):
                items = [text_at(one, "key") for _, one in _mappings(value_at(source, "items"))]
                keys = tuple(items) if narrowed and items else None
                yield _Reference(place, name, words, keys, value_at(source, "optional") is True)
