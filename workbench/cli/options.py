"""The options that commands share, each declared and explained once."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from workbench.connectivity.formats import UnknownFormatError, format_named, format_names

__all__ = [
    "Fail",
    "FormatName",
    "InputPaths",
    "OutputFile",
    "Quiet",
    "Strict",
    "Verbose",
]

OUTPUT, PROBLEMS = "Output", "Problems in the input"


def _known_format(name: str | None) -> str | None:
    if name is not None:
        try:
            format_named(name)
        except UnknownFormatError as error:
            raise typer.BadParameter(str(error)) from error
    return name


InputPaths: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="DIR",
        help="Folders (read recursively), files or archives with manifests; - reads standard input.",
        show_default=False,
    ),
]
FormatName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FORMAT",
        help=f"One of {', '.join(format_names())}.",
        callback=_known_format,
        show_default="as FILE ends, else txt",
        rich_help_panel=OUTPUT,
    ),
]
OutputFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--file",
        metavar="FILE",
        help="Write to FILE instead of standard output; an older FILE stays whole until the new one is.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
Strict: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--strict",
        help="Take warnings for errors, and answer only if there are none: all are listed, nothing else is written.",
        rich_help_panel=PROBLEMS,
    ),
]
Fail: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--fail",
        help="Stop at the first error and write nothing. With --strict, also at the first warning.",
        rich_help_panel=PROBLEMS,
    ),
]
Quiet: TypeAlias = Annotated[
    bool,
    typer.Option("-q", "--quiet", help="Report errors only: no warnings, no summary.", rich_help_panel=PROBLEMS),
]
Verbose: TypeAlias = Annotated[
    bool,
    typer.Option(
        "-v",
        "--verbose",
        help="Report every single problem, and what is merely worth knowing.",
        rich_help_panel=PROBLEMS,
    ),
]
