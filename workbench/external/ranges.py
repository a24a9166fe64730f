"""What a provider publishes: its blocks with their regions and services, of a file and of a day."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, NamedTuple

from workbench.ground import ArgumentError, Problem, Severity, count_of

__all__ = ["OLD", "OUTDATED", "ProviderRanges", "PublishedBlock"]

OLD: Final = 7
"""Days after which ranges are refreshed, as Red Hat ACS does it by default (external X5)."""
OUTDATED: Final = 90
_VERSION: Final = 1
_WRITTEN: Final = "written"


class PublishedBlock(NamedTuple):
    """A block that a provider publishes; one CIDR may be of several regions and services.

    Attributes
    ----------
    cidr : str
    region, service : str
        Empty where the provider does not say.
    """

    cidr: str
    region: str = ""
    service: str = ""


@dataclass(frozen=True)
class ProviderRanges:
    """The blocks of a provider, or of a part of them that it publishes by itself.

    Attributes
    ----------
    provider : str
        Such as ``Amazon``.
    part : str
        Such as ``AzureGovernment``; empty where there is one file for all.
    published : date or None
        As the file says it; None where it does not.
    written : date or None
        The day that its name says, or else the day of the file; None where the file itself says one. It is no part of
        the digest: a file that was downloaded again and says the same is the same.
    source : str
        The file, or the package that ships it.
    blocks : tuple of PublishedBlock
        Sorted, each once.
    elsewhere : str
        The digest of ranges whose blocks are not here, as somebody imported them into another folder; else empty.
    """

    provider: str
    part: str
    published: date | None
    source: str
    blocks: tuple[PublishedBlock, ...] = field(repr=False)
    elsewhere: str = ""
    written: date | None = None

    @classmethod
    def of(
        cls,
        provider: str,
        blocks: Iterable[PublishedBlock],
        *,
        part: str = "",
        published: date | None,
        source: str,
        written: date | None = None,
    ) -> ProviderRanges:
        """Return ranges of blocks in any order.

        Parameters
        ----------
        provider : str
        blocks : iterable of PublishedBlock
        part : str, optional
        published : date or None
        source : str
        written : date, optional
        """
        return cls(provider, part, published, source, tuple(sorted(set(blocks))), written=written)

    @property
    def day(self) -> date | None:
        """Of which day the ranges are, as far as that is known."""
        return self.published or self.written

    @property
    def key(self) -> str:
        """What a later file replaces: the provider, and the part."""
        return f"{self.provider} {self.part}".strip()

    def __hash__(self) -> int:
        """Return the hash of what it says."""
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of what it says, in hexadecimal digits, whatever the file was called."""
        said = {name: value for name, value in self.said.items() if name != _WRITTEN}
        return self.elsewhere or sha256(_text({**said, "source": ""}, self.blocks)).hexdigest()

    @property
    def said(self) -> dict[str, str | None]:
        """What is said of the blocks, as JSON."""
        day = None if self.published is None else self.published.isoformat()
        written = {} if self.written is None else {_WRITTEN: self.written.isoformat()}
        return {"provider": self.provider, "part": self.part, "published": day, "source": self.source, **written}

    @classmethod
    def said_to_be(cls, said: Mapping[str, Any], found: ProviderRanges | None) -> ProviderRanges:
        """Return ranges that are kept by what is said of them; without blocks, where these are not here.

        Parameters
        ----------
        said : mapping
            As `said`, with the digest as ``sha256``.
        found : ProviderRanges or None
            Those of the digest.
        """
        written = _day(said.get(_WRITTEN))
        if found is not None:
            return replace(found, source=str(said["source"]), written=written)
        provider, part, source = (str(said[name]) for name in ("provider", "part", "source"))
        return cls(provider, part, _day(said["published"]), source, (), str(said["sha256"]), written)

    def to_bytes(self) -> bytes:
        """Return the ranges as a small file, from which `from_bytes` makes them again."""
        return gzip.compress(_text(self.said, self.blocks), mtime=0)

    @classmethod
    def from_bytes(cls, content: bytes) -> ProviderRanges:
        """Return the ranges that `to_bytes` wrote.

        Parameters
        ----------
        content : bytes

        Raises
        ------
        ArgumentError
            If they are something else.
        """
        try:
            found: dict[str, Any] = json.loads(gzip.decompress(content))
            if found["version"] != _VERSION:
                message = f"these ranges are of version {found['version']}, and not {_VERSION}"
                raise ArgumentError(message)
            return cls.of(
                str(found["provider"]),
                (PublishedBlock(*map(str, row)) for row in found["blocks"]),
                part=str(found["part"]),
                published=_day(found["published"]),
                source=str(found["source"]),
                written=_day(found.get(_WRITTEN)),
            )
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            message = f"these are no kept ranges of a provider: {error}"
            raise ArgumentError(message) from error

    def age(self, today: date) -> int | None:
        """Return how many days old they are; None where that is not known.

        Parameters
        ----------
        today : date
        """
        return None if self.day is None else (today - self.day).days

    def problems(self, today: date) -> tuple[Problem, ...]:
        """Return what is to be said of their age (external 15), or that their blocks are not here (external 16).

        Parameters
        ----------
        today : date
        """
        if self.elsewhere:
            of_day = "" if self.day is None else f" of {self.day}"
            message = f"the blocks of {self.key} are not in this workspace: its addresses have no names of a provider"
            remedy = f"import {self.source}{of_day}, which somebody imported elsewhere, here, too"
            return (Problem(Severity.ERROR, "ranges-elsewhere", message, remedy, file=self.source),)
        age = self.age(today)
        if age is None or age <= OLD:
            return ()
        is_outdated = age > OUTDATED
        message = f"the ranges of {self.key} are {count_of(age, 'day')} old: blocks change hands"
        return (
            Problem(
                Severity.ERROR if is_outdated else Severity.WARNING,
                "ranges-outdated" if is_outdated else "ranges-old",
                f"{message}, and names may be wrong" if is_outdated else message,
                remedy="import the provider's file of today",
                file=self.source,
            ),
        )


def _day(text: object) -> date | None:
    return None if text is None else date.fromisoformat(str(text))


def _text(said: Mapping[str, str | None], blocks: tuple[PublishedBlock, ...]) -> bytes:
    return json.dumps({"version": _VERSION, **said, "blocks": blocks}, separators=(",", ":")).encode()
