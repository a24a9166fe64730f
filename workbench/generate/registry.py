"""Which strategies there are, and how one of your own joins them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, get_args, get_origin, get_type_hints

from workbench.generate.draft import Draft, Drafts
from workbench.generate.protected import is_protected
from workbench.ground import ArgumentError, Plugins

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.policy import Policy

__all__ = ["STRATEGIES", "Option", "Proposed", "Strategy", "strategy", "written_options"]

Proposed: TypeAlias = "Drafts | Iterable[Draft | Policy | Mapping[str, Any]]"
"""What a strategy may return: drafts with their reasons, or policies, as values or as manifests."""
_REQUIRED: Final = inspect.Parameter.empty


class Option(NamedTuple):
    """An option of a strategy: one of its keyword parameters.

    Attributes
    ----------
    name : str
    annotation : object
        What may be given: ``bool``, ``int``, ``str``, ``tuple[str, ...]`` or a ``Literal``.
    default : object
        `inspect.Parameter.empty` where it has to be given.
    meaning : str
        As the strategy's docstring says it.
    """

    name: str
    annotation: Any
    default: Any
    meaning: str

    @property
    def is_required(self) -> bool:
        """Whether it has to be given."""
        return self.default is _REQUIRED

    @property
    def initial(self) -> Any:  # noqa: ANN401  (as the option has it)
        """What it is until something is given: its default, or nothing of its kind where it has to be given."""
        if not self.is_required:
            return self.default
        if self.choices:
            return self.choices[0]
        if get_origin(self.annotation) is tuple:
            return ()
        return self.annotation() if self.annotation in {bool, int} else ""

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be given, where that is one of a few texts."""
        return tuple(map(str, get_args(self.annotation))) if get_origin(self.annotation) is Literal else ()

    def checked(self, value: object) -> object:
        """Return a value that may be given.

        Parameters
        ----------
        value : object

        Raises
        ------
        ArgumentError
            If it is of another type, or none of the choices.
        """
        if self.choices:
            fits, wanted = value in self.choices, f"one of {', '.join(self.choices)}"
        elif get_origin(self.annotation) is tuple:
            fits = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
            wanted = "several texts"
            value = tuple(value) if fits and isinstance(value, (list, tuple)) else value
        elif isinstance(self.annotation, type) and self.annotation is not Any:
            fits = isinstance(value, self.annotation) and (self.annotation is bool or not isinstance(value, bool))
            wanted = {bool: "true or false", int: "a whole number", str: "a text"}.get(
                self.annotation, f"of type {self.annotation.__name__}"
            )
        else:
            fits, wanted = True, ""
        if not fits:
            message = f"the option {self.name} is {wanted}, and not {value!r:.80}"
            raise ArgumentError(message)
        return value


@dataclass(frozen=True)
class Strategy:
    """A way to propose policies.

    Attributes
    ----------
    name : str
    meaning : str
        What it does, in one sentence.
    proposes : callable
        Given a `Context`, and options by name.
    options : tuple of Option
    is_protected : callable
        Tells of a namespace whether nothing is proposed for it, unless something else is asked for.
    """

    name: str
    meaning: str
    proposes: Callable[..., Proposed]
    options: tuple[Option, ...]
    is_protected: Callable[[str], bool] = is_protected

    def chosen(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of each option: what is given, else its default.

        Parameters
        ----------
        given : mapping of str to object

        Raises
        ------
        ArgumentError
            If there is no such option, or if it may not have the value.
        """
        known = {one.name: one for one in self.options}
        if strange := sorted(set(given) - set(known)):
            message = f"the strategy {self.name} has no option {strange[0]}"
            raise ArgumentError(message, f"it has {', '.join(known)}" if known else "it has none")
        values = {name: one.checked(given[name]) if name in given else one.default for name, one in known.items()}
        if missing := [name for name, value in values.items() if value is _REQUIRED]:
            message = f"the strategy {self.name} needs the option {missing[0]}: {known[missing[0]].meaning}"
            raise ArgumentError(message)
        return values

    def propose(self, context: Context, options: Mapping[str, Any]) -> Drafts:
        """Return what it proposes; policies without drafts are drafts without reasons.

        Parameters
        ----------
        context : Context
        options : mapping of str to object
            As `chosen` returns them.
        """
        return context.drafts_of(self.proposes(context, **options), self.name)


STRATEGIES: Final[Plugins[Strategy]] = Plugins("strategy", group="netpol_workbench.strategies")
"""The strategies by name."""


def strategy(
    name: str, *, protected: Callable[[str], bool] = is_protected
) -> Callable[[Callable[..., Proposed]], Callable[..., Proposed]]:
    """Register a function as the strategy called `name`; its keyword parameters are the options.

    Parameters
    ----------
    name : str
    protected : callable, optional
        Tells of a namespace whether nothing is proposed for it; by default by `protected.PROTECTED_NAMESPACES`.

    Returns
    -------
    callable
        Takes the function, and returns it as it is.

    Examples
    --------
    >>> @strategy("from-one-namespace")
    ... def from_one_namespace(context, *, namespace: str = "shop"):
    ...     '''Admit what was seen to come from one namespace.'''
    ...     needs = [need for need in context.needs if need.src.startswith(f"{namespace}/")]
    ...     return context.admitting(needs, directions=("ingress",))
    """

    def register(function: Callable[..., Proposed]) -> Callable[..., Proposed]:
        meaning, meanings = _documented(function)
        parameters = [one for one in inspect.signature(function).parameters.values() if one.kind is one.KEYWORD_ONLY]
        # What other parameters are may be known to type checkers alone.
        annotated = {one.name: one.annotation for one in parameters if one.annotation is not one.empty}
        hints = get_type_hints(type("Options", (), {"__annotations__": annotated}), function.__globals__)
        options = tuple(
            Option(one.name, hints.get(one.name, Any), one.default, meanings.get(one.name, "")) for one in parameters
        )
        STRATEGIES.register(name, Strategy(name, meaning, function, options, protected))
        return function

    return register


def _documented(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return the first paragraph of a docstring, and what it says of each parameter, as numpydoc writes them."""
    lines = (inspect.getdoc(function) or "").splitlines()
    first = " ".join(lines[: lines.index("")] if "" in lines else lines)
    found: dict[str, list[str]] = {}
    name = ""
    inside = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if set(following) == {"-"}:
            inside = line == "Parameters"
        elif inside and line and not line.startswith((" ", "-")):
            name = line.partition(":")[0].strip()
            found[name] = []
        elif inside and line.startswith(" ") and name:
            found[name].append(line.strip())
    return _spoken(first), {key: _spoken(" ".join(words)) for key, words in found.items()}


def _spoken(text: str) -> str:
    """Return a text of a docstring as people read it who do not know its markup."""
    return text.replace("``", "'")


def written_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as JSON has them; a DataFrame as its rows.

    Parameters
    ----------
    options : mapping of str to object
    """
    return {name: _written(value) for name, value in options.items()}


def _written(value: Any) -> Any:  # noqa: ANN401  (whatever a strategy takes)
    if hasattr(value, "to_dict"):
        known = value.astype("object").where(value.notna(), None)
        return [{str(key): _written(cell) for key, cell in row.items()} for row in known.to_dict("records")]
    if isinstance(value, Mapping):
        return written_options(value)
    if isinstance(value, (list, tuple)):
        return [_written(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
