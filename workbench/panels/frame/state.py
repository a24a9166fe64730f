"""What a panel knows without its widgets: a base for the states of all panels."""

from __future__ import annotations

from typing import Any

from traitlets import Instance, TraitError

from workbench.panels.frame.scope import Scope
from workbench.panels.frame.selection import Selection
from workbench.panels.frame.traits import StrictTraits

__all__ = ["PanelState"]


class PanelState(StrictTraits):
    """What a person has chosen in one panel, and what follows from it. No widgets: tests and scripts drive it.

    Parameters
    ----------
    scope : Scope
        What the panel looks at; panels that share one share its selection.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    remembered : tuple of str
        Names of the traits that a panel has again when its cell runs again.

    Raises
    ------
    TypeError
        If a keyword is not the name of a trait.
    traitlets.TraitError
        If a value cannot be one of its trait.
    """

    scope = Instance(Scope)
    remembered: tuple[str, ...] = ()

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        super().__init__(scope=scope, **traits)

    def take_over(self, earlier: PanelState) -> None:
        """Choose again what was chosen in an earlier panel of the same kind; what was asked for here counts more.

        Parameters
        ----------
        earlier : PanelState
        """
        for name in self.remembered:
            if getattr(self, name) == self.trait_defaults(name):
                try:
                    self.set_trait(name, getattr(earlier, name))
                except TraitError:
                    continue  # what was chosen is not there any more

    @property
    def selection(self) -> Selection:
        """What is selected, in this panel and in all that share its scope."""
        return self.scope.selection
