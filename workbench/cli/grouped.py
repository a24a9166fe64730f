"""Groups of options that commands take as one parameter, each group declared once.

Typer makes an option of each parameter of a function. A command whose parameter is a group, a dataclass
with an annotated field for each option, is shown to it with these options in the parameter's place.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["grouped"]


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with an option for each field of its parameters that are groups.

    Parameters
    ----------
    command : callable
        Its parameters whose type is a dataclass are keyword-only. No two options have the same name.
    """
    own = signature(command, eval_str=True)
    groups: dict[str, type[Any]] = {
        name: one.annotation
        for name, one in own.parameters.items()
        if isinstance(one.annotation, type) and is_dataclass(one.annotation)
    }

    @wraps(command)
    def taking_options(*words: object, **options: object) -> None:
        made = {
            name: group(**{field.name: options.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(*words, **options, **made)

    parameters = [
        shown
        for name, parameter in own.parameters.items()
        for shown in (_options_of(groups[name]) if name in groups else (parameter,))
    ]
    # The two places where Typer looks for options and their types.
    vars(taking_options)["__signature__"] = own.replace(parameters=parameters)
    taking_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return taking_options


def _options_of(group: type[Any]) -> Iterator[Parameter]:
    types = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=types[field.name])
