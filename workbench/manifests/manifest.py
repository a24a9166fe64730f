"""One Kubernetes object as it was written, and the place where it was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.ground import Problem, Severity, text_at
from workbench.manifests.locate import field_line
from workbench.manifests.source import FieldPath, Source, field_path

__all__ = ["Manifest"]


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """A Kubernetes object as plain JSON values, with its source.

    `content` must not be changed: documents are cached by their text and shared.

    Attributes
    ----------
    api_version, kind : str
        An empty string where they are missing or no string.
    group : str
        API group: the part of ``apiVersion`` before the slash; empty for the core group.
    metadata : mapping
        Empty where it is missing or no mapping.
    name : str
        ``metadata.name``, or an empty string.
    namespace : str
        ``metadata.namespace`` as written; empty where it is missing.
    """

    content: Mapping[str, Any] = field(repr=False)
    source: Source = Source()
    api_version: str = field(init=False, repr=False)
    group: str = field(init=False, repr=False)
    kind: str = field(init=False, repr=False)
    metadata: Mapping[str, Any] = field(init=False, repr=False)
    name: str = field(init=False, repr=False)
    namespace: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look once at what is asked for again and again."""
        keep = object.__setattr__  # the values are frozen
        version = text_at(self.content, "apiVersion")
        group, slash, _ = version.rpartition("/")
        metadata = self.content.get("metadata")
        known = metadata if isinstance(metadata, (dict, Mapping)) else {}
        keep(self, "api_version", version)
        keep(self, "group", group if slash else "")
        keep(self, "kind", text_at(self.content, "kind"))
        keep(self, "metadata", known)
        keep(self, "name", text_at(known, "name"))
        keep(self, "namespace", text_at(known, "namespace"))

    @property
    def any_name(self) -> str:
        """The name; the beginning of it where the API server is to make up the rest."""
        return self.name or text_at(self.metadata, "generateName")

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` (or ``Kind name``), for messages."""
        name = f"{self.namespace}/{self.any_name}" if self.namespace else self.any_name
        return f"{self.kind} {name}".strip()

    def problem(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        remedy: str = "",
        path: FieldPath = (),
    ) -> Problem:
        """Return a Problem about this object, or about the field at `path` within it.

        Parameters
        ----------
        severity : Severity
            How bad it is.
        code : str
            What kind of problem it is.
        message : str
            What is wrong.
        remedy : str, optional
            What to do about it.
        path : tuple of str or int
            Keys and list indices from the object's root, such as ``("spec", "ingress", 0)``.
        """
        return Problem(
            severity=severity,
            code=code,
            message=message,
            remedy=remedy,
            file=self.source.file,
            line=field_line(self.source, path),
            object=self.ref,
            field=field_path(path),
        )
