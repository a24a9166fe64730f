"""How commands present themselves: flags take no value, so their help names no type; missing extras are named."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from workbench.ground import MissingExtraError, WorkbenchError, needed_by, visible

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

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  (see above)
        """Run the command; what a person can put right is a message, and not a traceback.

        Raises
        ------
        typer.Exit
            With status 2 if an extra is missing.
        typer.BadParameter
            For any other WorkbenchError.
        """
        try:
            with needed_by(f"'{ctx.command_path}'"):
                return super().invoke(ctx)
        except MissingExtraError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except WorkbenchError as error:
            raise typer.BadParameter(visible(str(error)), ctx=ctx) from error


class Group(TyperGroup):
    """A group of commands whose help shows flags as they are written."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401  (see above)
        """Return the parameters, ``--help`` among them."""
        return _without_types_of_flags(super().get_params(ctx))
