"""Bundles of reports: where they are kept, how one is written and proved, and how an earlier one is given."""

from __future__ import annotations

import re
import zipfile
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from workbench.ground import ArgumentError, Budget, Progress, TooLargeError, no_progress, visible
from workbench.report import Audit, Verification, read_bundle, verify_bundle, write_bundle

if TYPE_CHECKING:
    from workbench.panels.frame import Scope, Upload
    from workbench.panels.report.making import Made

__all__ = ["Bundles", "Verifies", "Writes", "Written", "file_name", "read_upload"]

_HEAD: Final = "audit.json"
_MOST_BYTES: Final = 1 << 30
_MOST_FILES: Final = 10_000
_LONGEST: Final = 60


class Written(NamedTuple):
    """A bundle that was written.

    Attributes
    ----------
    folder : Path
    digest : str
        Who knows it knows whether any file was changed since.
    """

    folder: Path
    digest: str


class Writes(Protocol):
    """What writes a bundle; all of it or nothing."""

    def __call__(self, progress: Progress = no_progress) -> Written:
        """Do it."""


class Verifies(Protocol):
    """What proves a bundle."""

    def __call__(self, progress: Progress = no_progress) -> Verification:
        """Do it."""


class Bundles:
    """The bundles of the workspace, and others by their folders.

    Parameters
    ----------
    scope : Scope
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def home(self) -> Path | None:
        """The folder for bundles of the workspace; None where nothing outlives this program."""
        return self._scope.workspace.reports if self._scope.is_kept else None

    @property
    def folders(self) -> tuple[str, ...]:
        """The bundles that are there, the last one by its name first."""
        home = self.home
        if home is None or not home.is_dir():
            return ()
        found = (one for one in home.iterdir() if (one / _HEAD).is_file())
        return tuple(str(one) for one in sorted(found, reverse=True))

    def proposed(self, made: Made) -> str:
        """Return a folder for the bundle of a report that is not there yet; empty where there is no workspace.

        Parameters
        ----------
        made : Made
        """
        home = self.home
        if home is None:
            return ""
        name, number = file_name(made.audit), 1
        place = home / name
        while place.exists():
            number += 1
            place = home / f"{name}-{number}"
        return str(place)

    def writing(self, made: Made, folder: str) -> Writes:
        """Return what writes the bundle of a report.

        Parameters
        ----------
        made : Made
        folder : str
            New, or empty; where none is named, a new one in the workspace.

        Raises
        ------
        ArgumentError
            If no folder is named, and there is no workspace.
        """
        name = folder.strip() or self.proposed(made)
        if not name:
            message = "no folder is named"
            raise ArgumentError(message, "write its name, such as audit-2026-q4")
        return partial(_written, made.audit, Path(name).expanduser(), self.home)

    @staticmethod
    def verifying(folder: str, digest: str = "") -> Verifies:
        """Return what proves a bundle.

        Parameters
        ----------
        folder : str
        digest : str, optional
            That was told when it was written.

        Raises
        ------
        ArgumentError
            If no folder is named.
        """
        if not folder.strip():
            message = "no bundle is named"
            raise ArgumentError(message, "write the name of its folder, such as audit-2026-q4")
        return partial(_verified, Path(folder.strip()).expanduser(), digest.strip().lower())


def _written(audit: Audit, folder: Path, home: Path | None, progress: Progress = no_progress) -> Written:
    progress("the bundle is written", 0, None)
    if home is not None and folder.parent == home:
        home.mkdir(parents=True, exist_ok=True)
    elif not folder.parent.is_dir():
        message = f"there is no folder {visible(str(folder.parent))}"
        raise ArgumentError(message, "make it, or name another one")
    return Written(folder, write_bundle(audit, folder))


def _verified(folder: Path, digest: str, progress: Progress = no_progress) -> Verification:
    return verify_bundle(folder, digest=digest, progress=progress)


def file_name(audit: Audit) -> str:
    """Return what files of a report are called, without an ending.

    Parameters
    ----------
    audit : Audit
    """
    words = re.sub(r"[^a-z0-9]+", "-", audit.title.lower()).strip("-")[:_LONGEST].strip("-")
    return f"{words or 'audit'}-{audit.now:%Y-%m-%d}"


def read_upload(upload: Upload) -> Audit:
    """Return the audit of a bundle that was sent as a ZIP archive of its folder.

    Parameters
    ----------
    upload : Upload

    Raises
    ------
    ArgumentError
        If it is no archive, or if no bundle is in it.
    BundleError
        If the bundle cannot be read.
    """
    with TemporaryDirectory(prefix="netpol-bundle-") as folder:
        try:
            with zipfile.ZipFile(BytesIO(upload.content)) as archive:
                return read_bundle(_unpacked(archive, upload.name, Path(folder)))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            message = f"{visible(upload.name)} is no ZIP archive that can be read: {error}"
            raise ArgumentError(message, "put the folder of the bundle into a ZIP archive, and upload that") from error


def _unpacked(archive: zipfile.ZipFile, name: str, target: Path) -> Path:
    """Unpack the bundle of an archive into a folder, and return where it is."""
    files = [one for one in archive.infolist() if not one.is_dir()]
    heads = sorted((one.filename for one in files if PurePosixPath(one.filename).name == _HEAD), key=_depth)
    if not heads:
        message = f"{visible(name)} holds no bundle: it has no {_HEAD}"
        raise ArgumentError(message, "put the folder of a bundle into the archive, and upload that")
    # A bundle may hold the head of an earlier one, further inside.
    home = PurePosixPath(heads[0]).parent
    budget = Budget(_MOST_BYTES)
    try:
        for one in files[:_MOST_FILES]:
            budget.spend(one.file_size)
            if PurePosixPath(one.filename).is_relative_to(home):
                archive.extract(one, target)  # leaves what would lead elsewhere out of the name
    except TooLargeError as error:
        message = f"{visible(name)} is too large for a bundle: {error}"
        raise ArgumentError(message, "name its folder instead") from error
    return target / home


def _depth(name: str) -> tuple[int, str]:
    return len(PurePosixPath(name).parts), name
