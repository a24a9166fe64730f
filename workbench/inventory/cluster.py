"""The cluster as it is declared or was read: typed objects inside, DataFrames at the door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from workbench.inventory.model import Objects
from workbench.manifests.problems import Problem

__all__ = ["Cluster"]


@dataclass(frozen=True, eq=False)
class Cluster:
    """Everything that was read of a cluster; never changed once made.

    Attributes
    ----------
    objects : Objects
        The typed values.
    problems_found : tuple of Problem
    """

    objects: Objects
    problems_found: tuple[Problem, ...] = ()

    @cached_property
    def workloads(self) -> pd.DataFrame: ...
    @cached_property
    def namespaces(self) -> pd.DataFrame: ...
    @cached_property
    def services(self) -> pd.DataFrame: ...
    @cached_property
    def policies(self) -> pd.DataFrame: ...
    @cached_property
    def rules(self) -> pd.DataFrame: ...
    @cached_property
    def problems(self) -> pd.DataFrame: ...
