"""The tab of the network graph."""

from __future__ import annotations

from workbench.panels.frame import Scope, register_panel
from workbench.panels.graph import NetworkGraphPanel

__all__ = ["network"]


@register_panel("network", title="Network", order=10)
def network(scope: Scope) -> NetworkGraphPanel:
    """Return the panel for what the workbench looks at, which shows what is selected beside its tabs."""
    return NetworkGraphPanel(scope, details=False)
