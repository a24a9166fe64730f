"""By which key names and addresses have stand-ins: one that is given, or one that nobody knows."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.cli.verdict import ProblemReporter
    from workbench.ground import Anonymiser

__all__ = ["KEY_VARIABLE", "KeyFile", "anonymiser_by"]

KEY_VARIABLE: Final = "NETPOL_ANONYMISE_KEY"
_OPTION: Final = "--anonymise-key"
KeyFile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        _OPTION,
        metavar="FILE",
        help="File with a secret key: the same key gives the same names, in manifests and flows. Keep it: who has it "
        "can try out names.",
        show_default=f"the key in {KEY_VARIABLE}, else a random one",
    ),
]


def anonymiser_by(file: str | None, verdict: ProblemReporter) -> Anonymiser:
    """Return what stands in for names, by the key in a file or in the environment; by a random one without either.

    Parameters
    ----------
    file : str or None
    verdict : ProblemReporter
        Says that another run gives other names.

    Raises
    ------
    typer.BadParameter
        If the file cannot be read, or is empty.
    """
    from workbench.ground import Anonymiser  # noqa: PLC0415  (not where nothing is anonymised)

    if file is not None:
        try:
            key = Path(file).read_bytes().rstrip(b"\r\n")
        except (OSError, ValueError) as error:
            message = f"the key cannot be read: {visible(str(error))}"
            raise typer.BadParameter(message, param_hint=f"'{_OPTION}'") from error
        if not key:
            message = f"{visible(file)} is empty: write some 32 characters into it that nobody can guess"
            raise typer.BadParameter(message, param_hint=f"'{_OPTION}'")
        return Anonymiser(key)
    if given := os.environ.get(KEY_VARIABLE):
        return Anonymiser(given)
    verdict.remark(f"the key is a random one: another run gives other names ({_OPTION} FILE, or {KEY_VARIABLE})")
    return Anonymiser.random(secrets.token_bytes)
