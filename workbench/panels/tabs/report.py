"""The tab that makes audit reports."""

from __future__ import annotations

from workbench.panels.frame import Scope, register_panel
from workbench.panels.report import ReportPanel

__all__ = ["report"]


@register_panel("report", title="Report", order=85)
def report(scope: Scope) -> ReportPanel:
    """Return the panel for what the workbench looks at."""
    return ReportPanel(scope)
