"""A JupyterLab of its own, which knows nothing of the person's settings and kernels."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from workbench.ground.files import NO_CACHE

__all__ = ["Server", "free_port", "running", "wait_for"]

SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # A windowed notebook draws only the cells in sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@dataclass(frozen=True)
class Server:
    """A running server, whose notebooks lie in `folder`."""

    address: str
    token: str
    folder: Path


@contextmanager
def running(base: Path, project: Path) -> Iterator[Server]:
    """Start a server that keeps all it has under `base`, and stop it."""
    folder = base / "work"
    folder.mkdir()
    for name, content in SETTINGS.items():
        file = base / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    token, port = secrets.token_hex(16), free_port()
    environment = {
        # As a person's: SQL that one kernel made is taken by the next.
        **{name: value for name, value in os.environ.items() if name != NO_CACHE},
        "XDG_CACHE_HOME": str(base / "cache"),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "share"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "IPYTHONDIR": str(base / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH", "")])),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={folder}"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = base / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=folder)  # noqa: S603  (our own)
        try:
            wait_for(f"http://127.0.0.1:{port}/api", server, log)
            yield Server(f"http://127.0.0.1:{port}", token, folder)
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until an address answers.

    Raises
    ------
    RuntimeError
        If its process ends before, or if it takes too long.
    """
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=2):  # noqa: S310  (http, on this machine)
                return
        except OSError:
            time.sleep(0.1)
    message = f"the server did not start:\n{log.read_text()[-4000:]}"
    raise RuntimeError(message)
