"""The options that the commands about baselines share, each declared and explained once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from workbench.workspace import KeptDecision

__all__ = ["BaselineNames", "ClusterName", "SomeNames", "Why", "tell_kept"]

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


def tell_kept(kept: KeptDecision, words: str) -> None:
    """Say what was decided, and under which number; or that it was so already."""
    typer.echo(f"{words} (decision {kept.id})" if kept.id else "nothing changed: it was so already")
