"""What is deployed, according to manifests in files, folders, archives, text or the standard input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from workbench.ground import ProblemLog, Progress, gc_paused, no_progress
from workbench.inventory.assemble import assemble
from workbench.inventory.cluster import Cluster
from workbench.inventory.unplaced import check_namespace
from workbench.inventory.versions import KINDS
from workbench.manifests import (
    DEFAULT_LIMIT,
    ManifestFile,
    read_files,
    read_manifests,
    read_stream,
    render_helm,
    render_kustomize,
    user_store,
)

__all__ = ["ManifestSource", "load_manifests"]


@runtime_checkable
class Readable(Protocol):
    """An open file, of text or of bytes."""

    def read(self) -> str | bytes:
        """Return the whole content."""
        ...


ManifestSource: TypeAlias = str | Path | Readable | Iterable[str | Path]
"""A path, manifest text (a str with a line break), an open file, or several paths."""

Paths: TypeAlias = str | Path | Iterable[str | Path]
"""One path, or several."""

TEXT_NAME = "<text>"


def load_manifests(  # noqa: PLR0913  (one parameter a kind of input, and how it is read)
    source: ManifestSource = (),
    *,
    kustomize: Paths = (),
    helm: Paths = (),
    values: Paths = (),
    strict: bool = False,
    namespace: str = "",
    progress: Progress = no_progress,
    limit: int = DEFAULT_LIMIT,
    cache: bool = True,
) -> Cluster:
    """Return the cluster that manifests describe.

    Parameters
    ----------
    source : str, Path, open file, or iterable of paths
        A folder (read recursively), a file, an archive, or several of them; ``-`` is the standard input.
        A str with a line break in it is manifest text itself, YAML or JSON. See
        `workbench.manifests.read_files` for the names and formats that are read.
    kustomize : str, Path, or iterable of such
        Folders with a kustomization, which ``kustomize`` or ``kubectl`` on the PATH renders.
    helm : str, Path, or iterable of such
        Helm charts, which ``helm`` on the PATH renders with the files `values`.
    values : str, Path, or iterable of such
        Files of values for all of `helm`.
    strict : bool
        Raise the first problem of severity ``error`` instead of collecting it.
    namespace : str
        That of objects that name none, as with ``kubectl -n``; ``default`` by default.
    progress : Progress
        Called with the stages ``reading files`` and ``reading objects``.
    limit : int
        Largest file that is read, in bytes after decompression; of an archive, all members together.
    cache : bool
        Keep what large files say in the user's cache folder, so that they need not be parsed again while their
        text is the same. Secrets are never kept. The environment variable ``NETPOL_NO_CACHE`` switches it off, too.

    Returns
    -------
    Cluster
        With whatever could be read; ``cluster.problems`` says what could not.

    Raises
    ------
    MissingFileError
        If a path does not exist.
    ProblemError
        With `strict`, at the first error.
    ValueError
        If `namespace` is not a valid name.
    """
    if namespace:
        check_namespace(namespace)
    log = ProblemLog(strict=strict)
    store = user_store() if cache else None
    rendered = chain(
        *[render_kustomize(folder, log, limit=limit) for folder in _paths(kustomize)],
        *[render_helm(chart, _paths(values), log, namespace=namespace, limit=limit) for chart in _paths(helm)],
    )
    with gc_paused():
        manifests = read_manifests(chain(_files(source, log, limit), rendered), log, progress, kinds=KINDS, store=store)
        return Cluster(assemble(manifests, log, progress, namespace=namespace), tuple(log))


def _paths(given: Paths) -> list[str]:
    return [str(given)] if isinstance(given, (str, Path)) else [str(path) for path in _several(given)]


def _several(given: object) -> list[str | Path]:
    """Return several paths; bytes, a mapping and the like are refused, whose parts are not paths."""
    if isinstance(given, (bytes, bytearray, Mapping)) or not isinstance(given, Iterable):
        message = f"{type(given).__name__} is neither a path nor several; manifests given as text are a str"
        raise TypeError(message)
    listed = list(given)
    for path in listed:
        if not isinstance(path, (str, Path)):
            message = f"{path!r} is not a path: write a str or a Path"
            raise TypeError(message)
    return listed


def _files(source: ManifestSource, log: ProblemLog, limit: int) -> Iterator[ManifestFile]:
    if isinstance(source, str) and "\n" in source:
        return iter((ManifestFile(TEXT_NAME, source),))
    if isinstance(source, (str, Path)):
        return read_files([source], log, limit=limit)
    if isinstance(source, Readable):
        return _open_file(source, log, limit)
    return read_files(_several(source), log, limit=limit)


def _open_file(stream: Readable, log: ProblemLog, limit: int) -> Iterator[ManifestFile]:
    name = getattr(stream, "name", TEXT_NAME)
    content = stream.read()
    if isinstance(content, str):
        yield ManifestFile(str(name), content)
    else:
        yield from read_stream(BytesIO(content), log, name=str(name), limit=limit)
