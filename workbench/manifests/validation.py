"""Is this object shaped as Kubernetes wants it: pydantic models whose errors become Problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog, Severity
from workbench.manifests.source import FieldPath

__all__ = ["IntOrString", "JsonInt", "KubernetesModel", "validate", "warn_unknown_fields"]

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
    """A part of a Kubernetes object: camelCase names, no coercion, unknown fields kept for a warning."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="allow", strict=True, frozen=True, loc_by_alias=True, populate_by_name=False
    )


def validate(
    model: type[Model], content: object, manifest: Manifest, log: ProblemLog, path: FieldPath = ()
) -> Model | None:
    """Return `content`, the part of `manifest` at `path`, as a `model`; None where it does not fit.

    Every error becomes a Problem (code ``wrong-type``) that names the field.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            steps = tuple(step for step in detail["loc"] if step not in _BRANCHES)
            log.add(
                manifest.problem(
                    Severity.ERROR,
                    "missing-field" if detail["type"] == "missing" else "wrong-type",
                    f"{detail['msg'][:1].lower()}{detail['msg'][1:]}{_given(detail)}",
                    remedy="The API server rejects it as it stands, so it is left out.",
                    path=(*path, *steps),
                )
            )
        return None


def warn_unknown_fields(part: KubernetesModel, manifest: Manifest, log: ProblemLog, path: FieldPath = ()) -> None:
    """Warn of each field in `part` and below that Kubernetes does not know: mostly a slip of the pen."""
    for name in part.model_extra or {}:
        known = ", ".join(field.alias or name for name, field in type(part).model_fields.items())
        log.add(
            manifest.problem(
                Severity.WARNING,
                "unknown-field",
                f"unknown field {name!r} is ignored",
                remedy=f"Known here are: {known}.",
                path=(*path, name),
            )
        )
    for name, field in type(part).model_fields.items():
        for steps, child in _models_in(getattr(part, name), (*path, field.alias or name)):
            warn_unknown_fields(child, manifest, log, steps)


def _models_in(value: object, path: FieldPath) -> Iterator[tuple[FieldPath, KubernetesModel]]:
    if isinstance(value, KubernetesModel):
        yield path, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _models_in(item, (*path, index))


def _given(detail: Mapping[str, Any]) -> str:
    value = detail.get("input")
    if detail["type"] == "missing" or isinstance(value, (Mapping, list)):
        return ""
    text = repr(value)
    return f", not {text if len(text) <= 60 else text[:57] + '…'}"  # noqa: PLR2004  (as much as fits a line)
