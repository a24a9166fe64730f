"""What kustomizations among the files mean for the others: patches are not objects, overlays exclude each other."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from workbench.ground import Problem, Severity, first_of
from workbench.manifests.foreign import not_an_object
from workbench.manifests.manifest import Manifest

__all__ = ["Kustomizations", "is_kustomization"]

_GROUP: Final = "kustomize.config.k8s.io/"
_FILES: Final = frozenset(("kustomization.yaml", "kustomization.yml", "kustomization"))
_UNCHANGING: Final = frozenset(
    (
        *("apiVersion", "kind", "metadata", "resources", "bases", "components", "images", "replicas", "crds"),
        *("configMapGenerator", "secretGenerator", "generatorOptions", "openapi", "configurations"),
        *("sortOptions", "buildMetadata", "validators"),
    )
)
"""Fields that change nothing that connectivity depends on."""
_NO_OBJECTS: Final = (
    *("patches", "patchesStrategicMerge", "patchesJson6902", "transformers", "generators"),
    *("validators", "configurations", "crds", "openapi"),
)
"""Fields whose files are instructions to kustomize, whatever they look like."""
_RESOURCES: Final = ("resources", "bases", "components")
_CHARTS: Final = ("helmCharts", "helmChartInflationGenerator")


def is_kustomization(content: Any, file: str) -> bool:
    """Tell whether a document is a kustomization or a component, by its version or its file's name."""
    fields = content if isinstance(content, Mapping) else {}
    version = fields.get("apiVersion")
    if isinstance(version, str) and version.startswith(_GROUP):
        return True
    return isinstance(content, Mapping) and not fields.get("kind") and PurePath(file).name.lower() in _FILES


@dataclass(frozen=True, slots=True)
class _Kustomization:
    """One of them, with the paths that it names, each as files are named that were read.

    `elsewhere` is what it builds on that can be no file here: addresses of repositories, and Helm charts.
    """

    manifest: Manifest
    folder: str
    resources: frozenset[str]
    elsewhere: frozenset[str]
    instructions: frozenset[str]
    changes: tuple[str, ...]

    @property
    def is_component(self) -> bool:
        return self.manifest.kind == "Component"


class Kustomizations:
    """The kustomizations that were read together."""

    def __init__(self, manifests: Iterable[Manifest]) -> None:
        self._by_folder = {found.folder: found for found in map(_read, manifests)}
        self._instructions = frozenset(
            path for found in self._by_folder.values() for path in found.instructions if path not in self._by_folder
        )

    def __bool__(self) -> bool:
        return bool(self._by_folder)

    def is_instruction(self, file: str) -> bool:
        """Tell whether `file` is a patch, a transformer or a generator of one of them, or in a folder of such."""
        path = _normal(file)
        while path and path not in self._instructions:
            parent = _parent(path)
            path = "" if parent == path else parent
        return bool(path)

    def problems(self, read: Collection[str], holding: Collection[str]) -> Iterator[Problem]:
        """Yield what is not applied or was not read, and which overlays exclude one another.

        Parameters
        ----------
        read, holding : collection of str
            The names of all files, and of those with objects.
        """
        files = {_normal(name) for name in holding}
        known = {_normal(name) for name in read}.union(self._by_folder)
        used = {path for found in self._by_folder.values() for path in found.resources}
        roots = [one for folder, one in self._by_folder.items() if folder not in used and not one.is_component]
        reached = {root.folder: self._reached(root) for root in roots}
        overlays: set[str] = set()
        for root in roots:
            rivals = [other for other in roots if self._share(reached[root.folder], reached[other.folder])]
            if len(rivals) > 1 and root.folder not in overlays:
                overlays |= {rival.folder for rival in rivals}
                yield _overlays([rival.folder for rival in rivals], root.manifest)
        for root in roots:
            builds_on = [self._by_folder[one] for one in reached[root.folder]]
            paths = frozenset().union(*(one.resources for one in builds_on)) - known
            if missing := sorted(paths.union(*(one.elsewhere for one in builds_on))):
                yield _incomplete(root, missing)
            if root.folder not in overlays:
                yield _unapplied(root, [self._by_folder[one] for one in sorted(reached[root.folder])], files)

    def _reached(self, root: _Kustomization) -> set[str]:
        """Return the folders of all kustomizations that `root` builds on, with its own."""
        reached: set[str] = set()
        waiting = [root.folder]
        while waiting:
            folder = waiting.pop()
            if folder in self._by_folder and folder not in reached:
                reached.add(folder)
                waiting.extend(self._by_folder[folder].resources)
        return reached

    def _share(self, one: set[str], other: set[str]) -> bool:
        return any(not self._by_folder[folder].is_component for folder in one & other)


def _overlays(folders: list[str], first: Manifest) -> Problem:
    shown = [folder or "." for folder in folders]
    message = (
        f"overlays of one base are read all at once, with what each would change not applied: {', '.join(shown)}; "
        "no cluster is like that"
    )
    remedy = (
        f"choose one: --kustomize {shown[0]}, or kubectl kustomize {shown[0]} | netpol-workbench connectivity map -"
    )
    return first.problem(Severity.WARNING, "kustomize-overlays", message, remedy=remedy)


def _incomplete(root: _Kustomization, missing: list[str]) -> Problem:
    folder = root.folder or "."
    message = f"a kustomization, of which a part was not read and is in no answer: {first_of(missing)}"
    return root.manifest.problem(Severity.WARNING, "kustomization-incomplete", message, remedy=_rendered(folder))


def _rendered(folder: str) -> str:
    return f"render it: --kustomize {folder}, or kubectl kustomize {folder} | netpol-workbench connectivity map -"


def _unapplied(root: _Kustomization, reached: list[_Kustomization], files: set[str]) -> Problem:
    folder = root.folder or "."
    changes = sorted({change for one in reached for change in one.changes})
    touched = any(path in files for one in reached for path in one.resources)
    if changes and touched:
        message = f"a kustomization: what it changes is not applied ({', '.join(changes)})"
        return root.manifest.problem(Severity.WARNING, "kustomization", message, remedy=_rendered(folder))
    what = "a kustomization that changes nothing of what was read"
    return not_an_object(what, root.manifest.source.file, root.manifest.source.line)


def _read(manifest: Manifest) -> _Kustomization:
    content = manifest.content
    folder = _parent(_normal(manifest.source.file))

    def paths(fields: Iterable[str]) -> frozenset[str]:
        named = (path for field in fields for path in _named(content.get(field)))
        return frozenset(_joined(folder, path) for path in named)

    changes = [str(key) for key, value in content.items() if value and key not in _UNCHANGING]
    far = {entry for field in _RESOURCES for entry in _entries(content.get(field)) if "://" in entry}
    charts = {field for field in _CHARTS if content.get(field)}
    return _Kustomization(
        manifest, folder, paths(_RESOURCES), frozenset(far | charts), paths(_NO_OBJECTS), tuple(changes)
    )


def _named(field: Any) -> Iterator[str]:
    """Yield the paths that a field of a kustomization names, as texts or as ``path``."""
    yield from (entry for entry in _entries(field) if "://" not in entry)


def _entries(field: Any) -> Iterator[str]:
    for entry in field if isinstance(field, list) else [field]:
        path = entry.get("path") if isinstance(entry, Mapping) else entry
        if isinstance(path, str) and path and "\n" not in path:
            yield path


def _normal(file: str) -> str:
    """Return the one spelling of a file's name (``archive.tar!member`` within archives); empty for this folder."""
    archive, mark, member = file.rpartition("!")
    path = posixpath.normpath(member.replace("\\", "/"))
    return archive + mark + ("" if path == "." else path)


def _parent(path: str) -> str:
    archive, mark, member = path.rpartition("!")
    return archive + mark + posixpath.dirname(member)


def _joined(folder: str, path: str) -> str:
    archive, mark, member = folder.rpartition("!")
    return _normal(archive + mark + posixpath.join(member, path))
