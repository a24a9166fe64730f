"""Which secondary networks are pods attached to, and with which addresses (semantics 17).

Pods say so in annotations (Kubernetes Network Custom Resource Definition De-facto Standard, which
Multus implements), virtual machines in their ``networks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from pydantic import Field, ValidationError

from workbench.ground import ProblemLog, Severity, parse_address, parse_cidr, parsed_json
from workbench.inventory.model import Attachment
from workbench.inventory.port_schemas import Schema
from workbench.inventory.schemas import MachineVolume, VirtualMachineInstanceSpec
from workbench.manifests import FieldPath, Manifest, read_yaml

__all__ = ["NETWORKS", "STATUS", "cloud_init_addresses", "machine_attachments", "network_names", "pod_attachments"]

NETWORKS: Final = "k8s.v1.cni.cncf.io/networks"
STATUS: Final = "k8s.v1.cni.cncf.io/network-status"


class NetworkElement(Schema):
    """One entry of the annotation, where it is written as JSON."""

    name: str
    namespace: str = ""
    ips: list[str] = Field(default=[])


class NetworkElements(Schema):
    elements: list[NetworkElement]


class NetworkName(NamedTuple):
    """The definition of a network."""

    namespace: str
    name: str


def pod_attachments(
    manifest: Manifest, annotations: Mapping[str, str], path: FieldPath, log: ProblemLog
) -> tuple[Attachment, ...]:
    """Return what the annotations of a pod, or of a pod template, attach it to.

    Parameters
    ----------
    path : FieldPath
        Where the annotations stand.
    """
    text = annotations.get(NETWORKS, "").strip()
    if not text:
        return ()
    elements: list[tuple[NetworkName, Iterable[str]]] | None
    where = (*path, "annotations", NETWORKS)
    if text.startswith(("[", "{")):
        elements = _json_elements(text, manifest.namespace or "default")
    elif any(entry.strip() and not _parts(entry)[-1] for entry in text.split(",")):
        elements = None
    else:
        elements = [(name, ()) for name in network_names(text, manifest.namespace or "default")]
    if elements is None:
        message = "is neither a list of names nor a JSON list of networks; the pods count as not attached"
        remedy = "write namespace/name, comma-separated, or a JSON list of objects with a name"
        log.add(manifest.problem(Severity.ERROR, "network-annotation", message, remedy=remedy, path=where))
        return ()
    for address in (address for _, addresses in elements for address in addresses if not _address(address)):
        message = f"{address!r} is not a valid address; it is left out"
        remedy = "write an IPv4 or IPv6 address, with or without a prefix length"
        log.add(manifest.problem(Severity.WARNING, "invalid-address", message, remedy=remedy, path=where))
    seen = _addresses_in_use(annotations.get(STATUS, ""))
    return _joined((name, (*addresses, *seen.get(f"{name.namespace}/{name.name}", ()))) for name, addresses in elements)


def machine_attachments(spec: VirtualMachineInstanceSpec, namespace: str) -> tuple[Attachment, ...]:
    """Return the secondary networks of a virtual machine.

    Its addresses are those that its cloud-init data sets: they name interfaces, not networks, so
    each counts on all of them.
    """
    addresses = [address for volume in spec.volumes for address in cloud_init_addresses(_network_data(volume))]
    return _joined(
        (name, addresses)
        for network in spec.networks
        if network.multus is not None
        for name in network_names(network.multus.network_name, namespace)
    )


def network_names(text: str, namespace: str) -> list[NetworkName]:
    """Return the networks of a comma-separated list of ``[namespace/]name[@interface]``."""
    names: list[NetworkName] = []
    for entry in text.split(","):
        where, slash, name = _parts(entry)
        if name:
            names.append(NetworkName(where if slash else namespace, name))
    return names


def _parts(entry: str) -> tuple[str, str, str]:
    """Return namespace, slash and name of ``[namespace/]name[@interface]``."""
    return entry.partition("@")[0].strip().rpartition("/")


def _json_elements(text: str, namespace: str) -> list[tuple[NetworkName, Iterable[str]]] | None:
    content = parsed_json(text)
    try:
        found = NetworkElements.model_validate({"elements": [content] if isinstance(content, Mapping) else content})
    except ValidationError:
        return None
    return [(NetworkName(element.namespace or namespace, element.name), element.ips) for element in found.elements]


def _addresses_in_use(text: str) -> dict[str, list[str]]:
    """Return the addresses by network, ``namespace/name``, that a running pod was given."""
    content = parsed_json(text)
    found: dict[str, list[str]] = {}
    for element in content if isinstance(content, list) else ():
        if isinstance(element, Mapping) and isinstance(element.get("ips"), list):
            found.setdefault(str(element.get("name")), []).extend(map(str, element["ips"]))
    return found


def cloud_init_addresses(text: str) -> Iterator[str]:
    """Yield the addresses of a cloud-init network configuration, version 2 (``ethernets``)."""
    for reading in read_yaml(text) if text else ():
        content = reading.content
        ethernets = content.get("ethernets") if isinstance(content, Mapping) else None
        for interface in ethernets.values() if isinstance(ethernets, Mapping) else ():
            addresses = interface.get("addresses") if isinstance(interface, Mapping) else None
            listed = addresses if isinstance(addresses, list) else ()
            yield from (address for address in listed if isinstance(address, str))


def _network_data(volume: MachineVolume) -> str:
    return volume.cloud_init_no_cloud.network_data or volume.cloud_init_config_drive.network_data


def _joined(found: Iterable[tuple[NetworkName, Iterable[str]]]) -> tuple[Attachment, ...]:
    """Return one attachment a network, sorted, whose addresses are without prefix length."""
    addresses: dict[NetworkName, dict[str, None]] = {}
    for name, texts in found:
        known = addresses.setdefault(name, {})
        known.update(dict.fromkeys(address for address in map(_address, texts) if address))
    return tuple(Attachment(*name, tuple(known)) for name, known in sorted(addresses.items()))


def _address(text: str) -> str:
    block = parse_cidr(text)
    return str((block.address if block else parse_address(text)) or "")
