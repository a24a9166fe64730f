"""Reads ClientIntents of Otterize as required connections, in each of their versions (generate 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.generate.listed.lines import Listed
from workbench.ground import ALL_PORTS, PortSet, text_at, value_at

if TYPE_CHECKING:
    from workbench.inventory import Cluster
    from workbench.manifests import Manifest

__all__ = ["INTENTS_GROUP", "intended_connections"]

INTENTS_GROUP: Final = "k8s.otterize.com"
_KIND: Final = "ClientIntents"
_INTERNET: Final = "internet"
_NO_NETWORK: Final = frozenset({"database", "aws", "gcp", "azure"})
"""Types of calls of older versions that are about permissions elsewhere."""
_NAMESPACE_OF_A_SERVICE: Final = "svc:"


def intended_connections(cluster: Cluster) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """Return the connections that ClientIntents of a cluster list, and what of them is no network connection.

    Parameters
    ----------
    cluster : Cluster
    """
    found: list[Listed] = []
    strange: list[str] = []
    for manifest in cluster.manifests_of(_KIND, INTENTS_GROUP):
        for one in _of(manifest):
            if isinstance(one, Listed):
                found.append(one)
            else:
                strange.append(one)
    return tuple(dict.fromkeys(found)), tuple(strange)


def _of(manifest: Manifest) -> Iterator[Listed | str]:
    spec = manifest.content.get("spec")
    namespace = manifest.namespace or "default"
    client = text_at(spec, "workload", "name") or text_at(spec, "service", "name")
    place = f"{manifest.ref} {manifest.source.place}".rstrip()
    if not client:
        yield f"{manifest.ref} names no client"
        return
    src = _named(client, namespace, text_at(spec, "workload", "kind"))
    targets = value_at(spec, "targets") or value_at(spec, "calls") or ()
    for target in targets:
        if isinstance(target, Mapping):
            yield from _target(manifest, src, namespace, target, place)


def _target(
    manifest: Manifest, src: str, namespace: str, target: Mapping[str, Any], place: str
) -> Iterator[Listed | str]:
    internet = target.get("internet")
    if internet is not None or target.get("type") == _INTERNET:
        yield from _outside(manifest, src, internet or target, place)
        return
    service = value_at(target, "service")
    kubernetes = value_at(target, "kubernetes")
    named = text_at(kubernetes, "name") or text_at(service, "name") or text_at(target, "name")
    kafka = text_at(value_at(target, "kafka"), "name")
    if not (named or kafka) or target.get("type") in _NO_NETWORK:
        yield f"{manifest.ref} has a target that is no connection in the cluster: {', '.join(sorted(map(str, target)))}"
        return
    name = (named or kafka).removeprefix(_NAMESPACE_OF_A_SERVICE)
    kind = text_at(kubernetes, "kind") or ("Service" if (named or kafka) != name or service else "")
    where = text_at(target, "namespace") or text_at(kubernetes, "namespace")
    plain, _, behind = name.partition(".")
    yield Listed(src, _named(plain, where or behind or namespace, kind), ALL_PORTS, place)


def _outside(manifest: Manifest, src: str, internet: Mapping[str, Any], place: str) -> Iterator[Listed | str]:
    ports = [int(one) for one in internet.get("ports") or () if str(one).isdecimal()]
    wanted = PortSet.union_of(PortSet.of("TCP", one) for one in ports) if ports else ALL_PORTS
    addresses: Iterable[Any] = internet.get("ips") or ()
    for address in addresses:
        yield Listed(src, str(address), wanted, place)
    for domain in internet.get("domains") or internet.get("dns") or ():
        yield f"{manifest.ref} needs {domain}, whose addresses are not known"
    if not (addresses or internet.get("domains") or internet.get("dns")):
        yield Listed(src, "internet", wanted, place)


def _named(name: str, namespace: str, kind: str) -> str:
    return f"{namespace}/{name}[{kind}]" if kind else f"{namespace}/{name}"
