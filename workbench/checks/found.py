"""What a check yields: an object, what is wrong with it, the fact that proves it, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from workbench.checks.severity import CheckSeverity
from workbench.inventory import Namespace, Service, Workload
from workbench.manifests import FieldPath, Source
from workbench.policy import LeftOut, Policy, Rule

__all__ = ["Found", "Patch"]


@dataclass(frozen=True, eq=False)
class Patch:
    """A change that removes what was found; it is tried by what-if before it is applied.

    Attributes
    ----------
    given : str or callable
        Documents to apply, or what writes them when they are first asked for.
    delete : tuple of str
        Policies to delete, as ``Kind namespace/name``.
    """

    given: str | Callable[[], str] = field(default="", repr=False)
    delete: tuple[str, ...] = ()

    @cached_property
    def yaml(self) -> str:
        """Documents to apply; each takes the place of one of its name."""
        return self.given if isinstance(self.given, str) else self.given()

    def __bool__(self) -> bool:
        return bool(self.delete or self.yaml)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patch) and (self.yaml, self.delete) == (other.yaml, other.delete)

    def __hash__(self) -> int:
        return hash(self.delete)


NO_PATCH = Patch()


@dataclass(frozen=True, slots=True)
class Found:
    """What a check has found.

    Attributes
    ----------
    object : str
        ``Kind namespace/name`` (or ``Kind name``).
    message : str
        What is wrong with it, in one sentence without the object's name.
    namespace : str
        Of the object; the name of a namespace. Empty for what is in none.
    workload : str
        The workload that it is about, ``namespace/name[Kind]``; empty for none.
    path : tuple of str or int
        Field of the object, such as ``("spec", "ingress", 0)``; empty for the whole object.
    source : Source
        Where the object is written.
    evidence : tuple of str
        The facts that prove it, a line each.
    src, dst, ports : str
        A connection that shows it; empty without one.
    remedy : str
        What to do about this one; that of the check where it is empty.
    patch : Patch
        The change that removes it; false where none is ready.
    severity : CheckSeverity or None
        That of the check where it is None.
    key : str
        What tells it from other findings of the check about the same field, from run to run.
    """

    object: str
    message: str
    namespace: str = ""
    workload: str = ""
    path: FieldPath = ()
    source: Source = Source()
    evidence: tuple[str, ...] = ()
    src: str = ""
    dst: str = ""
    ports: str = ""
    remedy: str = ""
    patch: Patch = NO_PATCH
    severity: CheckSeverity | None = None
    key: str = ""

    @classmethod
    def of_policy(  # noqa: PLR0913  (one parameter a fact)
        cls,
        policy: Policy | LeftOut,
        message: str,
        *,
        rule: Rule | None = None,
        path: FieldPath = (),
        evidence: tuple[str, ...] = (),
        connection: tuple[str, str, str] = ("", "", ""),
        remedy: str = "",
        patch: Patch = NO_PATCH,
        severity: CheckSeverity | None = None,
        key: str = "",
    ) -> Found:
        """Return what is wrong with a policy, or with one of its rules.

        Parameters
        ----------
        policy : Policy or LeftOut
        message : str
        rule : Rule, optional
        path : tuple of str or int, optional
            Field within the rule; without one, within the policy.
        evidence : tuple of str, optional
        connection : (str, str, str), optional
            Source, destination and ports that show it.
        remedy : str, optional
        patch : Patch, optional
        severity : CheckSeverity, optional
        key : str, optional
        """
        known = policy.policy if isinstance(policy, LeftOut) else policy
        src, dst, ports = connection
        return cls(
            known.ref,
            message,
            namespace=known.namespace,
            path=(*(rule.path if rule else ()), *path),
            source=known.source,
            evidence=evidence,
            src=src,
            dst=dst,
            ports=ports,
            remedy=remedy,
            patch=patch,
            severity=severity,
            key=key,
        )

    @classmethod
    def of_workload(  # noqa: PLR0913  (one parameter a fact)
        cls,
        workload: Workload,
        message: str,
        *,
        evidence: tuple[str, ...] = (),
        connection: tuple[str, str, str] = ("", "", ""),
        remedy: str = "",
        patch: Patch = NO_PATCH,
        severity: CheckSeverity | None = None,
        key: str = "",
    ) -> Found:
        """Return what is wrong with a workload.

        Parameters
        ----------
        workload : Workload
        message : str
        evidence : tuple of str, optional
        connection : (str, str, str), optional
            Source, destination and ports that show it.
        remedy : str, optional
        patch : Patch, optional
        severity : CheckSeverity, optional
        key : str, optional
        """
        src, dst, ports = connection
        return cls(
            f"{workload.kind} {workload.namespace}/{workload.name}",
            message,
            namespace=workload.namespace,
            workload=workload.peer,
            source=workload.source,
            evidence=evidence,
            src=src,
            dst=dst,
            ports=ports,
            remedy=remedy,
            patch=patch,
            severity=severity,
            key=key,
        )

    @classmethod
    def of_namespace(  # noqa: PLR0913  (one parameter a fact)
        cls,
        namespace: Namespace,
        message: str,
        *,
        evidence: tuple[str, ...] = (),
        remedy: str = "",
        patch: Patch = NO_PATCH,
        severity: CheckSeverity | None = None,
        key: str = "",
    ) -> Found:
        """Return what is wrong with a namespace.

        Parameters
        ----------
        namespace : Namespace
        message : str
        evidence : tuple of str, optional
        remedy : str, optional
        patch : Patch, optional
        severity : CheckSeverity, optional
        key : str, optional
        """
        return cls(
            f"Namespace {namespace.name}",
            message,
            namespace=namespace.name,
            source=namespace.source,
            evidence=evidence,
            remedy=remedy,
            patch=patch,
            severity=severity,
            key=key,
        )

    @classmethod
    def of_service(cls, service: Service, message: str, *, evidence: tuple[str, ...] = (), key: str = "") -> Found:
        """Return what is wrong with a Service.

        Parameters
        ----------
        service : Service
        message : str
        evidence : tuple of str, optional
        key : str, optional
        """
        return cls(
            f"Service {service.namespace}/{service.name}",
            message,
            namespace=service.namespace,
            source=service.source,
            evidence=evidence,
            key=key,
        )
