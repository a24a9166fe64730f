"""Which ports of containers cannot be read: each costs itself, and not the workload that declares it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from workbench.ground import ProblemLog, Severity
from workbench.inventory.port_schemas import InterfacePort, Port
from workbench.manifests import FieldPath, Manifest, validate

__all__ = ["without_bad_ports"]

_HOLDERS: Final[Mapping[str, type[Port | InterfacePort]]] = MappingProxyType(
    {"containers": Port, "initContainers": Port, "interfaces": InterfacePort}
)
"""Lists whose entries have ports, and what these must look like."""


def without_bad_ports(manifest: Manifest, log: ProblemLog) -> Manifest:
    """Return `manifest` without the ports that are malformed, each of them an error; itself if none is."""
    bad = set(_bad_ports(manifest, manifest.content, (), log))
    return Manifest(_without(manifest.content, bad, ()), manifest.source) if bad else manifest


def _bad_ports(manifest: Manifest, content: Mapping[str, Any], path: FieldPath, log: ProblemLog) -> Iterator[FieldPath]:
    for key, value in content.items():
        if key in _HOLDERS and isinstance(value, list):
            for index, entry in enumerate(value):
                if isinstance(entry, Mapping):
                    yield from _bad_ports_of(manifest, entry, (*path, key, index), _HOLDERS[key], log)
        elif isinstance(value, Mapping):
            yield from _bad_ports(manifest, value, (*path, key), log)


def _bad_ports_of(
    manifest: Manifest, holder: Mapping[str, Any], path: FieldPath, model: type[Port | InterfacePort], log: ProblemLog
) -> Iterator[FieldPath]:
    ports = holder.get("ports")
    where = (*path, "ports")
    if ports is not None and not isinstance(ports, list):
        message = "ports must be a list; those of this container are left out"
        log.add(manifest.problem(Severity.ERROR, "invalid-port", message, path=where))
        yield where
        return
    for index, port in enumerate(ports or ()):
        own = ProblemLog()
        if validate(model, port, manifest, own, (*where, index)) is None:
            for problem in own:
                what, _, _ = problem.message.rpartition(";")
                message = f"{what}; this port is left out, and the rest of the object counts"
                log.add(replace(problem, code="invalid-port", message=message))
            yield (*where, index)


def _without(content: Any, gone: set[FieldPath], path: FieldPath) -> Any:  # noqa: ANN401  (a value of a document)
    if isinstance(content, Mapping):
        return {key: _without(value, gone, (*path, key)) for key, value in content.items() if (*path, key) not in gone}
    if isinstance(content, list):
        return [
            _without(value, gone, (*path, index)) for index, value in enumerate(content) if (*path, index) not in gone
        ]
    return content
