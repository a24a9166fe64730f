"""The tab that tries a change before it is made."""

from __future__ import annotations

from workbench.panels.frame import Scope, register_panel
from workbench.panels.whatif import WhatIfPanel

__all__ = ["what_if"]


@register_panel("what-if", title="What if", order=70)
def what_if(scope: Scope) -> WhatIfPanel:
    """Return the panel for what the workbench looks at."""
    return WhatIfPanel(scope)
