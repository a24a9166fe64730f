"""Is this object shaped as Kubernetes wants it: pydantic models whose errors become Problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog, Severity
from workbench.manifests.source import FieldPath

__all__ = ["IntOrString", "JsonInt", "KubernetesModel", "validate"]

Model = TypeVar("Model", bound="KubernetesModel")

_BRANCHES = frozenset({"int", "str", "function-before[whole_float_as_int(), int]"})
"""Names that pydantic puts into an error's path for the branches of a union; they are no fields."""


def whole_float_as_int(value: object) -> object:
    """Return a float without a fraction as an int: JSON, through which Kubernetes reads YAML, has one number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


JsonInt = Annotated[int, BeforeValidator(whole_float_as_int)]
"""A whole number as JSON writes it: ``8e1`` is 80; ``true`` and ``"80"`` are errors."""
IntOrString = JsonInt | str
"""Kubernetes' IntOrString: a port's number or its name."""


class KubernetesModel(BaseModel):
    """A part of a Kubernetes object: camelCase names, no coercion, unknown fields found out."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, frozen=True, loc_by_alias=True, populate_by_name=False
    )


def validate(
    model: type[Model], content: object, manifest: Manifest, log: ProblemLog, path: FieldPath = ()
) -> Model | None:
    """Return `content`, the part of `manifest` at `path`, as a `model`; None where it does not fit.

    Every error becomes a Problem (code ``wrong-type`` or ``missing-field``) that names the field.
    Fields that Kubernetes does not know, mostly slips of the pen, are ignored with a warning.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_url=False)
    unknown = [detail["loc"] for detail in details if detail["type"] == "extra_forbidden"]
    for steps in unknown:
        log.add(
            manifest.problem(
                Severity.WARNING,
                "unknown-field",
                f"unknown field {steps[-1]!r} is ignored",
                remedy="Look for a slip of the pen, or for a wrong indentation.",
                path=(*path, *_fields(steps)),
            )
        )
    for detail in details:
        if detail["type"] != "extra_forbidden":
            log.add(
                manifest.problem(
                    Severity.ERROR,
                    "missing-field" if detail["type"] == "missing" else "wrong-type",
                    f"{detail['msg'][:1].lower()}{detail['msg'][1:]}{_given(detail)}",
                    remedy="The API server rejects it as it stands, so it is left out.",
                    path=(*path, *_fields(detail["loc"])),
                )
            )
    if len(unknown) < len(details):
        return None
    return model.model_validate(_without(content, {_fields(steps) for steps in unknown}))


def _fields(steps: FieldPath) -> FieldPath:
    return tuple(step for step in steps if step not in _BRANCHES)


def _without(content: object, unknown: set[FieldPath], path: FieldPath = ()) -> object:
    """Return a copy of `content` without the fields at the paths `unknown`."""
    if isinstance(content, Mapping):
        return {key: _without(v, unknown, (*path, key)) for key, v in content.items() if (*path, key) not in unknown}
    if isinstance(content, list):
        return [_without(value, unknown, (*path, index)) for index, value in enumerate(content)]
    return content


def _given(detail: Mapping[str, Any]) -> str:
    value = detail.get("input")
    if detail["type"] == "missing" or isinstance(value, (Mapping, list)):
        return ""
    text = repr(value)
    return f", not {text if len(text) <= 60 else text[:57] + '…'}"  # noqa: PLR2004  (as much as fits a line)
