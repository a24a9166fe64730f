"""The two inputs that a command compares, each in any of the forms in which manifests are named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from workbench.cli.loading import Inputs, check_paths
from workbench.cli.options import INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.cli.options import ReadingOptions

__all__ = ["SideOptions", "two_inputs"]

_BOTH = 2


def _side(name: str, metavar: str, what: str) -> object:
    return typer.Option(
        f"--{name}", metavar=metavar, help=f"{what}; may be repeated.", show_default=False, rich_help_panel=INPUT
    )


_Dir1: TypeAlias = Annotated[list[str] | None, _side("dir1", "DIR", "The same as BEFORE")]
_Dir2: TypeAlias = Annotated[list[str] | None, _side("dir2", "DIR", "The same as AFTER")]
_Kustomize1: TypeAlias = Annotated[list[str] | None, _side("kustomize1", "DIR", "A kustomization of what was before")]
_Kustomize2: TypeAlias = Annotated[list[str] | None, _side("kustomize2", "DIR", "A kustomization of what is after")]
_Helm1: TypeAlias = Annotated[list[str] | None, _side("helm1", "CHART", "A Helm chart of what was before")]
_Helm2: TypeAlias = Annotated[list[str] | None, _side("helm2", "CHART", "A Helm chart of what is after")]
_Values1: TypeAlias = Annotated[list[str] | None, _side("values1", "FILE", "Values for --helm1, after --values")]
_Values2: TypeAlias = Annotated[list[str] | None, _side("values2", "FILE", "Values for --helm2, after --values")]


@dataclass(frozen=True, slots=True)
class SideOptions:
    """What each of two inputs consists of, where they are named side by side."""

    dir1: _Dir1 = None
    dir2: _Dir2 = None
    kustomize1: _Kustomize1 = None
    kustomize2: _Kustomize2 = None
    helm1: _Helm1 = None
    helm2: _Helm2 = None
    values1: _Values1 = None
    values2: _Values2 = None


class _Side(NamedTuple):
    """What one of the inputs consists of."""

    paths: Sequence[str] = ()
    kustomize: Sequence[str] = ()
    helm: Sequence[str] = ()
    values: Sequence[str] = ()

    @property
    def is_named(self) -> bool:
        """Whether it names anything with manifests."""
        return bool(self.paths or self.kustomize or self.helm)

    def inputs(self, reading: ReadingOptions) -> Inputs:
        """Return this side as a command reads it."""
        values = [*(reading.values or ()), *self.values] if self.helm else []
        own = replace(reading, kustomize=list(self.kustomize), helm=list(self.helm), values=values)
        return Inputs.of(self.paths, own)


def two_inputs(paths: Sequence[str], sides: SideOptions, reading: ReadingOptions) -> tuple[Inputs, Inputs]:
    """Return the two inputs, however they were named.

    Parameters
    ----------
    paths : sequence of str
        The words of the command.
    sides : SideOptions
    reading : ReadingOptions
        Two kustomizations, or two charts, are the two inputs; values are for the charts of both.

    Raises
    ------
    typer.BadParameter
        If there are not two, if they are named in both ways, or if something does not exist.
    """
    named = (
        _Side(sides.dir1 or (), sides.kustomize1 or (), sides.helm1 or (), sides.values1 or ()),
        _Side(sides.dir2 or (), sides.kustomize2 or (), sides.helm2 or (), sides.values2 or ()),
    )
    in_order = [_Side(paths=[path]) for path in paths]
    in_order += [_Side(kustomize=[folder]) for folder in reading.kustomize or ()]
    in_order += [_Side(helm=[chart]) for chart in reading.helm or ()]
    if in_order and any(map(any, named)):
        message = "name the two inputs either as BEFORE AFTER or by --dir1 and --dir2"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    first, second = _in_order(in_order, sum(map(bool, (paths, reading.kustomize, reading.helm)))) if in_order else named
    _check(first, second, reading)
    check_paths([*first.paths, *second.paths])
    return first.inputs(reading), second.inputs(reading)


def _in_order(found: Sequence[_Side], forms: int) -> Sequence[_Side]:
    """Return the two inputs that were named one after the other, in one of the forms in which they may be."""
    if forms > 1:
        message = "which of a folder, a kustomization and a chart is BEFORE is not known: write --dir1 and --kustomize2"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    if len(found) != _BOTH:
        message = f"two inputs are compared, {len(found)} {'was' if len(found) == 1 else 'were'} named"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    return found


def _check(first: _Side, second: _Side, reading: ReadingOptions) -> None:
    if not (first.is_named or second.is_named):
        message = "two inputs are compared, 0 were named"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    for number, side in enumerate((first, second), start=1):
        if not side.is_named:
            message = "the other input is missing"
            raise typer.BadParameter(message, param_hint=f"'--dir{number}'")
        if side.values and not side.helm:
            message = f"values are for a chart: name it with --helm{number}"
            raise typer.BadParameter(message, param_hint=f"'--values{number}'")
    if reading.values and not (first.helm or second.helm):
        message = "values are for a chart: name it with --helm"
        raise typer.BadParameter(message, param_hint="'--values'")
