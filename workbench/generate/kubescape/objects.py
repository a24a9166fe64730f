"""What objects of Kubescape say: who the neighbours of each workload are, and whether they may be used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from workbench.generate.selectors import selector_written
from workbench.ground import MAX_PORT, MIN_PORT, PROTOCOLS, text_at, value_at
from workbench.manifests import Manifest
from workbench.policy import Selector

__all__ = ["GROUP", "KINDS", "Neighbour", "Neighbourhood", "neighbourhoods"]

GROUP: Final = "spdx.softwarecomposition.kubescape.io"
OLD, CURRENT, PROFILE = "NetworkNeighbors", "NetworkNeighborhood", "ContainerProfile"
KINDS: Final = (OLD, CURRENT, PROFILE)
_USABLE: Final = frozenset({"ready", "learning", "completed", "complete"})
_STATUS: Final = "kubescape.io/status"
_COMPLETION: Final = "kubescape.io/completion"
_MANAGED_BY: Final = "kubescape.io/managed-by"
_TEMPLATE_HASH: Final = "kubescape.io/instance-template-hash"
_WORKLOAD_KIND: Final = "kubescape.io/workload-kind"
_WORKLOAD_NAME: Final = "kubescape.io/workload-name"
_USER_PROFILE: Final = "kubescape.io/user-defined-profile"
_PARTS: Final = ("containers", "initContainers", "ephemeralContainers")


class Neighbour(NamedTuple):
    """Someone whom a workload calls, or who calls it.

    Attributes
    ----------
    pods, namespaces : Selector or None
    addresses : tuple of str
        As they are written: addresses, CIDRs, or ``*`` for all.
    ports : tuple of (str, int)
        Protocol and port; empty for all.
    dns : str
        The name by which its address was known; empty for none.
    lost : str
        Why no rule can be made of it, where a field is damaged; empty where it is whole.
    """

    pods: Selector | None
    namespaces: Selector | None
    addresses: tuple[str, ...]
    ports: tuple[tuple[str, int], ...]
    dns: str
    lost: str = ""


@dataclass(frozen=True)
class Neighbourhood:
    """What is known of one workload.

    Attributes
    ----------
    name, namespace : str
        Of the object.
    labels : mapping of str to str
        Without the hash of the workload's template.
    workload_kind, workload_name : str
        Empty where the object does not say.
    selector : Selector
        Of the workload's pods.
    ingress, egress : tuple of Neighbour
    kind : str
    refused : str
        Why it may not be used; empty where it may (kubescape-generator S4).
    is_partial : bool
        Whether the containers ran before they were watched, or events were lost.
    is_declared : bool
        Whether a person wrote it, so that nothing of it was seen.
    place : str
        File and line.
    """

    name: str
    namespace: str
    labels: Mapping[str, str]
    workload_kind: str
    workload_name: str
    selector: Selector
    ingress: tuple[Neighbour, ...]
    egress: tuple[Neighbour, ...]
    kind: str
    refused: str = ""
    is_partial: bool = False
    is_declared: bool = False
    place: str = ""

    @property
    def ref(self) -> str:
        """``Kind namespace/name``."""
        return f"{self.kind} {self.namespace}/{self.name}"


def neighbourhoods(manifests: Iterable[Manifest]) -> tuple[Neighbourhood, ...]:
    """Return what objects of Kubescape say, one for each workload, sorted; other objects say nothing.

    The profiles of the containers of one workload are put together.

    Parameters
    ----------
    manifests : iterable of Manifest
    """
    ours = [one for one in manifests if one.group == GROUP and one.kind in KINDS]
    whole = [_read([one]) for one in ours if one.kind != PROFILE]
    parts: defaultdict[tuple[str, str, str], list[Manifest]] = defaultdict(list)
    for one in ours:
        if one.kind == PROFILE:
            labels = _labels(one)
            named = labels.get(_WORKLOAD_KIND, ""), labels.get(_WORKLOAD_NAME, "")
            parts[one.namespace, *(named if all(named) else ("", one.name))].append(one)
    found = [*whole, *(_read(group) for group in parts.values())]
    return tuple(sorted(found, key=lambda one: (one.namespace, one.name, one.kind)))


def _read(parts: Sequence[Manifest]) -> Neighbourhood:
    first = parts[0]
    labels = _labels(first)
    annotations = [_annotations(one) for one in parts]
    is_declared = any(one.get(_MANAGED_BY) == "User" for one in annotations) or (
        first.kind == PROFILE and not any(_STATUS in one or _COMPLETION in one for one in annotations)
    )
    chosen = selector_written(first.content.get("spec") or {})
    selector = chosen or Selector()
    if not selector.requirements and first.kind == PROFILE and is_declared:
        selector = Selector.of({_USER_PROFILE: first.name})
    return Neighbourhood(
        first.name,
        first.namespace,
        {key: value for key, value in labels.items() if key != _TEMPLATE_HASH},
        labels.get(_WORKLOAD_KIND, ""),
        labels.get(_WORKLOAD_NAME, ""),
        selector,
        tuple(_neighbours(parts, "ingress")),
        tuple(_neighbours(parts, "egress")),
        first.kind,
        _refusal(parts, annotations, is_declared=is_declared) if chosen is not None else "its selector cannot be read",
        any(one.get(_COMPLETION) == "partial" for one in annotations),
        is_declared,
        first.source.place,
    )


def _refusal(parts: Sequence[Manifest], annotations: Sequence[Mapping[str, str]], *, is_declared: bool) -> str:
    """Return why objects of one workload may not be used (kubescape-generator S3, S4)."""
    if not any(one.content.get("spec") for one in parts):
        return "it has no spec, as members of lists have none"
    if is_declared:
        return ""
    statuses = [one.get(_STATUS, "") for one in annotations]
    if "too-large" in statuses or not any(one in _USABLE for one in statuses):
        worst = "too-large" if "too-large" in statuses else statuses[0]
        return f"its status is {worst}" if worst else "it has no status"
    return ""


def _neighbours(parts: Sequence[Manifest], direction: str) -> Iterator[Neighbour]:
    for manifest in parts:
        spec = manifest.content.get("spec")
        holders = [spec, *(one for name in _PARTS for one in value_at(spec, name) or ())]
        for holder in holders:
            for neighbour in value_at(holder, direction) or ():
                if isinstance(neighbour, Mapping):
                    yield _neighbour(neighbour)


def _neighbour(written: Mapping[str, Any]) -> Neighbour:
    addresses = dict.fromkeys(
        str(one).strip() for one in (written.get("ipAddress"), *(written.get("ipAddresses") or ())) if one
    )
    listed = written.get("ports") or ()
    ports = dict.fromkeys(found for one in listed if (found := _port(one)) is not None)
    selectors = [written.get("podSelector"), written.get("namespaceSelector")]
    pods, namespaces = (None if one is None else selector_written(one) for one in selectors)
    lost = ""
    if (pods is None) is not (selectors[0] is None) or (namespaces is None) is not (selectors[1] is None):
        lost = "its selector cannot be read"
    elif listed and not ports:
        # No ports would mean all of them.
        lost = "policies know none of its ports"
    return Neighbour(pods, namespaces, tuple(addresses), tuple(ports), text_at(written, "dns"), lost)


def _port(written: object) -> tuple[str, int] | None:
    if not isinstance(written, Mapping) or not str(written.get("port") or "").isdecimal():
        return None
    protocol, port = str(written.get("protocol") or "TCP").upper(), int(written["port"])
    return (protocol, port) if protocol in PROTOCOLS and MIN_PORT <= port <= MAX_PORT else None


def _labels(manifest: Manifest) -> dict[str, str]:
    return {str(key): str(value) for key, value in (manifest.metadata.get("labels") or {}).items()}


def _annotations(manifest: Manifest) -> dict[str, str]:
    return {str(key): str(value) for key, value in (manifest.metadata.get("annotations") or {}).items()}
