"""Where a cluster and its flows come from: folders and files, what is uploaded, and the sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import ArgumentError, Progress, count_of, no_progress, sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.panels.frame import Upload, uploaded

if TYPE_CHECKING:
    from workbench.flows import Flows

__all__ = ["Source", "open_sample", "open_source", "open_upload"]

SAMPLE = "shop (sample)"


class Source(NamedTuple):
    """A cluster that can be looked at, and what was seen in it.

    Attributes
    ----------
    name : str
        By which it is chosen.
    cluster : Cluster
    flows : Flows or None
        Those that the workspace keeps, where there are none of its own.
    called : str or None
        What the cluster is called in the workspace; where it is None, the first that is opened has no name there, and
        others are called as they are chosen.
    """

    name: str
    cluster: Cluster
    flows: Flows | None = None
    called: str | None = None

    @property
    def sentence(self) -> str:
        """What there is, in one sentence."""
        objects = self.cluster.objects
        parts = [
            count_of(len(objects.workloads), "workload"),
            count_of(len({each.namespace for each in objects.workloads}), "namespace"),
            count_of(len(objects.policies), "policy"),
        ]
        found = ", ".join(parts)
        problems = len(self.cluster.problems_found)
        return f"{found}; {count_of(problems, 'problem')}" if problems else found


def open_source(
    paths: str | Path | Iterable[str | Path],
    flows: str | Path | Iterable[str | Path] = (),
    *,
    name: str = "",
    progress: Progress = no_progress,
) -> Source:
    """Return the cluster that manifests describe, with the flows of some files.

    Parameters
    ----------
    paths : str, Path, or iterable of these
        As `load_manifests` takes them.
    flows : str, Path, or iterable of these
        Recordings, as `load_flows` takes them.
    name : str
        By which the source is chosen; that of the first path, where it is empty.
    progress : Progress, optional

    Raises
    ------
    WorkbenchError
        If a path does not exist, or if no file holds flows.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not given:
        message = "no path is given"
        raise ArgumentError(message, "name a folder, a file or an archive of manifests")
    cluster = load_manifests(given, progress=progress)
    return Source(name or _name_of(given[0]), cluster, _seen(flows, cluster, progress))


def open_sample(progress: Progress = no_progress) -> Source:
    """Return the sample: an application of ours, and what was seen in it on one morning.

    Parameters
    ----------
    progress : Progress, optional
    """
    manifests = [sample_path("shop"), sample_path("flows/cluster.json")]
    return open_source(manifests, sample_path("flows/hubble.jsonl.gz"), name=SAMPLE, progress=progress)


def open_upload(files: Sequence[Upload], progress: Progress = no_progress) -> Source:
    """Return the cluster that uploaded files describe: manifests, or archives of them.

    Parameters
    ----------
    files : sequence of Upload
    progress : Progress, optional

    Raises
    ------
    WorkbenchError
        If there is no file, or none that can be read.
    """
    if not files:
        message = "no file was chosen"
        raise ArgumentError(message, "choose YAML or JSON files, or an archive of them")
    with uploaded(files) as places:
        cluster = load_manifests(places, progress=progress, cache=False)
    return Source(Path(files[0].name).name or "upload", cluster)


def _seen(paths: str | Path | Iterable[str | Path], cluster: Cluster, progress: Progress) -> Flows | None:
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    if not given:
        return None
    from workbench.flows import load_flows  # noqa: PLC0415  (ibis takes its time)

    return load_flows(given, cluster=cluster, progress=progress)


def _name_of(path: str | Path) -> str:
    plain = Path(path)
    return plain.name or plain.resolve().name or str(path)
