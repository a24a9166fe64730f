"""The tab of what is wrong with policies, and with what they allow."""

from __future__ import annotations

from workbench.panels.checks import ChecksPanel
from workbench.panels.frame import Scope, register_panel

__all__ = ["checks"]


@register_panel("checks", title="Checks", order=80)
def checks(scope: Scope) -> ChecksPanel:
    """Return the panel for what the workbench looks at: it asks all checks at once."""
    panel = ChecksPanel(scope)
    panel.begin()
    return panel
