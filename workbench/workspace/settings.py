"""The usual choices of a person or a project: which workspace, which database, who decides (workspace 8)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from workbench.ground import ArgumentError

__all__ = ["SETTINGS_FILE", "Settings"]

SETTINGS_FILE: Final = ".netpol-workbench.toml"
_PREFIX: Final = "NETPOL_WORKBENCH_"
_NAMES_THE_PLACE: Final = "workspace"


class _OneVariable(EnvSettingsSource):
    """The environment says where, and nothing else."""

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if name == _NAMES_THE_PLACE}


class _NearestFile(TomlConfigSettingsSource):
    """What the file of the working directory or of the nearest parent says; paths in it begin at its folder."""

    def __init__(self, settings: type[BaseSettings], file: Path | None) -> None:
        super().__init__(settings, toml_file=file)
        self._folder = None if file is None else file.parent

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        place = found.get(_NAMES_THE_PLACE)
        if self._folder is not None and isinstance(place, str) and place:
            found = {**found, _NAMES_THE_PLACE: self._folder / Path(place).expanduser()}
        return found


class Settings(BaseSettings):
    """The usual choices: what is given, else the environment, else the file, else what holds for everyone.

    The environment has ``NETPOL_WORKBENCH_WORKSPACE``. The file ``.netpol-workbench.toml`` of the working directory, or
    of the nearest of its parents that has one, has any of the attributes.

    Attributes
    ----------
    workspace : Path
        The folder of the workspace; in the file, a relative path begins at the folder of the file.
    database : str
        The URL of a PostgreSQL database for decisions, without a password; empty for SQLite in the workspace.
    who : str
        Who decides; empty for the name of the user.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, strict=True, hide_input_in_errors=True
    )

    workspace: Path = Path("netpol-workspace")
    database: str = ""
    who: str = ""

    @field_validator(_NAMES_THE_PLACE, mode="before")
    @classmethod
    def _path(cls, place: object) -> object:
        if not place or not isinstance(place, (str, Path)):
            message = "the path of a folder is expected; leave it away for the usual one"
            raise ValueError(message)
        return Path(place)

    @field_validator("database")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
            message = "a URL such as postgresql://user@host/name is expected"
            raise ValueError(message)
        if parts.password is not None or any("password" in name for name, _ in parse_qsl(parts.query)):
            message = "a password does not belong here: keep it in a .pgpass file, or in PGPASSWORD"
            raise ValueError(message)
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Say where choices come from, the first that has one first: as pydantic-settings asks for it.

        Parameters
        ----------
        settings_cls : type
        init_settings, env_settings, dotenv_settings, file_secret_settings : PydanticBaseSettingsSource
            The usual sources.
        """
        del env_settings, dotenv_settings, file_secret_settings
        return init_settings, _OneVariable(settings_cls), _NearestFile(settings_cls, settings_file())

    @classmethod
    def read(cls, **given: object) -> Settings:
        """Return the choices that hold here.

        Parameters
        ----------
        **given : object
            What was named for this once; None leaves it to the environment and the file.

        Raises
        ------
        ArgumentError
            If the file cannot be read, or if it has a key or a value that there is not; the message names file and
            line.
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        except (ValidationError, tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
            raise _told(error, cls, given) from None


def settings_file() -> Path | None:
    """Return the file of settings that holds in the working directory; None without one."""
    here = Path.cwd()
    return next(
        (folder / SETTINGS_FILE for folder in (here, *here.parents) if (folder / SETTINGS_FILE).is_file()), None
    )


def _told(error: Exception, settings: type[Settings], given: dict[str, object]) -> ArgumentError:
    """Return what is wrong where, and what to do."""
    file = settings_file()
    if not isinstance(error, ValidationError):
        return ArgumentError(f"{file} cannot be read: {error}", "it is a file of TOML, such as: workspace = 'netpol'")
    said, known = [], ", ".join(settings.model_fields)
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0]) if one["loc"] else ""
        why = f"there is no such key; there are {known}" if one["type"] == "extra_forbidden" else one["msg"]
        why = why.removeprefix("Value error, ")
        where = "" if file is None or given.get(name) is not None else f"{_line(file, name)}: "
        said.append(f"{where}{name}: {why}")
    return ArgumentError("; ".join(said))


def _line(file: Path, key: str) -> str:
    """Return a file, and the line in which it sets a key if that is found."""
    begins = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""")
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next((number for number, line in enumerate(lines, 1) if begins.match(line)), None)
    return str(file) if number is None else f"{file}:{number}"
