"""The options that the commands about baselines share, each declared and explained once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from workbench.cli.workspace_options import keep_changed
from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.baseline import Baselines

__all__ = ["BaselineNames", "SomeNames", "Why", "decide", "documents_in"]

_NAMES = "Workloads such as shop/web[Deployment] or shop/web, namespaces, or patterns such as 'shop/*'"
BaselineNames: TypeAlias = Annotated[list[str], typer.Argument(metavar="NAME", help=f"{_NAMES}.", show_default=False)]
SomeNames: TypeAlias = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help=f"{_NAMES}; without any, all of them.", show_default=False)
]
Why: TypeAlias = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="The reason, for the history.", show_default=False)
]


def decide(
    path: str | None,
    cluster: str,
    why: str,
    change: Callable[[Baselines], Baselines],
    words: str | Callable[[Baselines, Baselines], str],
    *,
    must_exist: bool = True,
) -> None:
    """Keep changed baselines, and say under which number.

    Parameters
    ----------
    path : str or None
        Of the workspace.
    cluster : str
    why : str
        What was decided, in the same words, where it is empty.
    change : callable
    words : str or callable
        What was decided; or what says it of the baselines before and after.
    must_exist : bool
        Whether the workspace is there already.
    """
    keep_changed("baselines", path, cluster, why, change, words, must_exist=must_exist)


def documents_in(paths: Iterable[str]) -> list[Any]:
    """Return the baselines of Red Hat ACS in files: each has one, a list of them, or one a line.

    Raises
    ------
    typer.BadParameter
        If a file cannot be read, or is no JSON.
    """
    import json  # noqa: PLC0415  (not to ask for help)
    from pathlib import Path  # noqa: PLC0415

    from workbench.ground import parsed_json  # noqa: PLC0415

    found: list[Any] = []
    for path in paths:
        try:
            text = Path(path).read_text(encoding="utf-8-sig")
            whole = parsed_json(text)
            lines = [json.loads(line) for line in text.splitlines() if line.strip()] if whole is None else [whole]
        except (OSError, ValueError, RecursionError) as error:
            message = f"{visible(path)} cannot be read as JSON: {visible(str(error))}"
            raise typer.BadParameter(message) from error
        for one in lines:
            found += one if isinstance(one, list) else [one]
    return found
