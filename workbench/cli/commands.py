"""How commands present themselves: flags take no value, so their help names no type."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

__all__ = ["Command", "Group"]

# The types of contexts and parameters are click's, which typer brings along and keeps to itself.


def _without_types_of_flags(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag and parameter.metavar is None:
            parameter.metavar = ""
    return parameters


class Command(TyperCommand):
    """A command whose help shows flags as they are written."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401  (see above)
        """Return the parameters, ``--help`` among them."""
        return _without_types_of_flags(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands whose help shows flags as they are written."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401  (see above)
        """Return the parameters, ``--help`` among them."""
        return _without_types_of_flags(super().get_params(ctx))
