"""``netpol-workbench generate``: policies from manifests, flows, baselines, a list or a recipe."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeAlias, get_origin

import typer

from workbench.cli.asking import verdict_of
from workbench.cli.flows_loading import flows_at
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import ANSWER, INPUT, OUTPUT, InputPaths, ReadingOptions, ReportingOptions
from workbench.cli.progress import shown_progress
from workbench.cli.workspace_options import Workspace, opened_workspace
from workbench.cli.writing import STDOUT, format_named, write
from workbench.ground import ANSWER_FORMATS, UnknownPluginError, visible, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate import Level, Proposal, Strategy
    from workbench.ground import Problem
    from workbench.inventory import Cluster

__all__ = ["generate"]

Origin: TypeAlias = Literal["manifests", "flows", "baseline", "list", "recipe", "kubescape"]
_STRATEGY_OF: dict[Origin, str] = {
    "manifests": "build-time",
    "flows": "least-privilege",
    "baseline": "least-privilege",
    "list": "required-connections",
    "recipe": "recipe",
    "kubescape": "kubescape",
}
STRATEGY = "Strategy"


@grouped
def generate(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    origin: Annotated[
        Origin | None,
        typer.Option(
            "--from",
            help="What policies are made of.",
            show_default="flows where --flows is given, list where --list is, else manifests",
            rich_help_panel=INPUT,
        ),
    ] = None,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of flows; may be repeated. Without any, --from flows takes those of the workspace.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    listed: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Required connections: lines `shop/web -> shop/cart : TCP 8080`, or CSV; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe",
            metavar="NAME",
            help="Which recipe, such as default-deny.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = "",
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            metavar="NAME",
            help="How policies are made; --strategies lists them.",
            show_default="as --from says",
            rich_help_panel=STRATEGY,
        ),
    ] = "",
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="OPTION=VALUE",
            help="An option of the strategy; may be repeated.",
            show_default=False,
            rich_help_panel=STRATEGY,
        ),
    ] = None,
    dns_port: Annotated[
        str,
        typer.Option(
            "--dnsport",
            "--dns-port",
            metavar="PORT",
            help="Port of the DNS, or its name, of build-time.",
            show_default="53",
            rich_help_panel=STRATEGY,
        ),
    ] = "",
    connections: Annotated[
        bool,
        typer.Option(
            "--connections",
            help="Write the connections that manifests declare instead, as np-guard's analyzer does: JSON, or -o yaml.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    strategies: Annotated[
        bool,
        typer.Option(
            "--strategies", help="List the strategies with their options, and stop.", rich_help_panel=STRATEGY
        ),
    ] = False,
    namespaces: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="NAMESPACE",
            help="Keep to the workloads of this namespace; may be repeated.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    workloads: Annotated[
        list[str] | None,
        typer.Option(
            "--workload",
            metavar="NAME",
            help="Keep to this workload, as namespace/name[Kind]; may be repeated.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    level: Annotated[
        Literal["exact", "any-port", "namespace"],
        typer.Option("--permissiveness", help="How much more may be allowed for fewer rules.", rich_help_panel=ANSWER),
    ] = "exact",
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT",
            help=f"One of {', '.join(ANSWER_FORMATS.names('proposal'))}; txt says why each rule is there.",
            show_default="yaml",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    file: Annotated[
        str,
        typer.Option(
            "-f",
            "--output-file",
            metavar="FILE",
            help="Write all policies into this file.",
            show_default="standard output",
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    folder: Annotated[
        str,
        typer.Option(
            "-d",
            "--output-dir",
            metavar="DIR",
            help="Write a file for each policy into this folder.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    remove: Annotated[
        bool,
        typer.Option("--remove", help="Let -f and -d replace what was written there before.", rich_help_panel=OUTPUT),
    ] = False,
    reading: ReadingOptions,
    reporting: ReportingOptions,
) -> None:
    """Generate policies that allow what is needed, and say why each rule is there.

    What no rule was made of, and why, is said on standard error, and in full by `-o txt` and `-o json`. Nothing is
    applied.

    ```
    netpol-workbench generate manifests/ > policies.yaml
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz -d policies/
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz --in shop -o txt
    netpol-workbench generate manifests/ --from baseline -w netpol-workspace
    netpol-workbench generate manifests/ --list connections.txt --set dns=false
    netpol-workbench generate manifests/ --from recipe --recipe default-deny --in shop
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz --strategy rhacs -o kubectl
    ```

    Exit status:

    - 0: the policies were written.
    - 1: there are errors in the manifests. What could be generated is written all the same, unless --strict or --fail
      forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a file exists and --remove is not given.
    """
    if strategies:
        typer.echo(_strategies(), nl=False)
        raise typer.Exit
    inputs = Inputs.of(paths, reading)
    chosen = _origin(origin, flows, listed, recipe)
    destination = _Destination.of(output, file, folder, remove=remove)
    verdict = verdict_of(reporting, "proposal")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        problems = list(cluster.problems_found)
        refused = verdict.refuses(problems)
        if connections and not refused:
            write(_connections(cluster, output), file or None)
        elif not refused:
            found = _Known.of(chosen, flows, workspace, cluster)
            proposal = _proposal(
                cluster,
                found,
                strategy or _STRATEGY_OF[chosen],
                _Asked(
                    {**_given(listed, recipe, dns_port), **_pairs(options)},
                    tuple(namespaces or ()),
                    tuple(workloads or ()),
                    level,
                ),
            )
            problems = list(dict.fromkeys((*problems, *found.problems, *proposal.problems_found)))
            refused = verdict.refuses(problems)
    if not (refused or connections):
        destination.write(proposal)
        for note in (*proposal.notes, *(f"run first: {one}" for one in proposal.commands)):
            verdict.remark(visible(note))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def _connections(cluster: Cluster, output: str | None) -> str:
    from workbench.generate import reference_connections, reference_json, reference_yaml  # noqa: PLC0415  (as above)

    write_down = reference_yaml if output == "yaml" else reference_json
    return write_down(reference_connections(cluster))


def _origin(origin: Origin | None, flows: object, listed: object, recipe: str) -> Origin:
    if origin is not None:
        return origin
    if flows:
        return "flows"
    if listed:
        return "list"
    return "recipe" if recipe else "manifests"


def _given(listed: Sequence[str] | None, recipe: str, dns_port: str) -> dict[str, Any]:
    """Return the options of strategies that have an option of their own here."""
    found: dict[str, Any] = {}
    if listed:
        found["connections"] = [Path(one) for one in listed]
    if recipe:
        found["name"] = recipe
    if dns_port:
        found["dns_port"] = dns_port
    return found


def _pairs(options: Sequence[str] | None) -> dict[str, str]:
    found = {}
    for one in options or ():
        name, sign, value = one.partition("=")
        if not sign:
            message = f"{one} has no value: write --set {name}=VALUE"
            raise typer.BadParameter(message, param_hint="'--set'")
        found[name.replace("-", "_")] = value
    return found


class _Asked(NamedTuple):
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


class _Known(NamedTuple):
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
    def of(cls, origin: Origin, paths: Sequence[str] | None, workspace: str | None, cluster: Cluster) -> _Known:
        """Return what is asked for; of the workspace where no recording is named, or where it is named itself."""
        flows: Flows | None = None
        problems: tuple[Problem, ...] = ()
        if paths or origin == "flows":
            loaded = flows_at(paths, workspace, cluster)
            flows, problems = loaded, tuple(loaded.problems_found)
        if workspace is None and origin != "baseline":
            return cls(flows, problems=problems)
        with opened_workspace(workspace) as opened:
            baselines = opened.baselines() if origin == "baseline" else None
            return cls(flows, baselines, opened.address_book() or None, problems)


def _proposal(cluster: Cluster, known: _Known, name: str, asked: _Asked) -> Proposal:
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


def _strategies() -> str:
    """Return what strategies there are, with their options."""
    from workbench.generate import STRATEGIES  # noqa: PLC0415  (brings pandas)

    return "".join(f"{line}\n" for one in STRATEGIES for line in _described(one))


def _described(strategy: Strategy) -> Iterator[str]:
    yield f"{strategy.name}"
    yield f"    {strategy.meaning}"
    for option in strategy.options:
        default = ",".join(option.default) if isinstance(option.default, tuple) else option.default
        values = f" ({'|'.join(option.choices)})" if option.choices else ""
        yield f"    --set {option.name}={str(default).lower() if isinstance(default, bool) else default}{values}"
        yield f"        {option.meaning}"


def _unwritable(path: Path, *, is_folder: bool, remove: bool) -> str:
    """Return why policies cannot be written to a place; empty where they can."""
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist"
    if not path.exists():
        return ""
    if path.is_dir() != is_folder:
        return f"{path} is {'a folder' if path.is_dir() else 'a file'}"
    held = list(path.iterdir()) if is_folder else [path]
    if others := sorted(one.name for one in held if is_folder and (one.is_dir() or one.suffix != ".yaml")):
        return f"{path} holds {others[0]}, which is no policy: it is not replaced"
    return f"{path} exists; --remove replaces it" if held and not remove else ""


class _Destination(NamedTuple):
    """Where policies go.

    Attributes
    ----------
    format_name, file, folder : str
        The latter two empty for standard output.
    remove : bool

    """

    format_name: str
    file: str
    folder: str
    remove: bool

    @classmethod
    def of(cls, output: str | None, file: str, folder: str, *, remove: bool) -> _Destination:
        """Return where policies go, and refuse what cannot be written before any work is done for it.

        Raises
        ------
        typer.BadParameter
            If both are named, if the file or folder is there already and is not to be replaced, if a folder holds
            something else, or if there is no such format.

        """
        if file and folder:
            message = "one file for all policies, or a folder with a file for each: not both"
            raise typer.BadParameter(message, param_hint="'-f', '-d'")
        if output is not None:
            format_named("proposal", output)
        if folder and output not in {None, "yaml"}:
            message = "a folder has a file of YAML for each policy"
            raise typer.BadParameter(message, param_hint="'-o'")
        for place, hint in ((file, "'-f'"), (folder, "'-d'")):
            if place and place != STDOUT and (why := _unwritable(Path(place), is_folder=bool(folder), remove=remove)):
                raise typer.BadParameter(why, param_hint=hint)
        return cls(output or "yaml", file, folder, remove)

    def write(self, proposal: Proposal) -> None:
        """Write the policies, as a whole or not at all."""
        if not self.folder:
            write(proposal.render(self.format_name), self.file or None)
            return
        folder = Path(self.folder)
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
            new, old = Path(made) / "new", Path(made) / "old"
            new.mkdir()
            for name, text in proposal.to_files().items():
                write_atomically(new / name, text.encode())
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
