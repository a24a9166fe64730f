"""A base for the tabs beside what is selected."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from traitlets import Instance

from workbench.panels.details.state import DetailsState
from workbench.panels.frame import Panel, PanelState

if TYPE_CHECKING:
    from workbench.panels.details.subject import Subject

__all__ = ["TabPanel", "TabState"]


class TabState(PanelState):
    """What a person has chosen in one tab, and what follows from it and from what is selected.

    Parameters
    ----------
    details : DetailsState
        Of the side panel.
    **traits
        The initial value of any trait.
    """

    details = Instance(DetailsState)

    def __init__(self, details: DetailsState, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        super().__init__(details.scope, details=details, **traits)

    @property
    def subject(self) -> Subject:
        """What is selected."""
        return self.details.subject


StateT = TypeVar("StateT", bound=TabState)


class TabPanel(Panel[StateT]):
    """What a person sees of one tab. The side panel makes it when the tab is first shown.

    Parameters
    ----------
    details : DetailsState
        Of the side panel; the tab makes a state of its own kind, `states`.
    """

    states: ClassVar[type[TabState]] = TabState

    def __init__(self, details: DetailsState) -> None:
        super().__init__(cast("StateT", self.states(details)))

    @abstractmethod
    def refresh(self) -> None:
        """Show what is selected now; called when that changed and the tab is visible, or becomes visible."""
