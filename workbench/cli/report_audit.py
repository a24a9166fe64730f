"""``netpol-workbench report audit``: what a cluster's policies allow, what was seen, and what is wrong, for others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.anonymising import KeyFile, anonymiser_by
from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.check_asked import (
    AcceptedFile,
    CorporateFiles,
    DeclaredOptions,
    accepted_asked,
    corporate_asked,
    declared_asked,
    ids_in,
)
from workbench.cli.flows_options import TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    ANSWER,
    INPUT,
    OUTPUT,
    AuditFormat,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import JudgedBy, Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    from workbench.cli.verdict import ProblemReporter
    from workbench.ground import Anonymiser
    from workbench.report import Audit

__all__ = ["report_audit"]


def _text(name: str, metavar: str, words: str, panel: str = ANSWER, *, default: str = "") -> object:
    return typer.Option(name, metavar=metavar, help=words, show_default=default or False, rich_help_panel=panel)


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What a report is about, and how it calls itself."""

    title: Annotated[
        str, _text("--title", "TEXT", "What the report is called.", ANSWER, default="Network policy audit")
    ] = ""
    author: Annotated[str, _text("--author", "TEXT", "Who made it.")] = ""
    namespaces: Annotated[
        list[str] | None, _text("--in", "NAMESPACES", "Keep to what is about these namespaces; may be repeated.")
    ] = None
    sections: Annotated[
        list[str] | None,
        _text(
            "--sections", "IDS", "Write these sections alone, such as summary,findings; may be repeated.", default="all"
        ),
    ] = None
    now: Annotated[
        str, _text("--now", "TIME", "The time of the report, as 2026-11-30T10:00: the same inputs give the same bytes.")
    ] = ""
    earlier: Annotated[
        str, _text("--earlier", "BUNDLE", "An earlier bundle: what changed since is a section.", INPUT)
    ] = ""

    anonymise: Annotated[
        bool,
        typer.Option(
            "--anonymise",
            help="Write stand-ins for all names, labels and addresses, also in a bundle; what has none is left out.",
            rich_help_panel=ANSWER,
        ),
    ] = False
    anonymise_key: KeyFile = None

    def time(self) -> datetime:
        """Return the time of the report.

        Raises
        ------
        typer.BadParameter
            If it is none.
        """
        if not self.now:
            return datetime.now(UTC)
        try:
            return datetime.fromisoformat(self.now)
        except ValueError as error:
            message = f"{visible(self.now)} is no time: write it as 2026-11-30T10:00, in UTC or with a zone"
            raise typer.BadParameter(message, param_hint="'--now'") from error


@dataclass(frozen=True, slots=True)
class BundleOptions:
    """Where a report goes beside its file."""

    bundle: Annotated[
        str,
        typer.Option(
            "-d",
            "--bundle",
            metavar="DIR",
            help="Write the report, its data and its inputs into this new folder, which `report verify` proves again.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = ""
    with_pdf: Annotated[
        bool | None,
        typer.Option(
            "--pdf/--no-pdf",
            help="Whether a PDF is in the bundle.",
            show_default="where the extra report-pdf is installed",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    template: Annotated[
        str,
        _text(
            "--template",
            "DIR",
            "A folder with templates in place of ours: audit.html.j2, report.css, audit.typ.",
            OUTPUT,
        ),
    ] = ""


@grouped
def report_audit(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    flows: JudgedBy = None,
    workspace: Workspace = None,
    accepted: AcceptedFile = "",
    rules: CorporateFiles = None,
    asked: AuditOptions,
    time: TimeOptions,
    output: AuditFormat = None,
    file: OutputFile = None,
    written: BundleOptions,
    declared: DeclaredOptions,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Audit what policies allow, what was seen and what is wrong, for people who decide and people who act.

    With -w, flows, baselines, the address book, accepted findings and what is declared are those of the workspace. What
    was not given is said in the report. A bundle holds the report as a page, the data of all tables, the inputs, and
    the hash of each file.

    ```
    netpol-workbench report audit manifests/ -f report.html
    netpol-workbench report audit manifests/ --flows hubble.jsonl.gz --cni cilium -d audit-2026-q4
    netpol-workbench report audit manifests/ -w security -d audit-2027-q1 --earlier audit-2026-q4
    netpol-workbench report audit manifests/ --in payments --sections summary,findings -o md
    ```

    Exit status:

    - 0: the report was written, whatever it says.
    - 1: there are errors in the manifests. The report about all that could be read is written all the same, unless
      --strict or --fail forbid it.
    - 2: the command or a file was not understood, no Kubernetes object was found, or a folder or file does not exist
      or cannot be written.
    """
    destination = choose_destination("audit", "report", output=output, file=file)
    verdict = verdict_of(reporting, "report")
    inputs = Inputs.of(paths, reading)
    now = asked.time()
    if asked.anonymise_key is not None and not asked.anonymise:
        message = "a key is for --anonymise"
        raise typer.BadParameter(message, param_hint="'--anonymise-key'")
    anonymiser = anonymiser_by(asked.anonymise_key, verdict) if asked.anonymise else None
    digest = ""
    with shown_progress(wanted=not verdict.quiet) as progress:
        from workbench.report import audit, read_bundle  # noqa: PLC0415  (brings numpy)

        answered = accepted_asked(accepted, workspace, verdict)
        corporate = corporate_asked(rules, verdict)
        earlier = read_bundle(asked.earlier) if asked.earlier else None
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, time, is_for_keeping=True)
        named = {
            "baselines": known.baselines or None,
            "address_book": known.book,
            "accepted": answered,
            "corporate": corporate,
            "earlier": earlier,
        }
        found = audit(
            cluster,
            now=now,
            flows=known.flows,
            **_shown(named, anonymiser, verdict),
            declared=declared_asked(declared, workspace),
            title=asked.title,
            author=asked.author,
            namespaces=ids_in(asked.namespaces),
            sections=ids_in(asked.sections),
            semantics=semantics_of(policies),
            anonymiser=anonymiser,
            progress=progress,
        )
        read = found.problems_found if anonymiser is None else cluster.problems_found
        problems = list(dict.fromkeys((*read, *known.problems)))
        refused = verdict.refuses(problems)
        is_shown = output is not None or file is not None or not written.bundle
        content = "" if refused or not is_shown else _content(found, destination.format_name, written.template)
        if written.bundle and not refused:
            progress("the bundle is written", 0, None)
            digest = _bundled(found, written)
    if not refused and is_shown:
        write(content, destination.file)
    if digest:
        verdict.remark(f"wrote {visible(written.bundle)}; its digest is {digest}")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def _shown(named: dict[str, Any], anonymiser: Anonymiser | None, verdict: ProblemReporter) -> dict[str, Any]:
    """Return what an audit is given by its names; of an anonymised one, nothing, and what is left out is said."""
    if anonymiser is None:
        return named
    given = [name.replace("_", " ") for name, value in named.items() if value]
    if given:
        verdict.remark(f"left out, since nothing stands in for the names in it: {', '.join(given)}")
    return {}


def _content(found: Audit, name: str, template: str) -> str | bytes:
    """Return a report in a format; templates of a person are for pages and documents."""
    from workbench.report import html, pdf  # noqa: PLC0415  (as above)

    if template and name == "html":
        return html(found, template)
    if template and name == "pdf":
        return pdf(found, template)
    return ANSWER_FORMATS.render("audit", name, found)


def _bundled(found: Audit, written: BundleOptions) -> str:
    """Write a bundle, and return its digest.

    Raises
    ------
    typer.BadParameter
        If it cannot be written.
    """
    from workbench.report import write_bundle  # noqa: PLC0415  (as above)

    try:
        return write_bundle(found, written.bundle, with_pdf=written.with_pdf, templates=written.template or None)
    except OSError as error:
        message = f"cannot write {visible(written.bundle)}: {error}"
        raise typer.BadParameter(message, param_hint="'--bundle'") from error
