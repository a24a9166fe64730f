"""What a report is made of besides the cluster: what of it is there, what is used, and what a report lacks without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.checks import Accepted, DeclaredFacts
from workbench.ground import WorkbenchError

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.panels.frame import Scope
    from workbench.workspace import Workspace

__all__ = ["INGREDIENTS", "Ingredient", "Ingredients", "Pantry"]


class Ingredient(NamedTuple):
    """Something that reports are made of.

    Attributes
    ----------
    title : str
    nothing : str
        What is said where there is none.
    lacks : str
        What a report without it lacks.
    has_stand_ins : bool
        Whether it is used where names are to be stand-ins.
    """

    title: str
    nothing: str
    lacks: str
    has_stand_ins: bool = False


INGREDIENTS: Final = {
    "flows": Ingredient(
        "Flows",
        "no flows were recorded",
        "the report says what is allowed, and not what happens",
        has_stand_ins=True,
    ),
    "baselines": Ingredient(
        "Baselines",
        "no baselines are learnt",
        "what is unusual for a workload is not known",
    ),
    "address_book": Ingredient(
        "Address book",
        "the address book is empty",
        "who owns an address outside is not known",
    ),
    "accepted": Ingredient(
        "Accepted findings",
        "nobody answers for a finding",
        "all findings are open",
    ),
    "declared": Ingredient(
        "Declared facts",
        "nothing is declared of the cluster",
        "whether the network plugin enforces policies is not known",
        has_stand_ins=True,
    ),
}
"""By name; in the order in which they are told."""


class Ingredients(NamedTuple):
    """What there is, or what of it is used; None for what there is not."""

    flows: Flows | None = None
    baselines: Baselines | None = None
    address_book: AddressBook | None = None
    accepted: Accepted | None = None
    declared: DeclaredFacts | None = None


class Pantry:
    """Knows what of a scope and its workspace reports can be made of.

    Parameters
    ----------
    scope : Scope
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._asked: tuple[Workspace | None, str, int] | None = None
        self._kept: tuple[Accepted | None, DeclaredFacts | None] = None, None
        self.why_unread = ""
        """Why what the workspace keeps was not read; empty where it was."""

    @property
    def there(self) -> Ingredients:
        """All that there is; of a workspace that cannot be read, nothing is there."""
        scope = self._scope
        try:
            found = Ingredients(scope.flows, scope.baselines or None, scope.readable_book or None, *self._decided)
        except WorkbenchError as error:
            self.why_unread = f"What the workspace keeps is not read: {error}"
            return Ingredients(scope.flows)
        self.why_unread = ""
        return found

    @property
    def _decided(self) -> tuple[Accepted | None, DeclaredFacts | None]:
        """What the workspace keeps for checks; asked for again once something is decided here."""
        scope = self._scope
        asked = scope.workspace if scope.has_workspace else None, scope.name, scope.decided
        if self._asked != asked:
            self._kept = None, None
            if scope.has_workspace:
                declared = scope.workspace.declared(scope.name)
                accepted = scope.workspace.accepted(scope.name)
                self._kept = accepted if len(accepted) else None, None if declared == DeclaredFacts() else declared
            self._asked = asked
        return self._kept
