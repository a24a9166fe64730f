"""Which fields of pods, of what makes pods, and of virtual machines come through, and as what."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from workbench.ground import Anonymiser
from workbench.inventory.anonymising.metadata import interface_address, network_names, template_metadata
from workbench.inventory.anonymising.treatments import (
    Treatment,
    address,
    constant,
    each,
    fields,
    flag,
    labels,
    misfit,
    moment,
    number,
    one_of,
    selector,
    text,
)
from workbench.inventory.attachments import cloud_init_addresses

__all__ = ["CONTROLLER", "JOB_STATUS", "PHASE", "POD_SPEC", "POD_STATUS", "STUB", "WORKLOADS"]

_SCHEDULE: Final = re.compile(
    r"[-0-9*/,?]{1,60}( +[-0-9*/,?]{1,60}){4}|@(hourly|daily|midnight|weekly|monthly|yearly|annually)"
)
_VERSION: Final = "app.kubernetes.io/version"


def _container_name(anonymiser: Anonymiser, name: str) -> str:
    return anonymiser.other("container", name)


_PORTS: Final = each(
    fields({"containerPort": number, "protocol": one_of("TCP", "UDP", "SCTP"), "name": text(Anonymiser.port_name)})
)
_CONTAINERS: Final = each(
    fields(
        {
            "name": text(_container_name),
            "image": constant("image"),
            "ports": _PORTS,
            "restartPolicy": one_of("Always", "OnFailure", "Never"),
        }
    )
)
_ACCOUNT: Final = text(Anonymiser.account)
POD_SPEC: Final = fields(
    {
        "containers": _CONTAINERS,
        "initContainers": _CONTAINERS,
        "hostNetwork": flag,
        "nodeName": text(Anonymiser.node),
        "serviceAccountName": _ACCOUNT,
        "serviceAccount": _ACCOUNT,
    }
)
PHASE: Final = one_of("Pending", "Running", "Succeeded", "Failed", "Unknown")
_CONDITIONS: Final = each(
    fields(
        {
            "type": one_of(
                "Ready", "ContainersReady", "PodScheduled", "Initialized", "Complete", "Failed", "Suspended"
            ),
            "status": one_of("True", "False", "Unknown"),
            "lastTransitionTime": moment,
        }
    )
)
POD_STATUS: Final = fields(
    {
        "phase": PHASE,
        "podIP": address,
        "podIPs": each(fields({"ip": address})),
        "hostIP": address,
        "conditions": _CONDITIONS,
        "containerStatuses": each(fields({"state": fields({"terminated": fields({"finishedAt": moment})})})),
    }
)
JOB_STATUS: Final = fields({"conditions": _CONDITIONS})
_TEMPLATE: Final = fields({"metadata": template_metadata, "spec": POD_SPEC})


def _any_selector(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat what an owner chooses its pods by: a label selector, or labels alone, as older kinds have it."""
    is_selector = isinstance(value, Mapping) and bool({"matchLabels", "matchExpressions"} & value.keys())
    return (selector if is_selector else labels)(value, anonymiser)


_CONTROLLER: Final[Mapping[str, Treatment]] = MappingProxyType(
    {
        "replicas": number,
        "selector": _any_selector,
        "ordinals": fields({"start": number}),
        "parallelism": number,
        "completions": number,
        "completionMode": one_of("Indexed", "NonIndexed"),
        "template": _TEMPLATE,
    }
)
CONTROLLER: Final = fields(_CONTROLLER)


def _schedule(anonymiser: Anonymiser, written: str) -> str:
    return written if _SCHEDULE.fullmatch(written) else anonymiser.free_text("text", written)


def _cloud_init(anonymiser: Anonymiser, written: str) -> str:
    """Return network data with the addresses of the interfaces alone."""
    found = [interface_address(anonymiser, one) for one in cloud_init_addresses(written)]
    return json.dumps({"ethernets": {"interface": {"addresses": found}}}) if found else ""


_CLOUD_INIT: Final = fields({"networkData": text(_cloud_init)})
_MACHINE: Final = fields(
    {
        "domain": fields(
            {
                "devices": fields(
                    {
                        "interfaces": each(
                            fields(
                                {
                                    "ports": each(
                                        fields(
                                            {
                                                "port": number,
                                                "protocol": one_of("TCP", "UDP", "SCTP"),
                                                "name": text(Anonymiser.port_name),
                                            }
                                        )
                                    )
                                }
                            )
                        )
                    }
                )
            }
        ),
        "networks": each(fields({"multus": fields({"networkName": text(network_names)})})),
        "volumes": each(fields({"cloudInitNoCloud": _CLOUD_INIT, "cloudInitConfigDrive": _CLOUD_INIT})),
    }
)


def _version(anonymiser: Anonymiser, written: str) -> str:
    return anonymiser.label_value(_VERSION, written.removeprefix("v"))


def _nothing(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    return {} if isinstance(value, Mapping) else misfit(value, anonymiser)


_MONITORING: Final = fields(
    {
        "podMetadata": template_metadata,
        "replicas": number,
        "shards": number,
        "version": text(_version),
        "portName": text(Anonymiser.port_name),
        "listenLocal": flag,
        "hostNetwork": flag,
        "serviceAccountName": _ACCOUNT,
        "thanos": _nothing,
        "ordinals": fields({"start": number}),
    }
)
_WITH_TEMPLATE: Final = {"spec": CONTROLLER}
WORKLOADS: Final[Mapping[tuple[str, str], Mapping[str, Treatment]]] = MappingProxyType(
    {
        ("", "Pod"): {"spec": POD_SPEC, "status": POD_STATUS},
        ("", "ReplicationController"): _WITH_TEMPLATE,
        **dict.fromkeys(
            (("apps", kind) for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")), _WITH_TEMPLATE
        ),
        ("apps.openshift.io", "DeploymentConfig"): _WITH_TEMPLATE,
        ("batch", "Job"): {"spec": CONTROLLER, "status": JOB_STATUS},
        ("batch", "CronJob"): {
            "spec": fields({"schedule": text(_schedule), "suspend": flag, "jobTemplate": fields({"spec": CONTROLLER})})
        },
        ("kubevirt.io", "VirtualMachine"): {
            "spec": fields({"template": fields({"metadata": template_metadata, "spec": _MACHINE})})
        },
        ("kubevirt.io", "VirtualMachineInstance"): {"spec": _MACHINE, "status": fields({"phase": PHASE})},
        ("argoproj.io", "Rollout"): {
            "spec": fields(
                {
                    **_CONTROLLER,
                    "workloadRef": fields({"kind": text(Anonymiser.kind), "name": text(Anonymiser.workload)}),
                }
            )
        },
        ("keda.sh", "ScaledJob"): {"spec": fields({"jobTargetRef": CONTROLLER})},
        **{
            key: {"spec": _MONITORING}
            for key in (("monitoring.coreos.com", kind) for kind in ("Prometheus", "Alertmanager", "ThanosRuler"))
        },
    }
)
"""What becomes of each kind of object that pods are read of, but for its metadata."""

STUB: Final = {"pods": {"template": {"spec": {"containers": [{"name": "container", "image": "image"}]}}}}
"""The spec of an object of which it is known only that it makes pods."""
