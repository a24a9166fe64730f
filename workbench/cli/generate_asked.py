"""What ``generate`` is asked: the options of strategies as texts say them, and what is known beside manifests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_origin

import typer

from workbench.cli.flows_loading import flows_at
from workbench.cli.workspace_options import opened_workspace
from workbench.ground import UnknownPluginError, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate import Level, Option, Proposal, Strategy
    from workbench.ground import Problem
    from workbench.inventory import Cluster

__all__ = ["Asked", "Known", "Origin", "given_options", "listed_strategies", "option_pairs", "proposal_asked"]

Origin: TypeAlias = Literal["manifests", "flows", "baseline", "list", "recipe", "kubescape"]


def given_options(listed: Sequence[str] | None, recipe: str, dns_port: str) -> dict[str, Any]:
    """Return the options of strategies that have an option of their own here."""
    found: dict[str, Any] = {}
    if listed:
        found["connections"] = [Path(one) for one in listed]
    if recipe:
        found["name"] = recipe
    if dns_port:
        found["dns_port"] = dns_port
    return found


def option_pairs(options: Sequence[str] | None) -> dict[str, str]:
    """Return what ``--set`` was given, by the names of options.

    Raises
    ------
    typer.BadParameter
        If one has no value.
    """
    found = {}
    for one in options or ():
        name, sign, value = one.partition("=")
        if not sign:
            message = f"{one} has no value: write --set {name}=VALUE"
            raise typer.BadParameter(message, param_hint="'--set'")
        found[name.replace("-", "_")] = value
    return found


class Asked(NamedTuple):
    """What is asked of a strategy, in words.

    Attributes
    ----------
    options : dict of str to object
    namespaces, workloads : tuple of str
    level : str

    """

    options: dict[str, Any]
    namespaces: tuple[str, ...]
    workloads: tuple[str, ...]
    level: Level


class Known(NamedTuple):
    """What is known beside the manifests.

    Attributes
    ----------
    flows : Flows or None
    baselines : Baselines or None
    book : AddressBook or None
    problems : tuple of Problem

    """

    flows: Flows | None = None
    baselines: Baselines | None = None
    book: AddressBook | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, origin: Origin, paths: Sequence[str] | None, workspace: str | None, cluster: Cluster) -> Known:
        """Return what is asked for; of the workspace where no recording is named, or where it is named itself."""
        flows: Flows | None = None
        problems: tuple[Problem, ...] = ()
        if paths or origin == "flows":
            loaded = flows_at(paths, workspace, cluster)
            flows, problems = loaded, tuple(loaded.problems_found)
        if workspace is None and origin != "baseline":
            return cls(flows, problems=problems)
        with opened_workspace(workspace) as opened:
            baselines, book = opened.baselines() if origin == "baseline" else None, opened.address_book()
        unread = (*(() if baselines is None else baselines.problems), *book.problems)
        return cls(flows, baselines, book or None, (*problems, *unread))


def proposal_asked(cluster: Cluster, known: Known, name: str, asked: Asked) -> Proposal:
    """Return what a strategy proposes, at the level that is asked for.

    Raises
    ------
    typer.BadParameter
        If there is no such strategy.
    """
    from workbench.generate import STRATEGIES, loosened, propose  # noqa: PLC0415  (brings pandas)

    try:
        strategy = STRATEGIES.named(name)
    except UnknownPluginError as error:
        raise typer.BadParameter(visible(str(error)), param_hint="'--strategy'") from error
    found = propose(
        cluster,
        known.flows,
        strategy=name,
        baselines=known.baselines,
        book=known.book,
        namespaces=asked.namespaces,
        workloads=asked.workloads,
        **{option: _valued(strategy, option, value) for option, value in asked.options.items()},
    )
    return loosened(found, asked.level)


def _valued(strategy: Strategy, name: str, value: Any) -> Any:  # noqa: ANN401  (as options have it)
    """Return what a text of the command line means for an option of a strategy."""
    annotation = next((one.annotation for one in strategy.options if one.name == name), None)
    if not isinstance(value, str) or annotation is None:
        return value
    if annotation is bool:
        return _BOOLEANS.get(value.lower(), value)
    if annotation is int and value.isdecimal():
        return int(value)
    if get_origin(annotation) is tuple:
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


def listed_strategies() -> str:
    """Return what strategies there are, with their options."""
    from workbench.generate import STRATEGIES  # noqa: PLC0415  (brings pandas)

    return "".join(f"{line}\n" for one in STRATEGIES for line in _described(one))


def _default(option: Option) -> str:
    if option.is_required:
        return ""
    if isinstance(option.default, tuple):
        return ",".join(option.default)
    return str(option.default).lower() if isinstance(option.default, bool) else str(option.default)


def _described(strategy: Strategy) -> Iterator[str]:
    yield f"{strategy.name}"
    yield f"    {strategy.meaning}"
    for option in strategy.options:
        values = f" ({'|'.join(option.choices)})" if option.choices else ""
        yield f"    --set {option.name}={_default(option)}{values}{' (required)' if option.is_required else ''}"
        yield f"        {option.meaning}"
