"""What may stand in a file of expectations: a model for each kind of entry (policy-tests 4, 5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from workbench.manifests import ExactModel, JsonInt

__all__ = [
    "KINDS",
    "MODELS",
    "OF_NETASSERT",
    "AllowModel",
    "ChangeModel",
    "DenyModel",
    "EntryModel",
    "IsolatedModel",
    "NetassertModel",
    "NoChangeModel",
    "ResourceModel",
    "SurviveModel",
]


def _texts(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value:
        return tuple(value)
    message = "must be text, or a list of texts"
    raise ValueError(message)


_Texts: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_texts)]


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class EntryModel(ExactModel):
    """What any expectation may have."""

    name: str = ""
    why: str = ""


class AllowModel(EntryModel):
    """Connections that are to be allowed."""

    allow: _Texts


class DenyModel(EntryModel):
    """Connections that are to be denied."""

    deny: _Texts


class IsolatedModel(EntryModel):
    """Workloads that are to be isolated."""

    isolated: _Texts
    direction: Literal["ingress", "egress"] | None = None


class NoChangeModel(EntryModel):
    """Manifests that allow the same."""

    before: _Texts = Field(alias="no-change")


class ChangeModel(ExactModel):
    """A change of policies, and what it is judged by."""

    change: _Texts = ()
    delete: _Texts = ()
    flows: _Texts = ()
    history: str = ""
    uncertain: Literal["pass", "fail"] = "pass"


def _change(value: object) -> object:
    return {"change": value} if isinstance(value, (str, list)) else value


class SurviveModel(EntryModel):
    """A change that is to cut no flow."""

    survive: Annotated[ChangeModel, BeforeValidator(_change)]


KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {kind.lower(): kind for kind in ("Deployment", "StatefulSet", "DaemonSet", "Pod", "ReplicaSet", "Job", "CronJob")}
)
"""The kinds of workloads as maps name them, by how netassert writes them."""


class ResourceModel(ExactModel):
    """What netassert calls a resource: the workload at an end."""

    kind: Annotated[str, BeforeValidator(_lower)]
    name: str = Field(min_length=1)
    namespace: str = Field(min_length=1)


class HostModel(ExactModel):
    """What netassert calls a host: an end outside the cluster."""

    name: str = Field(min_length=1)


class SourceModel(ExactModel):
    """The source of a test of netassert."""

    resource: ResourceModel = Field(alias="k8sResource")


class DestinationModel(ExactModel):
    """The destination of a test of netassert: one of the two."""

    resource: ResourceModel | None = Field(default=None, alias="k8sResource")
    host: HostModel | None = None


class NetassertModel(EntryModel):
    """A test of netassert; what is about trying it on a live cluster is passed over."""

    type: Annotated[Literal["k8s"], BeforeValidator(_lower)] = "k8s"
    protocol: Annotated[Literal["tcp", "udp", "sctp"], BeforeValidator(_lower)] = "tcp"
    target_port: JsonInt = Field(ge=1, le=65535)
    timeout_seconds: JsonInt = 1
    attempts: JsonInt = 1
    exit_code: Annotated[JsonInt, Field(ge=0, le=1)] = 0
    src: SourceModel
    dst: DestinationModel
    pass_: bool = Field(default=False, alias="pass")
    failure_reason: str = ""


OF_NETASSERT: Final = frozenset({"src", "dst", "targetPort", "exitCode"})
"""Fields by which a test of netassert is known."""
MODELS: Final[Mapping[str, type[EntryModel]]] = MappingProxyType(
    {
        "allow": AllowModel,
        "deny": DenyModel,
        "isolated": IsolatedModel,
        "survive": SurviveModel,
        "no-change": NoChangeModel,
    }
)
"""The model of each entry of ours, by the word that it begins with."""
