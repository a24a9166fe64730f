"""Look and decide: interactive views for notebooks, each a state without widgets and a view of it."""

from __future__ import annotations

from workbench.extras import needed_by

with needed_by("a panel"):
    from workbench.panels.network_graph import NetworkGraphPanel
    from workbench.panels.network_graph_state import NetworkGraphState

__all__ = ["NetworkGraphPanel", "NetworkGraphState"]
