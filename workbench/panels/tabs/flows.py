"""The tab of what was seen."""

from __future__ import annotations

from workbench.panels.flows import FlowsPanel
from workbench.panels.frame import Scope, register_panel

__all__ = ["flows"]


@register_panel("flows", title="Flows", order=20)
def flows(scope: Scope) -> FlowsPanel:
    """Return the panel for what the workbench looks at."""
    return FlowsPanel(scope)
