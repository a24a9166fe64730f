"""What comes with the package besides its code: the sample and the notebooks."""

from __future__ import annotations

from pathlib import Path

from workbench.ground.errors import MissingFileError

__all__ = ["sample_names", "sample_path", "shipped_notebooks"]

_PACKAGE = Path(__file__).resolve().parents[1]
_IN_WHEEL = _PACKAGE / "shipped"
_IN_CHECKOUT = {"samples": _PACKAGE.parent / "data" / "samples", "notebooks": _PACKAGE.parent / "notebooks"}


def sample_path(name: str) -> Path:
    """Return where a sample is: manifests of an application of ours, or flows that were seen in it.

    Parameters
    ----------
    name : str
        A folder or file among the samples: ``shop``, ``flows/hubble.jsonl.gz``; `sample_names` has all of them.

    Raises
    ------
    MissingFileError
        If there is no such sample.

    Examples
    --------
    >>> sample_path("shop").name
    'shop'
    """
    found = _folder("samples") / name
    if not name or not found.resolve().is_relative_to(_folder("samples").resolve()) or not found.exists():
        message = f"there is no sample {name!r}"
        raise MissingFileError(message, f"there are {', '.join(sample_names())}")
    return found


def sample_names() -> tuple[str, ...]:
    """Return the names that `sample_path` takes."""
    folder = _folder("samples")
    clusters = (each.name for each in folder.iterdir() if each.is_dir() and each.name != "flows")
    flows = (f"flows/{each.name}" for each in (folder / "flows").iterdir() if each.suffix not in {".py", ".md"})
    return (*sorted(clusters), *sorted(each for each in flows if "__" not in each))


def shipped_notebooks() -> Path:
    """Return the folder of the notebooks."""
    return _folder("notebooks")


def _folder(kind: str) -> Path:
    folder = _IN_WHEEL / kind
    return folder if folder.is_dir() else _IN_CHECKOUT[kind]
