"""``netpol-workbench lab`` and ``app``: the workbench in a browser; ``demo``: its answers about the sample."""

from __future__ import annotations

import shlex
import signal
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from workbench.cli.workspace_options import Workspace, usual_choices
from workbench.ground import needed_by, sample_path

__all__ = ["demo", "lab", "serve"]

NOTEBOOK = "netpol-workbench.ipynb"
Manifests = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATHS]...", help="Folders, files or archives of manifests; the sample if none is given."),
]
Flows = Annotated[
    list[Path] | None,
    typer.Option("--flows", metavar="PATH", help="A recording of flows in that cluster; may be given several times."),
]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser, or only print the address.")]
Port = Annotated[int | None, typer.Option(help="Port on 127.0.0.1; a free one is found without it.", min=1, max=65535)]


def lab(
    paths: Manifests = None,
    *,
    flows: Flows = None,
    workspace: Workspace = None,
    notebook: Annotated[
        Path, typer.Option("--notebook", metavar="FILE", help="The notebook to work in; made if it is not there.")
    ] = Path(NOTEBOOK),
    browser: Browser = True,
    port: Port = None,
) -> None:
    """Open the workbench in JupyterLab, in a notebook of your own.

    The notebook is made in the current folder; one that is there is opened as it is. JupyterLab listens on 127.0.0.1.
    What is decided about PATHS is kept in the workspace, and flows that were imported into it are shown.

    ```
    netpol-workbench lab deploy/ --flows hubble.jsonl
    netpol-workbench lab deploy/ -w netpol-workspace
    ```

    Exit status: that of JupyterLab; 2 if a path does not exist.
    """
    with needed_by("the workbench in JupyterLab"):
        from workbench.panels import lab_command, write_notebook  # noqa: PLC0415  (an extra)
    if notebook.exists():
        if paths or flows or workspace:
            typer.echo(f"{notebook} is there already and is opened as it is; --notebook names another.", err=True)
    else:
        write_notebook(notebook, paths or (), flows or (), settings=usual_choices(workspace))
        typer.echo(f"{notebook} was made.", err=True)
    with TemporaryDirectory(prefix="netpol-lab-") as settings:
        _run(lab_command(notebook, Path(settings), browser=browser, port=port))


def serve(
    paths: Manifests = None,
    *,
    flows: Flows = None,
    workspace: Workspace = None,
    browser: Browser = True,
    port: Port = None,
) -> None:
    """Serve the workbench as an application without code, on 127.0.0.1.

    What is decided about PATHS is kept in the workspace, and flows that were imported into it are shown.

    ```
    netpol-workbench app deploy/ --flows hubble.jsonl
    ```

    Exit status: that of Voila; 2 if a path does not exist.
    """
    with needed_by("the workbench as an application"):
        from workbench.panels import app_command, app_environment, write_notebook  # noqa: PLC0415  (an extra)
    with TemporaryDirectory(prefix="netpol-app-") as folder:
        made = Path(folder, NOTEBOOK)
        chosen = usual_choices(workspace)
        write_notebook(
            made,
            [each.resolve() for each in paths or ()],
            [each.resolve() for each in flows or ()],
            settings=chosen.model_copy(update={"workspace": chosen.workspace.resolve()}),
            prose=False,
        )
        _run(app_command(made, browser=browser, port=port), app_environment())


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a server until it ends; who ends this program ends the server with it."""
    with subprocess.Popen(command, env=environment) as server:  # noqa: S603  (our own interpreter and a module)
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        while True:
            try:
                raise typer.Exit(server.wait())
            except KeyboardInterrupt:
                continue  # the server was interrupted, too, and asks whether to end


def demo() -> None:
    """Show what the workbench answers about the sample: an application of ours.

    ```
    netpol-workbench demo
    ```
    """
    from workbench.connectivity import evaluate  # noqa: PLC0415  (pandas takes its time)
    from workbench.inventory import load_manifests  # noqa: PLC0415  (likewise)

    sample = sample_path("shop")
    conn = evaluate(load_manifests(sample))
    place = shlex.quote(str(sample))
    for words, answer in (
        (f"connectivity map {place}", conn.render("txt")),
        (
            f"connectivity query platform/gateway payments/db {place} -p 5432",
            conn.query("platform/gateway", "payments/db", port=5432).explain(),
        ),
    ):
        typer.echo(f"$ netpol-workbench {words}\n\n{answer.rstrip()}\n")
    typer.echo("Go on with the same on your own manifests, or in a browser: netpol-workbench lab PATHS")
