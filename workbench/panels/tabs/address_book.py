"""The tab of what addresses outside are called."""

from __future__ import annotations

from workbench.panels.external import AddressBookPanel
from workbench.panels.frame import Scope, register_panel

__all__ = ["address_book"]


@register_panel("address-book", title="Address book", order=27)
def address_book(scope: Scope) -> AddressBookPanel:
    """Return the panel for what the workbench looks at."""
    return AddressBookPanel(scope)
