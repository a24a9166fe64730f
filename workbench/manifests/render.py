"""What a kustomization or a Helm chart deploys, as the program on the PATH that renders it says."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from workbench.ground import Budget, Problem, ProblemLog, Severity, TooLargeError, limited
from workbench.manifests.files import DEFAULT_LIMIT, ManifestFile

__all__ = ["SECONDS", "render_helm", "render_kustomize"]

SECONDS: Final = 120
"""How long a program may take: some fetch bases or charts from elsewhere."""
_SAID: Final = 2_000
"""Characters that are repeated of what a program says on its standard error."""


class _Program(NamedTuple):
    """A way to render something: the program's name, and its arguments."""

    name: str
    arguments: tuple[str, ...]

    def command(self) -> str:
        """Return the command as it is typed."""
        return shlex.join((self.name, *self.arguments))


def render_kustomize(
    folder: str, log: ProblemLog, *, limit: int = DEFAULT_LIMIT, seconds: float = SECONDS
) -> Iterator[ManifestFile]:
    """Yield what ``kustomize build`` or ``kubectl kustomize`` makes of `folder`; nothing, and a problem, if it fails.

    Parameters
    ----------
    folder : str
    log : ProblemLog
        Gets what is wrong.
    limit : int
        Bytes that are read of the output.
    seconds : float
        How long the program may take.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    _check(folder)
    path = _as_path(folder)
    ways = (_Program("kustomize", ("build", path)), _Program("kubectl", ("kustomize", path)))
    return _rendered(f"<kustomize {folder}>", ways, log, limit, seconds)


def render_helm(
    chart: str,
    values: Sequence[str],
    log: ProblemLog,
    *,
    namespace: str = "",
    limit: int = DEFAULT_LIMIT,
    seconds: float = SECONDS,
) -> Iterator[ManifestFile]:
    """Yield what ``helm template`` makes of `chart` with the files `values`; nothing, and a problem, if it fails.

    The release is called as the chart's folder or file is. See `render_kustomize` for what else there is.

    Parameters
    ----------
    chart : str
    values : sequence of str
        Files with values.
    log : ProblemLog
        Gets what is wrong.
    namespace : str, optional
        Of the release.
    limit : int, optional
        Most bytes that may come out.
    seconds : float, optional
        How long it may take.

    Raises
    ------
    FileNotFoundError
        If there is no such chart or file.
    """
    for path in (chart, *values):
        _check(path)
    release = "".join(sign if sign.isalnum() else "-" for sign in Path(chart).resolve().stem.lower()).strip("-")
    options = [part for value in values for part in ("--values", _as_path(value))]
    options += ["--namespace", namespace] if namespace else []
    way = _Program("helm", ("template", release[:53].strip("-") or "release", _as_path(chart), *options))
    return _rendered(f"<helm {chart}>", (way,), log, limit, seconds)


def _check(path: str) -> None:
    """Raise what opening `path` would, if it is not there."""
    Path(path).stat()


def _as_path(path: str) -> str:
    """Return `path` so that no program takes it for an option."""
    return f".{os.sep}{path}" if path.startswith("-") else path


def _rendered(
    name: str, ways: Sequence[_Program], log: ProblemLog, limit: int, seconds: float
) -> Iterator[ManifestFile]:
    found = next(((way, path) for way in ways if (path := shutil.which(way.name))), None)
    if found is None:
        programs = " or ".join(way.name for way in ways)
        message = f"{programs} is not on the PATH, so this is not rendered and not read"
        remedy = f"install it, or render where it is: {ways[-1].command()} > rendered.yaml"
        log.add(Problem(Severity.ERROR, "program-missing", message, remedy, file=name))
        return
    way, path = found
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        failure = _run((path, *way.arguments), output, said, seconds)
        said.seek(0)
        words = said.read(4 * _SAID).decode("utf-8", "replace").strip()[:_SAID]
        if failure:
            message = f"{way.command()} {failure}, so this is not read{': ' + words if words else ''}"
            log.add(Problem(Severity.ERROR, "render-failed", message, f"run it by itself: {way.command()}", file=name))
            return
        if words:
            log.add(Problem(Severity.INFO, "render-message", f"{way.command()} says: {words}", file=name))
        output.seek(0)
        try:
            content = limited(output, Budget(limit), "refuse").read()
        except TooLargeError:
            message = f"renders to more than {limit:,} bytes, which is the limit"
            log.add(Problem(Severity.ERROR, "too-large", message, file=name))
            return
    yield ManifestFile(name, content.decode("utf-8", "replace"))


def _run(command: Sequence[str], output: BinaryIO, said: BinaryIO, seconds: float) -> str:
    """Run a program without a shell, and return how it failed; an empty text if it did not."""
    try:
        done = subprocess.run(  # noqa: S603  (a program of a fixed list, as the PATH gives it, and a path that is checked)
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=said, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"took longer than {seconds:g} seconds"
    except OSError as error:
        return f"cannot be run ({error.strerror})"
    return f"failed (exit status {done.returncode})" if done.returncode else ""
