"""What of a report is looked at: its headline, its sections, its files, and bundles that are proved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Enum, Unicode

from workbench.checks import CheckSeverity
from workbench.panels.frame import FileContent, packed
from workbench.panels.report.bundles import Bundles, Written, file_name, read_upload
from workbench.panels.report.making import Making
from workbench.report import VERIFIED, data_files, pdf, read_bundle

if TYPE_CHECKING:
    from workbench.panels.frame import Scope, Upload
    from workbench.panels.report.bundles import Verifies, Writes
    from workbench.report import Verification

__all__ = ["VIEWS", "Figure", "Headline", "ReportState"]

VIEWS: Final = {"page": "Page", "bundles": "Bundles"}
"""What can be looked at, with the words for people."""
_SHARES: Final = {
    "ingress-isolated": "Ingress isolated",
    "egress-isolated": "Egress isolated",
    "ingress-outside": "Open from outside",
    "egress-outside": "May reach outside",
}
_SEEN_OUTSIDE: Final = "external"


class Figure(NamedTuple):
    """A figure of the headline.

    Attributes
    ----------
    title : str
    number : float
    out_of : float or None
        None where it is no share.
    """

    title: str
    number: float
    out_of: float | None = None

    @property
    def text(self) -> str:
        """The number as people read it."""
        if self.out_of is None:
            return f"{self.number:,.0f}"
        share = f" ({self.number / self.out_of:.0%})" if self.out_of else ""
        return f"{self.number:,.0f} of {self.out_of:,.0f}{share}"


class Headline(NamedTuple):
    """What stands above a report.

    Attributes
    ----------
    findings : mapping of str to int, or None
        How many nobody answers for, by severity; None where the report has no summary.
    figures : tuple of Figure
    """

    findings: dict[str, int] | None
    figures: tuple[Figure, ...]


class ReportState(Making):
    """Reports of what is looked at, as they are shown, saved and proved.

    Parameters
    ----------
    scope : Scope
    **traits
        The initial value of any trait, of `Making`, too; and ``now``, which returns the time.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    folder : str
        The bundle that is proved next.
    written : Written or None
        The bundle that was written last.
    verification : Verification or None
        What was found about the bundle that was proved last.
    bundles : Bundles
    """

    view = Enum(list(VIEWS), default_value="page")
    folder = Unicode()
    written = AnyValue(None, allow_none=True)
    verification = AnyValue(None, allow_none=True)
    remembered: tuple[str, ...] = (*Making.remembered, "view", "folder")

    def __init__(self, scope: Scope, **traits: Any) -> None:  # noqa: ANN401  (as of Making)
        self.bundles = Bundles(scope)
        super().__init__(scope, **traits)

    # --- what it is compared with ---------------------------------------------------------------------------

    def compare_with(self, folder: str) -> None:
        """Compare the report with that of an earlier bundle; with none where no folder is named.

        Parameters
        ----------
        folder : str

        Raises
        ------
        NotFoundError
            If there is no bundle.
        BundleError
            If it cannot be read.
        """
        self.earlier = read_bundle(Path(folder.strip()).expanduser()) if folder.strip() else None

    def compare_with_upload(self, upload: Upload) -> None:
        """Compare the report with that of a bundle that was sent as a ZIP archive of its folder.

        Parameters
        ----------
        upload : Upload

        Raises
        ------
        ArgumentError
            If it is no archive, or if no bundle is in it.
        """
        self.earlier = read_upload(upload)

    # --- in short -------------------------------------------------------------------------------------------

    @property
    def headline(self) -> Headline:
        """What stands above the report; nothing where none was made, or where it has no summary."""
        if self.made is None or "figures" not in self.made.audit.tables:
            return Headline(None, ())
        audit = self.made.audit
        rows = audit.frame("figures").set_index("figure")
        findings = {one.value: int(rows.loc[f"findings-{one.value}", "number"]) for one in CheckSeverity}
        figures = [
            Figure(title, float(rows.loc[name, "number"]), float(rows.loc[name, "out_of"]))
            for name, title in _SHARES.items()
        ]
        if _SEEN_OUTSIDE in audit.tables:
            figures.append(Figure("Connections seen with outside", len(audit.tables[_SEEN_OUTSIDE])))
        return Headline(findings, tuple(figures))

    # --- files ----------------------------------------------------------------------------------------------

    def html_file(self) -> FileContent:
        """Return the report as a page that stands by itself."""
        made = self.wanted()
        return FileContent(f"{file_name(made.audit)}.html", made.page)

    def pdf_file(self) -> FileContent:
        """Return the report as a document.

        Raises
        ------
        MissingExtraError
            If the extra ``report-pdf`` is not installed; the message says how to install it.
        """
        made = self.wanted()
        return FileContent(f"{file_name(made.audit)}.pdf", pdf(made.audit))

    def data_archive(self) -> FileContent:
        """Return all tables as CSV, JSON and Parquet, in an archive."""
        made = self.wanted()
        return packed(f"{file_name(made.audit)}-data", data_files(made.audit))

    # --- bundles --------------------------------------------------------------------------------------------

    def writing(self, folder: str = "") -> Writes:
        """Return what writes the bundle of the report.

        Parameters
        ----------
        folder : str, optional
            New, or empty; where none is named, a new one in the workspace.

        Raises
        ------
        ArgumentError
            If no report was made yet, or if no folder is named and there is no workspace.
        """
        return self.bundles.writing(self.wanted(), folder)

    def put_written(self, written: Written) -> None:
        """Take what came of writing a bundle: it is the one that is proved next.

        Parameters
        ----------
        written : Written
        """
        self.written, self.folder = written, str(written.folder)

    def verifying(self, digest: str = "") -> Verifies:
        """Return what proves the bundle that is named.

        Parameters
        ----------
        digest : str, optional
            That was told when it was written.

        Raises
        ------
        ArgumentError
            If none is named.
        """
        return self.bundles.verifying(self.folder, digest)

    def put_verified(self, found: Verification) -> None:
        """Take what came of proving a bundle.

        Parameters
        ----------
        found : Verification
        """
        self.verification = found

    def differences(self) -> pd.DataFrame:
        """Return what is not as it was written in the bundle; columns as in `report.frames.VERIFIED`."""
        return VERIFIED.from_rows(()) if self.verification is None else self.verification.to_frame()
