"""What is deployed, according to manifests in files, folders, archives, text or the standard input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from workbench.inventory.assemble import assemble
from workbench.inventory.cluster import Cluster
from workbench.inventory.unplaced import check_namespace
from workbench.inventory.versions import KINDS
from workbench.manifests.bulk import many_values
from workbench.manifests.files import DEFAULT_LIMIT, ManifestFile, read_files, read_stream
from workbench.manifests.problems import ProblemLog
from workbench.manifests.progress import Progress, silent
from workbench.manifests.reading import read_manifests
from workbench.manifests.store import user_store

__all__ = ["ManifestSource", "load_manifests"]


@runtime_checkable
class Readable(Protocol):
    """An open file, of text or of bytes."""

    def read(self) -> str | bytes:
        """Return the whole content."""
        ...


ManifestSource: TypeAlias = str | Path | Readable | Iterable[str | Path]
"""A path, manifest text (a str with a line break), an open file, or several paths."""

TEXT_NAME = "<text>"


def load_manifests(
    source: ManifestSource,
    *,
    strict: bool = False,
    namespace: str = "",
    progress: Progress = silent,
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
    FileNotFoundError
        If a path does not exist.
    ProblemError
        With `strict`, at the first error.
    ValueError
        If `namespace` is not a valid name.
    """
    if namespace:
        check_namespace(namespace)
    log = ProblemLog(strict=strict)
    with many_values():
        manifests = read_manifests(
            _files(source, log, limit), log, progress, kinds=KINDS, store=user_store() if cache else None
        )
        return Cluster(assemble(manifests, log, progress, namespace=namespace), tuple(log))


def _files(source: ManifestSource, log: ProblemLog, limit: int) -> Iterator[ManifestFile]:
    if isinstance(source, str) and "\n" in source:
        return iter((ManifestFile(TEXT_NAME, source),))
    if isinstance(source, (str, Path)):
        return read_files([source], log, limit=limit)
    if isinstance(source, Readable):
        return _open_file(source, log, limit)
    return read_files(source, log, limit=limit)


def _open_file(stream: Readable, log: ProblemLog, limit: int) -> Iterator[ManifestFile]:
    name = getattr(stream, "name", TEXT_NAME)
    content = stream.read()
    if isinstance(content, str):
        yield ManifestFile(str(name), content)
    else:
        yield from read_stream(BytesIO(content), log, name=str(name), limit=limit)
