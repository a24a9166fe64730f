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
        If the file cannot be read, or the key is too short.
    """
    if file is not None:
        try:
            key = Path(file).read_bytes().rstrip(b"\r\n")
        except (OSError, ValueError) as error:
            message = f"the key cannot be read: {visible(str(error))}"
            raise typer.BadParameter(message, param_hint=f"'{_OPTION}'") from error
        return _made_by(key, f"{visible(file)}: ", f"'{_OPTION}'")
    given = os.environ.get(KEY_VARIABLE)
    if given is not None:
        return _made_by(os.fsencode(given), "", KEY_VARIABLE)
    verdict.remark(f"the key is a random one: another run gives other names ({_OPTION} FILE, or {KEY_VARIABLE})")
    from workbench.ground import Anonymiser  # noqa: PLC0415  (not where nothing is anonymised)

    return Anonymiser.random(secrets.token_bytes)


def _made_by(key: str | bytes, place: str, hint: str) -> Anonymiser:
    from workbench.ground import Anonymiser, ArgumentError  # noqa: PLC0415  (likewise)

    try:
        return Anonymiser(key)
    except ArgumentError as error:
        message = f"{place}{error}"
        raise typer.BadParameter(message, param_hint=hint) from error
