"""How the workbench is opened for a person: a notebook that shows it, and what runs that notebook."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.ground import ArgumentError, MissingFileError, needed_by, write_atomically

if TYPE_CHECKING:
    from workbench.workspace import Settings

__all__ = ["app_command", "app_environment", "lab_command", "write_notebook"]

ADDRESS = "127.0.0.1"
"""Only this machine may connect: who can open the page can run code."""
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
"""Neither news nor updates are looked for: nothing that is opened here asks another host for anything."""
TEMPLATE = "netpol-workbench"
_SHARE = Path(__file__).with_name("share")
BEGINNING = """\
# What may talk to what

Run the cell below (Shift+Enter). The workbench opens what it names; other clusters and recordings can be opened from
inside. What is selected can be read from Python, too: `workbench.state.selection`; and what is allowed:
`workbench.state.scope.connectivity`.
"""


def write_notebook(
    path: Path,
    manifests: Sequence[str | Path] = (),
    flows: Sequence[str | Path] = (),
    *,
    settings: Settings | None = None,
    prose: bool = True,
) -> None:
    """Write a notebook that opens manifests and recordings in the workbench; without any, the sample.

    Parameters
    ----------
    path : Path
    manifests, flows : sequence of str or Path
    settings : Settings, optional
        In which workspace it keeps decisions; the sample has a temporary one.
    prose : bool
        Whether a text says what to do with it.

    Raises
    ------
    MissingFileError
        If a path does not exist.
    ArgumentError
        If there are flows without manifests.
    """
    for each in (*manifests, *flows):
        if not Path(each).exists():
            message = f"{each} does not exist"
            raise MissingFileError(message, "name a folder, a file or an archive")
    if flows and not manifests:
        message = "flows need the manifests of the cluster in which they were seen"
        raise ArgumentError(message, "name these, too")
    with needed_by("write_notebook"):
        import nbformat  # noqa: PLC0415  (some seconds, which who opens a panel does not wait)
    v4: Any = nbformat.v4  # without types
    cells = [v4.new_markdown_cell(BEGINNING)] if prose else []
    cells.append(v4.new_code_cell(_code(manifests, flows, settings)))
    notebook = v4.new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    write_atomically(path, v4.writes(notebook).encode())


def _code(manifests: Sequence[str | Path], flows: Sequence[str | Path], settings: Settings | None) -> str:
    imports, opening = "from workbench import Workbench\n", "Workbench.sample()"
    if manifests:
        given = [f"[{', '.join(repr(str(each)) for each in manifests)}]"]
        if flows:
            given.append(f"flows=[{', '.join(repr(str(each)) for each in flows)}]")
        if settings is not None:
            place = repr(str(settings.workspace))
            if settings.database or settings.who:
                imports += "from workbench.workspace import Workspace\n"
                further = f", {settings.database!r}" if settings.database else ""
                further += f", who={settings.who!r}" if settings.who else ""
                place = f"Workspace({place}{further})"
            given.append(f"workspace={place}")
        opening = f"Workbench.open({', '.join(given)})"
    return f"{imports}\nworkbench = {opening}\nworkbench"


def lab_command(notebook: Path, settings: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """Return the command that opens a notebook in JupyterLab.

    Parameters
    ----------
    notebook : Path
        The folder in which it is becomes that of JupyterLab.
    settings : Path
        A folder that gets the settings of this one JupyterLab; those of the installed one hold otherwise.
    browser : bool
        Whether a browser is opened.
    port : int, optional
    """
    with needed_by("lab_command"):
        from jupyterlab.commands import get_app_dir  # noqa: PLC0415  (all of its server)
    installed = Path(get_app_dir(), "settings")
    kept = installed / "overrides.json"
    overrides = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    settings.mkdir(parents=True, exist_ok=True)
    for other in installed.glob("*.json"):
        write_atomically(settings / other.name, other.read_bytes())
    write_atomically(settings / "overrides.json", json.dumps({**overrides, **QUIET}).encode())
    return [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.ip={ADDRESS}",
        f"--ServerApp.root_dir={notebook.resolve().parent}",
        f"--LabApp.default_url=/lab/tree/{notebook.name}",
        f"--LabApp.app_settings_dir={settings}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *_further(browser=browser, port=port, option="--ServerApp.port"),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


def app_command(notebook: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """Return the command that serves what a notebook shows, without its code.

    Parameters
    ----------
    notebook : Path
    browser : bool
        Whether a browser is opened.
    port : int, optional
    """
    return [
        *(sys.executable, "-m", "voila", str(notebook)),
        f"--Voila.ip={ADDRESS}",
        f"--template={TEMPLATE}",
        "--show_tracebacks=True",
        *_further(browser=browser, port=port, option="--port"),
    ]


def app_environment() -> dict[str, str]:
    """Return the environment in which `app_command` finds its page."""
    places = [str(_SHARE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {**os.environ, "JUPYTER_PATH": os.pathsep.join(places)}


def _further(*, browser: bool, port: int | None, option: str) -> list[str]:
    return [*([] if browser else ["--no-browser"]), *([] if port is None else [f"{option}={port}"])]
