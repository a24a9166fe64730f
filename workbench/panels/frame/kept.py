"""Values that a workspace keeps, as traits: panels watch them, and a decision of a person changes them."""

from __future__ import annotations

from typing import Any, cast

from traitlets import HasTraits, Instance

__all__ = ["Kept", "kept_name", "kept_names"]


class Kept(Instance[Any]):
    """A value of a scope that its workspace keeps, loaded when it is first asked for.

    `Workspace` has a method of the trait's name that returns the value, and another, ``keep_`` before its name, that
    keeps what differs from an earlier one.

    Parameters
    ----------
    kind : str
        The class of its values, with its module. It is made with the name of the cluster where nothing was decided.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)

    @property
    def kind(self) -> type[Any]:
        """The class of its values: traitlets has imported it once there is a scope."""
        return cast("type[Any]", self.klass)

    def default(self, obj: Any = None) -> Any:  # noqa: ANN401  (as traitlets has it)
        """Return the value as the workspace has it now.

        Parameters
        ----------
        obj : Scope
        """
        if not obj.has_workspace:
            return self.kind(cluster=obj.name)
        return getattr(obj.workspace, str(self.name))(cluster=obj.name)


def kept_names(owner: HasTraits) -> tuple[str, ...]:
    """Return the names of the traits that a workspace keeps.

    Parameters
    ----------
    owner : HasTraits
    """
    return tuple(name for name, trait in owner.traits().items() if isinstance(trait, Kept))


def kept_name(owner: HasTraits, value: object) -> str:
    """Return the name of the trait that values of a kind are kept as.

    Parameters
    ----------
    owner : HasTraits
    value : object

    Raises
    ------
    TypeError
        If there is none.
    """
    for name, trait in owner.traits().items():
        if isinstance(trait, Kept) and isinstance(value, trait.kind):
            return name
    message = f"{type(value).__name__} is not kept in a workspace; there are {', '.join(kept_names(owner))}"
    raise TypeError(message)
