"""The options that the commands about flows share, each declared and explained once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import typer

from workbench.cli.options import ANSWER, ReadingOptions
from workbench.cli.workspace_options import Workspace

__all__ = [
    "ClusterName",
    "ClusterOptions",
    "Denied",
    "DestinationEnd",
    "External",
    "FlowFiles",
    "FlowOptions",
    "FormatName",
    "InNamespace",
    "Manifests",
    "MappingFile",
    "MemoryLimit",
    "NewSince",
    "Plain",
    "Since",
    "SourceEnd",
    "TimeOptions",
    "Until",
]

FlowFiles: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE",
        help="Flow files, folders or archives of them; - is the standard input. "
        "Without any, what was imported into the workspace is asked.",
        show_default=False,
    ),
]
ClusterName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="NAME",
        help="Cluster of several, by its name: questions keep to its flows, and `import` gives the name to flows that "
        "say none.",
        show_default=False,
    ),
]
FormatName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Read FILE in this format; `flows formats` lists them.",
        show_default="found by what each file holds",
    ),
]
MappingFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="YAML",
        help="Read FILE as a table (CSV, Parquet); this file maps its columns.",
        show_default=False,
    ),
]
Manifests: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-m",
        "--manifests",
        metavar="DIR",
        help="Manifests of the cluster: pods, Services and addresses are attributed to its workloads.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="Keep to flows of this time and later: 2026-11-21T09:00, yesterday, '2 days ago', 14:03, 'last monday'; "
        "UTC, unless a zone is given.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
Until: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Keep to flows before this time.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
SourceEnd: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--src",
        metavar="NAME",
        help="Keep to this client: shop/web[Deployment], shop/web, web, 'shop/*', an address or a block of addresses; "
        "may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
DestinationEnd: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--dst",
        metavar="NAME",
        help="Keep to this server, named in the same way; may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
InNamespace: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--in-namespace",
        metavar="NAMESPACE",
        help="Keep to what has an end in this namespace; may be repeated.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
External: TypeAlias = Annotated[
    bool,
    typer.Option("--external", help="Keep to what has an end outside of the cluster.", rich_help_panel=ANSWER),
]
NewSince: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--new-since",
        metavar="TIME",
        help="Keep to edges that were not seen before this time, in anything that was imported.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
Plain: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--plain",
        help="Leave addresses as they are. Else the address book of the workspace that is asked, or of -w, names them, "
        "unless --src or --dst is an address.",
        rich_help_panel=ANSWER,
    ),
]
Denied: TypeAlias = Annotated[
    bool,
    typer.Option("--denied", help="Keep to what a policy denied, or would deny.", rich_help_panel=ANSWER),
]
_SIZE: Final = re.compile(r"\d+(\.\d+)? ?([KMGT]i?)?B", re.IGNORECASE)


def _size(text: str | None) -> str | None:
    if text is not None and not _SIZE.fullmatch(text):
        message = f"{text!r} is not a valid size: write one such as 800MB or 1.5GB"
        raise typer.BadParameter(message)
    return text


MemoryLimit: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--memory-limit",
        metavar="SIZE",
        callback=_size,
        help="Use at most this much memory, such as 1GB; larger work goes to the disk.",
        show_default="four fifths of the machine's",
    ),
]


@dataclass(frozen=True, slots=True)
class FlowOptions:
    """What every command takes that asks about flows: which ones, and how they are read."""

    workspace: Workspace = None
    cluster_name: ClusterName = ""
    format_name: FormatName = None
    mapping: MappingFile = None
    memory_limit: MemoryLimit = None


@dataclass(frozen=True, slots=True)
class TimeOptions:
    """Of which time flows are asked about."""

    since: Since = None
    until: Until = None


@dataclass(frozen=True, slots=True)
class ClusterOptions(ReadingOptions):
    """What every command takes that attributes flows to a cluster: its manifests, and how they are read."""

    manifests: Manifests = None

    @property
    def are_given(self) -> bool:
        """Whether any manifests are named."""
        return bool(self.manifests or self.kustomize or self.helm)

    def check(self, *, needed: bool = False) -> None:
        """Refuse options about manifests without any manifests.

        Raises
        ------
        typer.BadParameter
            If none are named though one of the other options is about them, or though they are `needed`.
        """
        if self.are_given:
            return
        if needed:
            message = "what is allowed is not known without manifests: name them with -m, --kustomize or --helm"
            raise typer.BadParameter(message, param_hint="'--manifests'")
        for option in ("namespace", "values"):
            if getattr(self, option):
                message = "it is about manifests, and none are named: name them with -m, --kustomize or --helm"
                raise typer.BadParameter(message, param_hint=f"'--{option}'")
