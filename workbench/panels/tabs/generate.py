"""The tab that proposes policies."""

from __future__ import annotations

from workbench.panels.frame import Scope, register_panel
from workbench.panels.generate import GeneratePanel

__all__ = ["generate"]


@register_panel("generate", title="Generate", order=60)
def generate(scope: Scope) -> GeneratePanel:
    """Return the panel for what the workbench looks at."""
    return GeneratePanel(scope)
