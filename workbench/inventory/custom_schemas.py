"""What custom resources that make pods must look like, as far as we read them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from workbench.inventory.port_schemas import Schema
from workbench.inventory.schemas import Count, Flag, MetadataObject, Templated, TemplateMetadata

__all__ = ["MonitoringObject", "RolloutObject", "TemplatedObject"]


def _number_or_nothing(value: object) -> object:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


AnyCount = Annotated[Count | None, BeforeValidator(_number_or_nothing)]
"""How many pods are wanted; what is said otherwise than in a number is not known."""


class TemplatedSpec(Templated):
    replicas: AnyCount = None

    @property
    def count(self) -> int | None:
        return self.replicas


class TemplatedObject(MetadataObject):
    """Any resource with a pod template."""

    spec: TemplatedSpec


class WorkloadReference(Schema):
    kind: str = ""
    name: str = ""


class RolloutSpec(Schema):
    workload_ref: WorkloadReference = WorkloadReference()
    replicas: AnyCount = None


class RolloutObject(MetadataObject):
    """Rollout of Argo."""

    spec: RolloutSpec


class MonitoringSpec(Schema):
    pod_metadata: TemplateMetadata = TemplateMetadata()
    replicas: AnyCount = None
    shards: AnyCount = None
    version: str = ""
    port_name: str = ""
    listen_local: Flag = False
    host_network: Flag = False
    service_account_name: str = ""
    thanos: Any = None


class MonitoringObject(MetadataObject):
    """Prometheus, Alertmanager or ThanosRuler of the Prometheus operator."""

    spec: MonitoringSpec = MonitoringSpec()
