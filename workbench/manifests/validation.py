"""Is this object shaped as Kubernetes wants it: pydantic models whose errors become Problems."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, ValidationError
from pydantic.alias_generators import to_camel

from workbench.ground import Problem, ProblemLog, Severity
from workbench.manifests.locate import written_value
from workbench.manifests.manifest import Manifest
from workbench.manifests.source import FieldPath, Source, field_path

__all__ = [
    "ExactModel",
    "Fit",
    "GoList",
    "IntOrString",
    "JsonInt",
    "KubernetesModel",
    "StringMap",
    "Texts",
    "fit",
    "validate",
    "whole_float_as_int",
]

Model = TypeVar("Model", bound="KubernetesModel")

_MOST = 20
"""Problems of one kind that are reported of one object."""
_SHOWN = 60
"""Characters of a wrong value that a message shows."""
_MESSAGES = {
    "string_type": ("must be text", "put the value in quotes"),
    "int_type": ("must be a whole number", "write a number, without quotes"),
    "bool_type": ("must be true or false", "write it without quotes"),
    "list_type": ("must be a list", "begin each entry with a dash"),
    "dict_type": ("must be a mapping", "write it as name: value"),
    "model_type": ("must be a mapping", "write it as field: value"),
    "model_attributes_type": ("must be a mapping", "write it as field: value"),
    "missing": ("is missing", ""),
}
"""What to say, and what to do, for the kinds of error that pydantic tells apart."""


def whole_float_as_int(value: object) -> object:
    """Return a float without a fraction as an int: JSON, through which Kubernetes reads YAML, has one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


JsonInt = Annotated[int, BeforeValidator(whole_float_as_int)]
"""A whole number as JSON writes it: ``8e1`` is 80; ``true`` and ``"80"`` are errors."""


def _number_or_name(value: object) -> int | str:
    whole = whole_float_as_int(value)
    if isinstance(whole, str) or (isinstance(whole, int) and not isinstance(whole, bool)):
        return whole
    message = "must be a port's number or name"
    raise ValueError(message)


IntOrString = Annotated[int | str, PlainValidator(_number_or_name)]
"""Kubernetes' IntOrString: a port's number or its name."""


def _null_as_empty(value: object) -> object:
    if isinstance(value, dict) and None in value.values():
        return {key: "" if text is None else text for key, text in value.items()}
    return value


StringMap = Annotated[dict[str, str], BeforeValidator(_null_as_empty)]
"""A map of texts, such as labels; null is an empty text, as in Go."""


def _null_as_empty_object(value: object) -> object:
    if isinstance(value, list) and None in value:
        return [{} if entry is None else entry for entry in value]
    return value


def _null_as_empty_text(value: object) -> object:
    return ["" if entry is None else entry for entry in value] if isinstance(value, list) else value


Entry = TypeVar("Entry")
GoList = Annotated[list[Entry], BeforeValidator(_null_as_empty_object)]
"""A list of objects of a built-in kind; null, such as a lone dash in YAML, is an empty object, as in Go."""

Texts = Annotated[list[str], BeforeValidator(_null_as_empty_text)]
"""A list of texts of a built-in kind; null is an empty text, as in Go."""


class KubernetesModel(BaseModel):
    """A part of a Kubernetes object: camelCase names and no coercion; fields that are not modelled are passed over."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True)


class ExactModel(KubernetesModel):
    """A part of which every field is modelled, so that the API server refuses any other one."""

    model_config = ConfigDict(extra="forbid")


class Fit(NamedTuple, Generic[Model]):
    """How a part of an object fits its model.

    Attributes
    ----------
    value : KubernetesModel or None
        The part without its unknown fields; None where something else is wrong with it.
    unknown : tuple of FieldPath
        Paths, from the object's root, of the fields that an `ExactModel` does not know.
    errors : tuple of Problem
        What else is wrong (code ``invalid-object``), each naming its field.
    """

    value: Model | None
    unknown: tuple[FieldPath, ...] = ()
    errors: tuple[Problem, ...] = ()


def fit(model: type[Model], content: object, manifest: Manifest, path: FieldPath = ()) -> Fit[Model]:
    """Return how `content`, the part of `manifest` at `path`, fits `model`."""
    try:
        return Fit(model.model_validate(content))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    unknown = {detail["loc"] for detail in details if detail["type"] == "extra_forbidden"}
    wrong = [detail for detail in details if detail["type"] != "extra_forbidden"]
    return Fit(
        None if wrong else model.model_validate(_without(content, unknown)),
        tuple((*path, *loc) for loc in sorted(unknown, key=str)),
        tuple(_error(detail, manifest, (*path, *detail["loc"])) for detail in wrong[:_MOST]),
    )


def validate(
    model: type[Model], content: object, manifest: Manifest, log: ProblemLog, path: FieldPath = ()
) -> Model | None:
    """Return `content`, the part of `manifest` at `path`, as a `model`; None, and problems, where it does not fit.

    Parameters
    ----------
    model : type
    content : object
    manifest : Manifest
    log : ProblemLog
        Gets what is wrong.
    path : FieldPath, optional
    """
    found = fit(model, content, manifest, path)
    log.extend(replace(error, message=f"{error.message}; the object is left out") for error in found.errors)
    return found.value


def _error(detail: Mapping[str, Any], manifest: Manifest, steps: FieldPath) -> Problem:
    message, remedy = _MESSAGES.get(detail["type"], (_plain(detail["msg"]), ""))
    text = f"{_named(steps)} {message}{_given(detail, manifest.source, steps)}"
    return manifest.problem(Severity.ERROR, "invalid-object", text, remedy=remedy, path=steps)


def _named(steps: FieldPath) -> str:
    """Return the end of a field's path: its name, with the place in a list."""
    first = next((place for place in range(len(steps) - 1, -1, -1) if isinstance(steps[place], str)), 0)
    return field_path(steps[first:]) or "the object"


def _without(content: object, unknown: set[FieldPath], path: FieldPath = ()) -> object:
    """Return a copy of `content` without the fields at the paths `unknown`."""
    if isinstance(content, Mapping):
        return {key: _without(v, unknown, (*path, key)) for key, v in content.items() if (*path, key) not in unknown}
    if isinstance(content, list):
        return [_without(value, unknown, (*path, index)) for index, value in enumerate(content)]
    return content


def _given(detail: Mapping[str, Any], source: Source, path: FieldPath) -> str:
    """Return the wrong value as it was written; `1.10` is 1.1 to a program, and `no` is false."""
    value = detail.get("input")
    if detail["type"] == "missing" or isinstance(value, (Mapping, list)):
        return ""
    text = written_value(source, path) or json.dumps(value, ensure_ascii=False, default=str)
    return f", not {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}"


def _plain(message: str) -> str:
    return message.replace("Input should be", "must be").replace("Value error, ", "")
