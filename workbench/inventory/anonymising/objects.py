"""Which kinds of objects come through, and which of their fields, as what (anonymising 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from workbench.ground import Anonymiser
from workbench.inventory.anonymising.metadata import api_version, metadata
from workbench.inventory.anonymising.pods import CONTROLLER, STUB, WORKLOADS
from workbench.inventory.anonymising.policies import POLICY_SPECS
from workbench.inventory.anonymising.treatments import (
    Treatment,
    address,
    each,
    fields,
    flag,
    labels,
    number,
    one_of,
    port,
    selector,
    text,
)
from workbench.inventory.custom_resources import custom_reader, is_custom, makes_pods
from workbench.inventory.versions import PROJECTS
from workbench.manifests import Manifest
from workbench.policy import is_policy, is_registered, misspelt_kind

__all__ = ["written_anew"]

Name = Callable[[Anonymiser, str], str]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What becomes of the objects of a kind.

    Attributes
    ----------
    name : callable
        Returns what stands in for the name of an object.
    parts : mapping of str to Treatment
        What is kept beside ``apiVersion``, ``kind`` and ``metadata``.
    exact : bool
        Whether the API server refuses unknown fields, and that matters.
    """

    name: Name
    parts: Mapping[str, Treatment] = field(default_factory=lambda: MappingProxyType({}))
    exact: bool = False

    def written(self, manifest: Manifest, anonymiser: Anonymiser) -> dict[str, Any]:
        """Return the content of what stands in for an object."""
        known = {"metadata": metadata(self.name, exact=self.exact), **self.parts}
        content = {
            name: part for name, part in manifest.content.items() if name not in {"apiVersion", "kind", "status"}
        }
        if "status" in self.parts and "status" in manifest.content:
            content["status"] = manifest.content["status"]
        versioned = {"apiVersion": api_version(anonymiser, manifest.api_version)} if manifest.api_version else {}
        return {
            **versioned,
            "kind": anonymiser.kind(manifest.kind),
            **fields(known, exact=self.exact)(content, anonymiser),
        }


def _other(kind: str) -> Name:
    return lambda anonymiser, name: anonymiser.other(kind, name)


_PROTOCOL: Final = one_of("TCP", "UDP", "SCTP")
_SERVICE_NAME: Final = text(Anonymiser.service)
_NAMESPACE: Final = text(Anonymiser.namespace)
_WORD: Final = text(Anonymiser.kind)
_GROUP: Final = text(Anonymiser.group)


def _cluster_ip(anonymiser: Anonymiser, written: str) -> str:
    return written if written in {"", "None"} else anonymiser.address(written)


def _external_name(anonymiser: Anonymiser, written: str) -> str:
    return anonymiser.domain(written)


_SERVICE: Final = {
    "spec": fields(
        {
            "type": one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            "selector": labels,
            "ports": each(
                fields(
                    {
                        "name": text(Anonymiser.port_name),
                        "port": number,
                        "protocol": _PROTOCOL,
                        "targetPort": port,
                        "nodePort": number,
                    }
                )
            ),
            "clusterIP": text(_cluster_ip),
            "clusterIPs": each(text(_cluster_ip)),
            "externalIPs": each(address),
            "externalName": text(_external_name),
            "externalTrafficPolicy": one_of("Local", "Cluster"),
        }
    ),
    "status": fields({"loadBalancer": fields({"ingress": each(fields({"ip": address}))})}),
}
_TARGET: Final = fields({"kind": _WORD, "namespace": _NAMESPACE, "name": text(Anonymiser.workload)})
_ENDPOINT_PORTS: Final = each(fields({"name": text(Anonymiser.port_name), "protocol": _PROTOCOL, "port": number}))
_SLICE: Final = {
    "addressType": one_of("IPv4", "IPv6", "FQDN"),
    "endpoints": each(
        fields({"addresses": each(address), "conditions": fields({"ready": flag}), "targetRef": _TARGET})
    ),
    "ports": _ENDPOINT_PORTS,
}
_ENDPOINTS: Final = {
    "subsets": each(
        fields({"addresses": each(fields({"ip": address, "targetRef": _TARGET})), "ports": _ENDPOINT_PORTS})
    )
}
_BACKEND: Final = fields(
    {
        "service": fields(
            {"name": _SERVICE_NAME, "port": fields({"name": text(Anonymiser.port_name), "number": number})}
        ),
        "resource": fields({"kind": _WORD, "name": text(_other("resource"))}),
        "serviceName": _SERVICE_NAME,
        "servicePort": port,
    }
)
_INGRESS: Final = {
    "spec": fields(
        {
            "defaultBackend": _BACKEND,
            "backend": _BACKEND,
            "rules": each(fields({"http": fields({"paths": each(fields({"backend": _BACKEND}))})})),
        }
    )
}
_ROUTE_TARGET: Final = fields({"kind": _WORD, "name": _SERVICE_NAME, "weight": number})
_ROUTE: Final = {
    "spec": fields(
        {"to": _ROUTE_TARGET, "alternateBackends": each(_ROUTE_TARGET), "port": fields({"targetPort": port})}
    )
}
_REFERENCE: Final[Mapping[str, Treatment]] = MappingProxyType(
    {"group": _GROUP, "kind": _WORD, "name": _SERVICE_NAME, "namespace": _NAMESPACE, "port": number, "weight": number}
)
_FILTERS: Final = each(fields({"requestMirror": fields({"backendRef": fields(_REFERENCE)})}))
_GATEWAY_ROUTE: Final = {
    "spec": fields(
        {
            "parentRefs": each(fields({"group": _GROUP, "kind": _WORD})),
            "rules": each(
                fields({"backendRefs": each(fields({**_REFERENCE, "filters": _FILTERS})), "filters": _FILTERS})
            ),
        }
    )
}
_GRANT: Final = {
    "spec": fields(
        {
            "from": each(fields({"group": _GROUP, "kind": _WORD, "namespace": _NAMESPACE})),
            "to": each(fields({"group": _GROUP, "kind": _WORD, "name": _SERVICE_NAME})),
        }
    )
}


def _address_of_node(anonymiser: Anonymiser, written: str) -> str:
    found = anonymiser.address(written)
    return anonymiser.node(written) if found.startswith("address-") else found


_NODE: Final = {
    "status": fields(
        {
            "addresses": each(
                fields(
                    {
                        "type": one_of("InternalIP", "ExternalIP", "Hostname", "InternalDNS", "ExternalDNS"),
                        "address": text(_address_of_node),
                    }
                )
            )
        }
    )
}
_LAYER: Final = fields({"role": one_of("Primary", "Secondary")})
_NETWORK: Final[Mapping[str, Treatment]] = MappingProxyType(
    {
        "topology": one_of("Layer2", "Layer3", "Localnet"),
        **dict.fromkeys(("layer2", "layer3", "localnet"), _LAYER),
    }
)


def _subject(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat a subject of a binding: service accounts are named, people and groups are not."""
    is_account = isinstance(value, Mapping) and value.get("kind") == "ServiceAccount"
    known = {"kind": one_of("ServiceAccount", "User", "Group")}
    if is_account:
        known |= {"name": text(Anonymiser.account), "namespace": _NAMESPACE}
    return fields(known)(value, anonymiser)


_CLIENT: Final = fields({"service": fields({"name": _SERVICE_NAME, "namespace": _NAMESPACE, "port": number})})
_HOOKS: Final = {"webhooks": each(fields({"clientConfig": _CLIENT}))}
_MONITOR_ENDPOINTS: Final = each(fields({"port": text(Anonymiser.port_name), "targetPort": port, "portNumber": number}))
_MONITOR: Final = {
    "spec": fields(
        {
            "selector": selector,
            "namespaceSelector": fields({"any": flag, "matchNames": each(_NAMESPACE)}),
            "endpoints": _MONITOR_ENDPOINTS,
            "podMetricsEndpoints": _MONITOR_ENDPOINTS,
        }
    )
}
_BINDING: Final = _Kind(_other("binding"), {"subjects": each(_subject)})
_RBAC, _MONITORING, _ADMISSION = "rbac.authorization.k8s.io", "monitoring.coreos.com", "admissionregistration.k8s.io"

_KINDS: Final[Mapping[tuple[str, str], _Kind]] = MappingProxyType(
    {
        **{kind: _Kind(Anonymiser.workload, parts) for kind, parts in WORKLOADS.items()},
        **{kind: _Kind(Anonymiser.policy, {"spec": spec}, exact=True) for kind, spec in POLICY_SPECS.items()},
        ("", "Service"): _Kind(Anonymiser.service, _SERVICE),
        ("", "Endpoints"): _Kind(Anonymiser.service, _ENDPOINTS),
        ("discovery.k8s.io", "EndpointSlice"): _Kind(_other("slice"), _SLICE),
        ("networking.k8s.io", "Ingress"): _Kind(_other("ingress"), _INGRESS),
        ("route.openshift.io", "Route"): _Kind(_other("route"), _ROUTE),
        **dict.fromkeys(
            (("gateway.networking.k8s.io", kind) for kind in ("HTTPRoute", "GRPCRoute")),
            _Kind(_other("route"), _GATEWAY_ROUTE),
        ),
        ("gateway.networking.k8s.io", "ReferenceGrant"): _Kind(_other("grant"), _GRANT),
        **dict.fromkeys((("", "Namespace"), *PROJECTS), _Kind(Anonymiser.namespace)),
        ("", "Node"): _Kind(Anonymiser.node, _NODE),
        **dict.fromkeys(
            ((group, "UserDefinedNetwork") for group in ("k8s.ovn.org", "nmstate.io")),
            _Kind(Anonymiser.network, {"spec": fields(_NETWORK)}),
        ),
        ("k8s.ovn.org", "ClusterUserDefinedNetwork"): _Kind(
            Anonymiser.network, {"spec": fields({"namespaceSelector": selector, "network": fields(_NETWORK)})}
        ),
        ("k8s.cni.cncf.io", "NetworkAttachmentDefinition"): _Kind(Anonymiser.network),
        **dict.fromkeys(((_RBAC, kind) for kind in ("RoleBinding", "ClusterRoleBinding")), _BINDING),
        **dict.fromkeys(
            ((_ADMISSION, f"{kind}WebhookConfiguration") for kind in ("Validating", "Mutating")),
            _Kind(_other("webhook"), _HOOKS),
        ),
        **dict.fromkeys(
            ((_MONITORING, kind) for kind in ("ServiceMonitor", "PodMonitor")), _Kind(_other("monitor"), _MONITOR)
        ),
    }
)
"""What becomes of the kinds that are read, by API group and name."""
_UNEVALUATED: Final = _Kind(Anonymiser.policy)
"""Of policies that nothing here evaluates: that there are some."""
_CUSTOM: Final = _Kind(Anonymiser.workload, {"spec": CONTROLLER})
_NAMED: Final = _Kind(Anonymiser.workload)


def written_anew(manifest: Manifest, anonymiser: Anonymiser) -> Manifest | None:
    """Return what stands in for an object; None for one of a kind that is left out.

    Parameters
    ----------
    manifest : Manifest
        In the version in which its kind is read.
    anonymiser : Anonymiser
    """
    found = _KINDS.get((manifest.group, manifest.kind))
    if found is not None:
        return Manifest(found.written(manifest, anonymiser))
    if is_policy(manifest) and not is_registered(manifest):
        return _policy_aside(manifest, anonymiser)
    if not is_custom(manifest.group, manifest.kind) or is_registered(manifest):
        return None
    if custom_reader(manifest) is not None:
        return Manifest(_CUSTOM.written(manifest, anonymiser))
    if makes_pods(manifest):
        return Manifest({**_NAMED.written(manifest, anonymiser), "spec": STUB})
    # What stands between an object that makes pods and these tells that they were read.
    return Manifest(_NAMED.written(manifest, anonymiser)) if manifest.metadata.get("ownerReferences") else None


def _policy_aside(manifest: Manifest, anonymiser: Anonymiser) -> Manifest | None:
    """Return what stands in for a policy of a kind that is not evaluated, or whose kind is misspelt."""
    meant = misspelt_kind(manifest)
    if meant is None:
        return Manifest(_UNEVALUATED.written(manifest, anonymiser))
    known = _KINDS.get((manifest.group, meant))
    if known is None:
        return None
    written = known.written(manifest, anonymiser)
    return Manifest({**written, "kind": f"{meant}x"})
