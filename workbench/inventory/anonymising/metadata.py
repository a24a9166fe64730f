"""What becomes of the metadata of objects: names, labels, owners, times, and the few annotations that are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from workbench.ground import Anonymiser, ProblemLog, parse_address, parse_cidr, parsed_json
from workbench.inventory.anonymising.treatments import (
    Treatment,
    each,
    fields,
    flag,
    labels,
    misfit,
    moment,
    text,
)
from workbench.inventory.attachments import NETWORKS, STATUS
from workbench.inventory.networks import POLICY_FOR
from workbench.manifests import Manifest, annotation_problems

__all__ = ["api_version", "interface_address", "metadata", "network_names", "template_metadata"]

_VERSION: Final = re.compile(r"v[0-9]{1,2}((alpha|beta)[0-9]{1,2})?")
_SCRAPE, _PORT = "prometheus.io/scrape", "prometheus.io/port"
_PORT_NUMBER: Final = re.compile(r"[0-9]{1,5}")
_NO_NETWORKS: Final = "/"
"""Names no network, and is not valid."""


def api_version(anonymiser: Anonymiser, version: str) -> str:
    """Return what stands in for an API version: those of Kubernetes and of what is read stay."""
    group, slash, name = version.rpartition("/")
    shown = name if _VERSION.fullmatch(name) or not name else anonymiser.free_text("text", name)
    return f"{anonymiser.group(group)}{slash}{shown}"


def network_names(anonymiser: Anonymiser, names: str) -> str:
    """Return what stands in for a comma-separated list of ``[namespace/]name[@interface]``."""
    found = []
    for entry in names.split(","):
        where, slash, name = entry.partition("@")[0].strip().rpartition("/")
        found.append(f"{anonymiser.namespace(where)}{slash}{anonymiser.network(name)}")
    return ",".join(found)


def interface_address(anonymiser: Anonymiser, address: str) -> str:
    """Return what stands in for an address of an interface, perhaps with the length of its prefix behind it."""
    block = parse_cidr(address)
    if block is None:
        return anonymiser.address(address) if parse_address(address) else anonymiser.free_text("address", address)
    return f"{anonymiser.address(str(block.address))}/{block.network.prefixlen}"


def _name_of_owner(kind: str) -> Callable[[Anonymiser, str], str]:
    return Anonymiser.node if kind == "Node" else Anonymiser.workload


def _owner(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    kind = value.get("kind") if isinstance(value, Mapping) else None
    known = {
        "apiVersion": text(api_version),
        "kind": text(Anonymiser.kind),
        "name": text(_name_of_owner(str(kind))),
        "controller": flag,
    }
    return fields(known)(value, anonymiser)


def _networks(anonymiser: Anonymiser, written: str) -> str:
    """Return what stands in for the annotation that attaches pods to networks, in the one form or the other."""
    stripped = written.strip()
    if not stripped.startswith(("[", "{")):
        entries = stripped.split(",")
        is_valid = all(not one.strip() or one.partition("@")[0].strip().rpartition("/")[2] for one in entries)
        return (network_names(anonymiser, written) if is_valid else _NO_NETWORKS) if stripped else ""
    element = fields(
        {
            "name": text(Anonymiser.network),
            "namespace": text(Anonymiser.namespace),
            "ips": each(text(interface_address)),
        }
    )
    content = parsed_json(stripped)
    if isinstance(content, Mapping):
        return json.dumps(element(content, anonymiser))
    return json.dumps(each(element)(content, anonymiser)) if isinstance(content, list) else "["


def _status(anonymiser: Anonymiser, written: str) -> str:
    element = fields({"name": text(network_names), "ips": each(text(interface_address))})
    content = parsed_json(written)
    return json.dumps(each(element)(content, anonymiser)) if isinstance(content, list) else ""


_ANNOTATIONS: Final[Mapping[str, Callable[[Anonymiser, str], str]]] = MappingProxyType(
    {
        NETWORKS: _networks,
        STATUS: _status,
        POLICY_FOR: network_names,
        _SCRAPE: lambda _, written: written if written in {"true", "false"} else "",
        _PORT: lambda _, written: written if _PORT_NUMBER.fullmatch(written) else "",
    }
)


def _annotations(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    if not isinstance(value, Mapping):
        return misfit(value, anonymiser)
    return {key: make(anonymiser, value[key]) for key, make in _ANNOTATIONS.items() if isinstance(value.get(key), str)}


def _annotations_of_policy(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat annotations of which the API server refuses some: then one of the others is refused as well."""
    found = _annotations(value, anonymiser)
    return {**found, **dict(_refused(value))} if isinstance(value, Mapping) else found


def _refused(annotations: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    log = ProblemLog()
    texts = {str(key): one for key, one in annotations.items() if isinstance(one, str)}
    log.extend(annotation_problems(Manifest({}), texts, ()))
    if log:
        yield "!", ""
    if any(one is not None and not isinstance(one, str) for one in annotations.values()):
        yield "wrong-type", 0


_FREE_OF_MEANING: Final = (
    *("deletionGracePeriodSeconds", "finalizers", "generation", "managedFields", "resourceVersion", "selfLink", "uid"),
    *("ownerReferences", "creationTimestamp", "deletionTimestamp"),
)
"""Metadata of policies that nothing goes by."""
template_metadata: Final = fields({"labels": labels, "annotations": _annotations})


def metadata(name: Callable[[Anonymiser, str], str], *, exact: bool = False) -> Treatment:
    """Return the treatment of ``metadata`` of objects whose names have stand-ins by `name`.

    Parameters
    ----------
    name : callable
    exact : bool
        Whether the API server refuses unknown fields and invalid annotations of it.
    """
    common = {
        "name": text(name),
        "generateName": text(name),
        "namespace": text(Anonymiser.namespace),
        "labels": labels,
    }
    if not exact:
        further = {"ownerReferences": each(_owner), "creationTimestamp": moment, "deletionTimestamp": moment}
        return fields({**common, **further, "annotations": _annotations})
    treated = fields({**common, "annotations": _annotations_of_policy}, exact=True)

    def of_policy(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
        if isinstance(value, Mapping):
            value = {key: one for key, one in value.items() if key not in _FREE_OF_MEANING}
        return treated(value, anonymiser)

    return of_policy
