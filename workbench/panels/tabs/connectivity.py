"""The tab that answers questions about what is allowed."""

from __future__ import annotations

from workbench.panels.connectivity import ConnectivityPanel
from workbench.panels.frame import Scope, register_panel

__all__ = ["connectivity"]


@register_panel("connectivity", title="Questions", order=30)
def connectivity(scope: Scope) -> ConnectivityPanel:
    """Return the panel for what the workbench looks at."""
    return ConnectivityPanel(scope)
