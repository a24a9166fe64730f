"""Where a workspace keeps the blocks of providers: a file for each import, by the digest of what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.ground import ArgumentError, write_atomically

if TYPE_CHECKING:
    from workbench.external import ProviderRanges

__all__ = ["RangeFiles"]

_SUFFIX: Final = ".json.gz"


class RangeFiles(Mapping[str, "ProviderRanges"]):
    """The ranges in a folder by their digests; what does not say what its name promises is not there.

    Parameters
    ----------
    folder : Path
        Made when the first is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, ProviderRanges] = {}

    def __getitem__(self, digest: str) -> ProviderRanges:
        if digest not in self._read:
            self._read[digest] = self._found(digest)
        return self._read[digest]

    def _found(self, digest: str) -> ProviderRanges:
        from workbench.external import ProviderRanges  # noqa: PLC0415  (numpy takes its time)

        if not digest.isalnum():  # a record of others must not name a path
            raise KeyError(digest)
        try:
            found = ProviderRanges.from_bytes(self._place(digest).read_bytes())
        except (OSError, ArgumentError) as error:
            raise KeyError(digest) from error
        if found.digest != digest:
            raise KeyError(digest)
        return found

    def __iter__(self) -> Iterator[str]:
        names = (path.name.removesuffix(_SUFFIX) for path in sorted(self._folder.glob(f"*{_SUFFIX}")))
        return (name for name in names if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def keep(self, ranges: Iterable[ProviderRanges]) -> None:
        """Write those that are not there yet; each is on the disk when this returns.

        Parameters
        ----------
        ranges : iterable of ProviderRanges
        """
        for one in ranges:
            if not one.elsewhere and one.digest not in self:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_atomically(self._place(one.digest), one.to_bytes(), flushed=True)

    def _place(self, digest: str) -> Path:
        return self._folder / f"{digest}{_SUFFIX}"
