"""Corporate rules: what an organisation demands of all its clusters, as a list in YAML (NP034).

The format is that of np-guard's baseline rules: each rule allows or denies connections between two ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.ground import ALL_PORTS, AddressSet, PortSet
from workbench.policy import EVERYTHING, Selector

__all__ = ["CorporateEnd", "CorporateRule"]


@dataclass(frozen=True, slots=True)
class CorporateEnd:
    """An end of the connections that a corporate rule is about.

    Attributes
    ----------
    pods : Selector
        Labels of the pods; everything where none was written.
    namespaces : Selector
        Labels of their namespaces.
    block : AddressSet or None
        Addresses outside, in place of pods.
    text : str
        As it was written.
    """

    pods: Selector = EVERYTHING
    namespaces: Selector = EVERYTHING
    block: AddressSet | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CorporateRule:
    """A rule of an organisation.

    Attributes
    ----------
    name, description : str
    action : {"allow", "deny"}
    src, dst : CorporateEnd
    ports : PortSet
    file : str
    line : int or None
    """

    name: str
    action: Literal["allow", "deny"]
    src: CorporateEnd = field(default_factory=CorporateEnd)
    dst: CorporateEnd = field(default_factory=CorporateEnd)
    ports: PortSet = ALL_PORTS
    description: str = ""
    file: str = ""
    line: int | None = None
