"""The simulations of a workspace: what was asked, and what came of it (workspace 17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.workspace.decisions import KeptDecision, checked_name, checked_text
from workbench.workspace.kept_decisions import DecisionsKeeper

if TYPE_CHECKING:
    import pandas as pd

    from workbench.whatif import KeptSimulation, Simulation

__all__ = ["SimulationsKeeper"]


class SimulationsKeeper(DecisionsKeeper):
    """A folder that keeps simulations among its decisions."""

    def simulations(self, cluster: str = "") -> dict[str, KeptSimulation]:
        """Return the kept simulations by name, the latest first (workspace 17).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.whatif import SIMULATION_KIND, kept_simulations  # noqa: PLC0415  (pandas takes its time)

        return kept_simulations(self.records(SIMULATION_KIND, cluster=cluster))

    def simulations_frame(self, cluster: str | None = None) -> pd.DataFrame:
        """Return the kept simulations as a frame.

        Parameters
        ----------
        cluster : str, optional
            Only those about it.

        Returns
        -------
        DataFrame
            Columns as in `whatif.frames.SIMULATIONS`, the latest of each cluster first.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.whatif import simulations_frame  # noqa: PLC0415  (as above)

        clusters = self.clusters() if cluster is None else (cluster,)
        return simulations_frame((of, name, one) for of in clusters for name, one in self.simulations(of).items())

    def keep_simulation(
        self, name: str, simulation: Simulation, *, note: str = "", why: str = "", cluster: str = ""
    ) -> KeptDecision:
        """Keep a simulation: the change, the verdict and the counts, in place of one of that name (workspace 17).

        Parameters
        ----------
        name : str
        simulation : Simulation
        note : str, optional
            What is to be said beside it.
        why, cluster : str

        Returns
        -------
        KeptDecision
            That it is kept.

        Raises
        ------
        ArgumentError
            If it has no name, or a text cannot be kept.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.whatif import SIMULATION_KIND, simulation_record  # noqa: PLC0415  (as above)

        called = checked_name(name, "a simulation")
        record = simulation_record(simulation, made_at=self._moment(), who=self.who, note=checked_text(note, "a note"))
        return self.decide({(SIMULATION_KIND, called): record}, why=why or f"the simulation {called}", cluster=cluster)

    def delete_simulation(self, name: str, *, why: str = "", cluster: str = "") -> KeptDecision:
        """Delete a kept simulation.

        Parameters
        ----------
        name : str
        why, cluster : str

        Returns
        -------
        KeptDecision
            That it is deleted.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.whatif import SIMULATION_KIND  # noqa: PLC0415  (as above)

        key = SIMULATION_KIND, name
        return self._delete_named(key, "simulation", lambda: self.simulations(cluster), why=why, cluster=cluster)
