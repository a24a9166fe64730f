"""The questions over several hops: what is reached, by which path, and how far each workload gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.connectivity.evaluated import Evaluated
from workbench.connectivity.reachability.openness import openness
from workbench.connectivity.reachability.paths import Paths, blast_radius
from workbench.connectivity.trace.arguments import EndName, EndNames, count_asked, name_asked, ports_asked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ReachQuestions"]


class ReachQuestions(Evaluated):
    """Answers what is reached over several hops."""

    def reach(
        self, src: EndName, *, hops: int | None = None, port: int | str | None = None, protocol: str = "TCP"
    ) -> pd.DataFrame:
        """Return what `src` reaches, directly or through others, the nearest first.

        Parameters
        ----------
        src : str
            A workload or an address, as `query` takes it.
        hops : int, optional
            At most this many connections in a row; any number by default.
        port, protocol : int, str, optional
            Keep to connections that may use this port; all by default.

        Returns
        -------
        DataFrame
            Columns as in `frames.REACH`.

        Raises
        ------
        LookupError
            If `src` is unknown or ambiguous.
        ArgumentError
            If `src` is the ingress controller.
        """
        return self._ways(src, hops, port, protocol).to_frame()

    def paths(
        self,
        src: EndName,
        targets: EndNames,
        *,
        hops: int | None = None,
        port: int | str | None = None,
        protocol: str = "TCP",
    ) -> pd.DataFrame:
        """Return a shortest path from `src` to each of `targets` that can be reached, step by step.

        Parameters
        ----------
        src : EndName
            A workload, or an address outside.
        targets : str or iterable of str
            Workloads.
        hops : int, optional
            Paths of at most this many connections.
        port : int or str, optional
            Keep to connections on this port.
        protocol : str, optional
            Keep to this protocol.

        Returns
        -------
        DataFrame
            Columns as in `frames.STEPS`; targets that cannot be reached have no row.
        """
        chosen = self._tracer.ends.workload_mask(targets)
        wanted = [] if chosen is None else np.flatnonzero(chosen).tolist()
        return self._ways(src, hops, port, protocol).steps_to(wanted)

    def blast_radius(self, *, port: int | str | None = None, protocol: str = "TCP") -> pd.DataFrame:
        """Return how many workloads each one talks to, and reaches over any number of hops.

        Parameters
        ----------
        port : int or str, optional
            Keep to connections on this port.
        protocol : str, optional
            Keep to this protocol.

        Returns
        -------
        DataFrame
            Columns as in `frames.BLAST_RADIUS`.
        """
        self._check_whole("blast_radius")
        return blast_radius(self._engine, None if port is None else ports_asked(port, protocol))

    def openness(self) -> pd.DataFrame:
        """Return with how many others each workload may talk directly, and whether with anyone outside.

        Returns
        -------
        DataFrame
            Columns as in `frames.OPENNESS`, in the order of the map. Connections within a workload do not count.
        """
        self._check_whole("openness")
        return openness(self._engine)

    def _ways(self, src: EndName, hops: int | None, port: int | str | None, protocol: str) -> Paths:
        self._check_whole("reach")
        ports = None if port is None else ports_asked(port, protocol)
        steps = None if hops is None else count_asked(hops, "hops")
        start = name_asked(src)
        return Paths(self._engine, self._tracer.ends.find(start), ports, steps, start)
