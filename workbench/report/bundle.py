"""An audit as a folder that proves itself: report, data, inputs, and the hash of each file (audit-reports 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.ground import ArgumentError, NotFoundError, WorkbenchError
from workbench.report.data import data_files, parquet_bytes
from workbench.report.html import html
from workbench.report.kept_inputs import keep_inputs
from workbench.report.pdf import pdf
from workbench.report.said import DATA, PICTURES, audit_said, said_audit

if TYPE_CHECKING:
    from workbench.inventory import Cluster
    from workbench.report.audit import Audit

__all__ = [
    "AUDIT",
    "FORMAT",
    "SUMS",
    "BundleError",
    "Kept",
    "audit_of",
    "digest_of",
    "read_bundle",
    "sums_text",
    "write_bundle",
]

FORMAT: Final = 1
AUDIT, SUMS = "audit.json", "SHA256SUMS"
_INPUTS: Final = "inputs"
EARLIER: Final = f"{_INPUTS}/earlier"
_WRITERS: Final = ("jinja2", "typst")


class BundleError(WorkbenchError, ValueError):
    """A folder is no bundle, or cannot be read."""


class Kept(NamedTuple):
    """What ``audit.json`` says beside the audit.

    Attributes
    ----------
    audit : Audit
    said : mapping
        The whole of it.
    """

    audit: Audit
    said: Mapping[str, Any]

    @property
    def files(self) -> Mapping[str, Any]:
        """The size and the hash of each file, by its path."""
        found: Mapping[str, Any] = self.said["files"]
        return found


def write_bundle(
    audit: Audit, folder: str | Path, *, with_pdf: bool | None = None, templates: str | Path | None = None
) -> str:
    """Write an audit with all that it was made of into a new folder: all of it or nothing.

    Parameters
    ----------
    audit : Audit
        As `audit` made it.
    folder : str or Path
        New, or empty; the folder around it is there.
    with_pdf : bool, optional
        Whether the document is written, too; by default where the extra ``report-pdf`` is installed.
    templates : str or Path, optional
        A folder with templates in place of ours.

    Returns
    -------
    str
        The digest of the bundle: who knows it knows whether any file was changed.

    Raises
    ------
    ArgumentError
        If the folder holds something, or if the audit was read from a bundle.
    OSError
        If it cannot be written.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        message = f"{target} is there and not an empty folder"
        raise ArgumentError(message, "name another one")
    if audit.inputs is None:
        message = "this audit was read from a bundle, and what it was made of is not at hand"
        raise ArgumentError(message, "copy the folder of the bundle")
    wants_pdf = find_spec("typst") is not None if with_pdf is None else with_pdf
    target = target.resolve()
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
        new = Path(made) / "new"
        new.mkdir()
        digest = _fill(new, audit, wants_pdf=wants_pdf, templates=templates)
        if target.exists():
            target.rmdir()
        new.rename(target)
    return digest


def read_bundle(folder: str | Path) -> Audit:
    """Return the audit that a bundle holds, as it was written; `verify_bundle` says whether that is true.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    NotFoundError
        If there is no bundle.
    BundleError
        If it cannot be read, or was written by a later version in another format.
    """
    return audit_of(Path(folder)).audit


def audit_of(folder: Path) -> Kept:
    """Return the audit of a bundle, and what is said beside; errors as of `read_bundle`.

    Parameters
    ----------
    folder : Path
    """
    if not (folder / AUDIT).is_file():
        message = f"{folder} is no bundle of an audit: it has no {AUDIT}"
        raise NotFoundError(message)
    try:
        said = json.loads((folder / AUDIT).read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            message = f"{folder} has the format {said['format']}, and this version reads format {FORMAT}"
            raise BundleError(message, "update the workbench")
        return Kept(said_audit(said, lambda name: (folder / name).read_bytes()), said)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, BundleError):
            raise
        message = f"{folder} cannot be read as a bundle: {error}"
        raise BundleError(message, f"`report verify {folder}` says which files were changed") from error


def earlier_of(folder: Path) -> Audit | None:
    """Return the audit that the audit of a bundle was compared with; None for none.

    Parameters
    ----------
    folder : Path
    """
    place = folder / EARLIER
    return audit_of(place).audit if place.is_dir() else None


def sums_text(files: Mapping[str, str]) -> str:
    """Return hashes of files as ``sha256sum`` writes them.

    Parameters
    ----------
    files : mapping of str to str
        Hash by path.
    """
    return "".join(f"{files[name]}  {name}\n" for name in sorted(files))


def digest_of(folder: Path) -> str:
    """Return the digest of a bundle: the hash of its list of hashes.

    Parameters
    ----------
    folder : Path
    """
    return hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()


# --- writing ----------------------------------------------------------------------------------------------


def _fill(folder: Path, audit: Audit, *, wants_pdf: bool, templates: str | Path | None) -> str:
    (folder / "report.html").write_text(html(audit, templates), encoding="utf-8")
    if wants_pdf:
        (folder / "report.pdf").write_bytes(pdf(audit, templates))
    _put(folder / DATA, data_files(audit))
    _put(folder / PICTURES, _pictures(audit))
    if audit.inputs is None:
        message = "an audit without inputs"
        raise TypeError(message)
    keep_inputs(audit.inputs, folder / _INPUTS)
    if audit.inputs.earlier is not None:
        earlier = folder / EARLIER
        _put(
            earlier / DATA,
            {f"{name}.parquet": parquet_bytes(one) for name, one in audit.inputs.earlier.tables.items()},
        )
        _put(earlier / PICTURES, _pictures(audit.inputs.earlier))
        _write_json(earlier / AUDIT, {"format": FORMAT, **audit_said(audit.inputs.earlier)})
    files = {name: (folder / name).read_bytes() for name in paths_in(folder)}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    written = {name: found for name in _WRITERS if (found := _version(name)) and (name != "typst" or wants_pdf)}
    _write_json(
        folder / AUDIT,
        {
            "format": FORMAT,
            **audit_said(audit),
            "written_with": written,
            "own_templates": templates is not None,
            "originals": _originals(audit.inputs.cluster, audit),
            "files": {name: {"size": len(files[name]), "sha256": hashes[name]} for name in sorted(files)},
        },
    )
    hashes[AUDIT] = hashlib.sha256((folder / AUDIT).read_bytes()).hexdigest()
    (folder / SUMS).write_text(sums_text(hashes), encoding="utf-8")
    return digest_of(folder)


def paths_in(folder: Path) -> list[str]:
    """Return the paths of all files of a folder, sorted.

    Parameters
    ----------
    folder : Path
    """
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() or path.is_symlink()
    )


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _pictures(audit: Audit) -> dict[str, bytes]:
    return {f"{one.id}.svg": one.svg.encode() for section in audit.sections for one in section.pictures}


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _originals(cluster: Cluster, audit: Audit) -> dict[str, str | None]:
    """Return the hash of each file that was read, as it is now; None for what is not there, such as standard input."""
    names = {one.source.file for one in cluster.objects.manifests}
    if "files" in audit.tables:
        frame = audit.tables["files"].frame
        names |= set(frame.loc[frame["kind"] == "flows", "file"])
    return {name: _hash_of(name) for name in sorted(names - {""})}


def _hash_of(name: str) -> str | None:
    """Return the hash of a file; of one within an archive, that of the archive."""
    for path in (Path(name), Path(name.partition("!")[0])):
        try:
            if path.is_file():
                with path.open("rb") as stream:
                    return hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, ValueError):
            continue
    return None
