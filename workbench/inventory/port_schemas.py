"""What ports must look like, and what all parts of an object that we read have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from workbench.ground import MAX_PORT, MIN_PORT
from workbench.manifests import KubernetesModel, whole_float_as_int

__all__ = ["InterfacePort", "Port", "PortNumber", "Protocol", "Schema"]


def _protocol(value: object) -> object:
    return "TCP" if value == "" else value


PortNumber = Annotated[int, Field(ge=MIN_PORT, le=MAX_PORT), BeforeValidator(whole_float_as_int)]
Protocol = Annotated[Literal["TCP", "UDP", "SCTP"], BeforeValidator(_protocol)]


class Schema(KubernetesModel):
    """Fields by their Kubernetes names, without conversion between types; null means missing."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_missing(cls, value: object) -> object:
        if isinstance(value, dict) and None in value.values():
            return {key: given for key, given in value.items() if given is not None}
        return value


class Port(Schema):
    """A port that a container declares."""

    container_port: PortNumber
    protocol: Protocol = "TCP"
    name: str = ""


class InterfacePort(Schema):
    """A port of a virtual machine's interface."""

    port: PortNumber
    protocol: Protocol = "TCP"
    name: str = ""
