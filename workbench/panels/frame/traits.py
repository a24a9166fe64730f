"""Kinds of values that panels take, checked at the door."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from traitlets import HasTraits, TraitError, Tuple, Unicode

__all__ = ["Names", "StrictTraits"]


class Names(Tuple):
    """Some names; a single text is one of them, not its letters."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        super().__init__(**options)
        self._trait = Unicode()

    def validate(self, obj: Any, value: Any) -> tuple[str, ...]:  # noqa: ANN401, ARG002  (as traitlets has it)
        """Return the names as a tuple.

        Parameters
        ----------
        obj : HasTraits
        value : str or iterable of str

        Raises
        ------
        TraitError
            If it is neither.
        """
        names = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Iterable) else None
        if names is None or not all(isinstance(name, str) for name in names):
            message = f"{self.name} takes a name or several names, not {value!r}"
            raise TraitError(message)
        return names


class StrictTraits(HasTraits):
    """Traits that refuse a keyword which is not one of them: traitlets would let a misspelt one pass in silence.

    Parameters
    ----------
    **traits
        The initial value of any trait.
    """

    def __init__(self, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        unknown = [name for name in traits if not self.has_trait(name)]
        if unknown:
            names = sorted(name for name in self.trait_names() if not name.startswith("_"))
            near = get_close_matches(unknown[0], names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
            message = f"{type(self).__name__} has no {unknown[0]!r}; {hint}"
            raise TypeError(message)
        super().__init__(**traits)
