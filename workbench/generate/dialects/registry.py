"""Which dialects there are, and how a proposal is said in one: its objects, and what is left unsaid (dialects 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from workbench.generate.frames import UNSAID
from workbench.ground import ANSWER_FORMATS, UnknownPluginError, count_of, one_line, register_format, visible
from workbench.manifests import yaml_text

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from workbench.generate.proposal import Proposal

__all__ = ["Dialect", "Said", "Unsaid", "Writer", "dialect", "dialects", "in_dialect"]


class Unsaid(NamedTuple):
    """Something of a proposal that a dialect has no words for.

    Attributes
    ----------
    policy : str
        ``Kind namespace/name``.
    rule : str
        Path of the rule; empty where the policy as a whole is meant.
    what : str
        What of it: a peer, a port, a name.
    why : str
    """

    policy: str
    rule: str
    what: str
    why: str

    def __str__(self) -> str:
        """Return it as one line."""
        return ": ".join(filter(None, (" ".join(filter(None, (self.policy, self.rule))), self.what, self.why)))


@dataclass(frozen=True, slots=True)
class Said:
    """A proposal in a dialect.

    Attributes
    ----------
    dialect : str
    objects : tuple of BaseModel
        Typed as the dialect has them.
    unsaid : tuple of Unsaid
        All that is in the proposal and in none of the objects.
    otherwise : tuple of Unsaid
        What is said in other words, which do not mean exactly the same.
    """

    dialect: str
    objects: tuple[BaseModel, ...]
    unsaid: tuple[Unsaid, ...] = ()
    otherwise: tuple[Unsaid, ...] = ()

    def __repr__(self) -> str:
        """Return how much there is of it."""
        facts = (count_of(len(self.objects), "object"), f"{len(self.unsaid)} unsaid")
        return one_line(f"Said({self.dialect}: {', '.join(facts)})")

    @property
    def manifests(self) -> tuple[dict[str, Any], ...]:
        """The objects as manifests."""
        return tuple(one.model_dump(by_alias=True, exclude_none=True, mode="json") for one in self.objects)

    def to_yaml(self) -> str:
        """Return the objects as YAML, one document each; what is not said is in comments before them."""
        lines = [f"# not said: {visible(str(one))}\n" for one in self.unsaid]
        lines += [f"# said otherwise: {visible(str(one))}\n" for one in self.otherwise]
        return "".join(lines) + yaml_text(self.manifests)

    def to_frame(self) -> pd.DataFrame:
        """Return what is not said, or said otherwise; columns as in `frames.UNSAID`."""
        return UNSAID.from_rows(
            (*one, said) for said, listed in (("not", self.unsaid), ("otherwise", self.otherwise)) for one in listed
        )


Writer: TypeAlias = "Callable[[Proposal], Said]"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way to write policies for another tool.

    Attributes
    ----------
    name, meaning : str
    writes : callable
        Returns what is said of a proposal, and what is not.
    """

    name: str
    meaning: str
    writes: Writer


_DIALECTS: Final[dict[str, Dialect]] = {}
"""The dialects by name, as far as they were asked for: each is a format of proposals, and found as one."""


def dialect(name: str) -> Callable[[Writer], Writer]:
    """Return a decorator that registers a function as a dialect, and as the format of proposals of that name.

    Parameters
    ----------
    name : str

    Returns
    -------
    callable
        Takes the function, and returns it as it is.
    """

    def registered(writes: Writer) -> Writer:
        meaning = (writes.__doc__ or "").strip()
        _DIALECTS[name] = Dialect(name, meaning.partition("\n")[0], writes)

        def written(proposal: Proposal) -> str:
            return writes(proposal).to_yaml()

        written.__doc__ = meaning
        register_format("proposal", name, suffix=".yaml")(written)
        return writes

    return registered


def in_dialect(proposal: Proposal, name: str) -> Said:
    """Return a proposal in the words of another tool, with the list of what it cannot say (dialects 1).

    Parameters
    ----------
    proposal : Proposal
    name : str
        Of a dialect.

    Raises
    ------
    UnknownPluginError
        If there is no such format, or if it is none of a dialect.
    """
    ANSWER_FORMATS.named("proposal", name)  # its module is imported now
    if name not in _DIALECTS:
        message = f"the format {name} is no dialect; there are {', '.join(one.name for one in dialects())}"
        raise UnknownPluginError(message)
    return _DIALECTS[name].writes(proposal)


def dialects() -> tuple[Dialect, ...]:
    """Return all dialects, by name."""
    for name in ANSWER_FORMATS.names("proposal"):
        ANSWER_FORMATS.plugins.get(f"proposal.{name}")
    return tuple(_DIALECTS[name] for name in sorted(_DIALECTS))
