"""The options that the commands about baselines share, each declared and explained once."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

__all__ = ["BaselineNames", "ClusterName", "SomeNames", "Why"]

_NAMES = "Workloads such as shop/web[Deployment] or shop/web, namespaces, or patterns such as 'shop/*'"
BaselineNames: TypeAlias = Annotated[list[str], typer.Argument(metavar="NAME", help=f"{_NAMES}.", show_default=False)]
SomeNames: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help=f"{_NAMES}; without any, all of them.", show_default=False)
]
ClusterName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="NAME",
        help="The cluster that it is about, where the workspace keeps baselines of several.",
        show_default=False,
    ),
]
Why: TypeAlias = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason, for the history.", show_default=False)
]
