"""The options that commands share, each declared and explained once."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import typer
from typer.models import OptionInfo

from workbench.connectivity.diff_formats import DIFFS
from workbench.connectivity.formats import Formats, UnknownFormatError
from workbench.connectivity.formats.registry import MAPS

__all__ = [
    "OUTPUT",
    "DiffFormat",
    "Fail",
    "InputPaths",
    "IpRangesOption",
    "MapFormat",
    "OutputFile",
    "Quiet",
    "Remove",
    "SaveToFile",
    "Strict",
    "Verbose",
]

OUTPUT, PROBLEMS = "Output", "Problems in the input"


def _format_option(formats: Formats[Any]) -> OptionInfo:
    def known(name: str | None) -> str | None:
        if name is not None:
            try:
                formats.named(name)
            except UnknownFormatError as error:
                raise typer.BadParameter(str(error)) from error
        return name

    option: OptionInfo = typer.Option(
        "-o",
        "--output",
        "--output-format",
        metavar="FORMAT",
        help=f"One of {', '.join(formats.names())}.",
        callback=known,
        show_default="as FILE ends, else txt",
        rich_help_panel=OUTPUT,
    )
    return option


InputPaths: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="DIR",
        help="Folders (read recursively), files or archives with manifests; - reads standard input.",
        show_default=False,
    ),
]
MapFormat: TypeAlias = Annotated[str | None, _format_option(MAPS)]
DiffFormat: TypeAlias = Annotated[str | None, _format_option(DIFFS)]
OutputFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--file",
        "--output-file",
        metavar="FILE",
        help="Write to FILE instead of standard output; an older FILE stays whole until the new one is.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
SaveToFile: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--save-to-file",
        help="Without -f, write to a file of the usual name in this folder, if there is none yet.",
        rich_help_panel=OUTPUT,
    ),
]
Remove: TypeAlias = Annotated[
    bool,
    typer.Option("--remove", help="Let --save-to-file replace an older file.", rich_help_panel=OUTPUT),
]
IpRangesOption: TypeAlias = Annotated[
    Literal["merged", "split"] | None,
    typer.Option(
        "--ip-ranges",
        help="Join address ranges that touch and have equal connections, or keep them split "
        "wherever any policy draws a line.",
        show_default="merged",
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
