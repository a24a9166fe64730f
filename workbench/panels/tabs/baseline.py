"""The tab of what is normal."""

from __future__ import annotations

from workbench.panels.baseline import BaselinePanel
from workbench.panels.frame import Scope, register_panel

__all__ = ["baseline"]


@register_panel("baseline", title="Baselines", order=25)
def baseline(scope: Scope) -> BaselinePanel:
    """Return the panel for what the workbench looks at."""
    return BaselinePanel(scope)
