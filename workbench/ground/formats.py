"""Which formats there are for each kind of answer, and which one a name or a file ending means.

Here writers register, and answers find them when they are asked. Nothing here needs numpy: the command line lists the
formats in its help.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal, TypeAlias, TypeVar, overload

from workbench.ground.plugins import Plugins, UnknownPluginError

__all__ = ["ANSWER_FORMATS", "AnswerFormats", "BinaryFormat", "Format", "TextFormat", "register_format"]

WriterT = TypeVar("WriterT", bound=Callable[..., str | bytes])
TextFormat: TypeAlias = Literal[
    "txt",
    "csv",
    "json",
    "md",
    "dot",
    "svg",
    "jsonl",
    "sarif",
    "webhook",
    "yaml",
    "patch",
    "kubectl",
    "rhacs",
    "kubescape",
    "calico-staged",
    "cilium",
    "eks-application",
    "kguardian-audit",
    "junit",
    "github",
    "html",
]
"""Those of our formats that are text; a kind of answer has some of them."""
BinaryFormat: TypeAlias = Literal["png", "pdf"]
"""Those that are bytes."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write an answer down.

    Attributes
    ----------
    name : str
        As it is given to ``-o`` and to ``render``.
    suffix : str
        Ending of its files, with the dot.
    write : callable
        Returns the whole answer; of a map, ``write(connectivity, ip_ranges)``.
    binary : bool
        Whether it returns bytes, which are not for a terminal; else it returns text.
    """

    name: str
    suffix: str
    write: Callable[..., str | bytes]
    binary: bool = False

    @property
    def docs(self) -> str:
        """What the format looks like: the docstring of its writer."""
        return inspect.getdoc(self.write) or ""

    @property
    def description(self) -> str:
        """The first line of `docs`."""
        return self.docs.partition("\n")[0]


class AnswerFormats:
    """The formats of all kinds of answers: of a ``map``, of a ``diff``, of a ``table`` and so on.

    Attributes
    ----------
    plugins : Plugins of Format
        By answer and format, as in ``map.txt``. So entry points of other packages are called, too.
    """

    def __init__(self) -> None:
        self.plugins: Plugins[Format] = Plugins("format", group="netpol_workbench.formats")
        self._answers: set[str] = set()

    def declare(self, *answers: str) -> None:
        """Make kinds of answers known, so that formats can be registered for them.

        Parameters
        ----------
        *answers : str
            As in `Result.written_as`.
        """
        self._answers.update(answers)

    def answers(self) -> tuple[str, ...]:
        """Return the kinds of answers that have formats, sorted."""
        return tuple(sorted(self._answers))

    def check_answer(self, answer: str) -> None:
        """See whether there is such a kind of answer.

        Raises
        ------
        UnknownPluginError
            If there is none.
        """
        if answer not in self._answers:
            message = f"unknown kind of answer {answer!r}; there are {', '.join(self.answers())}"
            raise UnknownPluginError(message)

    def names(self, answer: str) -> tuple[str, ...]:
        """Return the names of all formats of an answer, sorted; those of other packages are not loaded for it."""
        return tuple(key.removeprefix(f"{answer}.") for key in self.plugins.names() if key.startswith(f"{answer}."))

    def named(self, answer: str, name: str) -> Format:
        """Return the format of an answer that is called `name`.

        Raises
        ------
        UnknownPluginError
            If there is none, or no such answer, or if the package that offers it cannot be loaded.
        """
        self.check_answer(answer)
        names = self.names(answer)
        if name not in names:
            message = f"unknown format {name!r}; there are {', '.join(names)}"
            raise UnknownPluginError(message)
        return self.plugins.named(f"{answer}.{name}")

    @overload
    def render(self, answer: str, name: TextFormat, *given: object) -> str: ...
    @overload
    def render(self, answer: str, name: BinaryFormat, *given: object) -> bytes: ...
    @overload
    def render(self, answer: str, name: str, *given: object) -> str | bytes: ...
    def render(self, answer: str, name: str, *given: object) -> str | bytes:
        """Return an answer in the format called `name`: bytes where the format is binary, else text.

        Parameters
        ----------
        answer : str
            One of `answers`.
        name : str
            One of `names`.
        *given : object
            What writers of this kind are given: the answer, and how it is to be written.

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        return self.named(answer, name).write(*given)

    def of_file(self, answer: str, path: str) -> Format:
        """Return the format of an answer that the ending of `path` stands for.

        Raises
        ------
        UnknownPluginError
            If the ending belongs to no format; the message says which formats could not be loaded, since it may be
            that of one of them.
        """
        suffix = PurePath(path).suffix.lower()
        keys = [f"{answer}.{name}" for name in self.names(answer)]
        formats = [found for found in map(self.plugins.get, keys) if found is not None]
        for known in formats:
            if known.suffix.lower() == suffix:
                return known
        endings = ", ".join(known.suffix for known in formats)
        message = f"no format is written to {suffix or 'files without an ending'!r}; known endings are {endings}"
        failed = [why.message for why in map(self.plugins.failure, keys) if why is not None]
        raise UnknownPluginError("; ".join([message, *failed]))


ANSWER_FORMATS: Final = AnswerFormats()
"""The formats of all answers."""


def register_format(answer: str, name: str, *, suffix: str = "", binary: bool = False) -> Callable[[WriterT], WriterT]:
    """Return a decorator that registers a function as a format of an answer: it writes the answer down.

    Parameters
    ----------
    answer : str
        Which kind of answer it writes; see `AnswerFormats.answers`.
    name : str
        Replaces the format of that name if there is one, so that a notebook's cell can run twice.
    suffix : str, optional
        Ending of its files; ``.name`` if not given.
    binary : bool, optional
        Whether the function returns bytes; text if not given.

    Raises
    ------
    UnknownPluginError
        If there is no such kind of answer.

    Notes
    -----
    `CONTRIBUTING.md` has a recipe.
    """
    ANSWER_FORMATS.check_answer(answer)

    def registered(write: WriterT) -> WriterT:
        ANSWER_FORMATS.plugins.register(f"{answer}.{name}", Format(name, suffix or f".{name}", write, binary))
        return write

    return registered
