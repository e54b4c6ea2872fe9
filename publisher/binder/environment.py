"""What Binder installs: what the project says that it needs, and what shows it in Jupyter.

Once there is a folder `binder/`, repo2docker reads its files and no others; so the project's own
are named in them. Source: https://repo2docker.readthedocs.io/en/latest/configuration/
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher import __version__, safeyaml
from publisher.errors import ConfigError, SourceError

NAME = "notebook-publisher"
OURS = f"{NAME}[jupyter]>={__version__}"
FOLDERS = ("binder", ".binder")
_OLDEST, _NEWEST = 11, 14  # the minor versions of Python 3 that both we and repo2docker know
_CONDA = ("environment.yml", "environment.yaml")
_PATH = re.compile(r"(-r|--requirement|-c|--constraint|-e|--editable)[ =]*(.+)")
_COMMENT = "# Made by `publish binder`."
# What repo2docker reads at the top of a repository, but cannot be told to read from elsewhere.
_OTHERS = (
    "Dockerfile", "default.nix", "Pipfile", "Pipfile.lock", "install.R", "DESCRIPTION",
    "Project.toml", "Manifest.toml", "REQUIRE", "requirements3.txt",
)  # fmt: skip


@dataclass
class Environment:
    """What is to be installed.

    `folder` is where Binder's files go, `files` are their texts by name, `notes` say what is not
    taken over. `late` are requirements of pip that cannot stand among the others.
    """

    folder: str
    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    late: str = ""


def environment(top: Path, project: Path) -> Environment:
    """What a project in the repository at `top` needs; it may lie deeper in it.

    `ConfigError` if a file that says so cannot be read.
    """
    places = tuple(dict.fromkeys((top, project)))
    made = Environment(_folder(top, places))
    made.notes += [
        f"{name} is not taken over: from now on Binder reads it in {made.folder}/ only"
        for name in _OTHERS
        if (top / name).is_file()
    ]
    if (top / "apt.txt").is_file():
        made.files["apt.txt"] = _text(top / "apt.txt")
    names = (place / name for place in reversed(places) for name in _CONDA)
    conda = next((path for path in names if path.is_file()), None)
    if conda is not None:
        made.files["environment.yml"] = _conda(conda, top / made.folder)
    else:
        _pip(made, top, places)
        made.files["runtime.txt"] = _runtime(made, top)
    return made


def _folder(top: Path, places: tuple[Path, ...]) -> str:
    """The folder of Binder's files.

    Setuptools takes `binder/` for a second package, and then finds none at all.
    """
    there = [name for name in FOLDERS if (top / name).is_dir()]
    if len(there) == 2:
        raise ConfigError(
            "there are both binder/ and .binder/: Binder takes only one", hint="remove one of them"
        )
    backends = [_backend(_pyproject(place), place) for place in places]
    hidden = any(backend.startswith("setuptools") for backend in backends)
    return there[0] if there else FOLDERS[hidden]


def _pip(made: Environment, top: Path, places: tuple[Path, ...]) -> None:
    """Name what pip installs: our package, requirement files, and the project itself."""
    lines, ours = [], OURS
    for place in places:
        at = "." if place == top else f"./{place.relative_to(top).as_posix()}"
        pyproject = _pyproject(place)
        table = _table(pyproject, "project")
        requirements = place / "requirements.txt"
        if requirements.is_file():
            lines.append(f"-r {os.path.relpath(requirements, top / made.folder)}")
            if "--hash" in _text(requirements):
                made.late = OURS
        if _backend(pyproject, place) and table.get("name") == NAME:
            ours = f"{at}[jupyter]"
        elif _backend(pyproject, place):
            lines.append(at)
        elif table.get("dependencies"):
            lines += [f"# From {at}/pyproject.toml:", *map(str, table["dependencies"])]
        elif _table(pyproject, "tool", "poetry", "dependencies"):
            made.notes.append("what pyproject.toml lists for Poetry is not taken over")
    lines = lines if made.late else [ours, *lines]
    made.files["requirements.txt"] = "\n".join((_COMMENT, *lines, ""))


def _runtime(made: Environment, top: Path) -> str:
    """The version of Python: the one that was chosen, or else ours."""
    for path in (top / made.folder / "runtime.txt", top / "runtime.txt"):
        text = _text(path).strip() if path.is_file() else ""
        given = re.fullmatch(r"python-3\.(\d+)", text)
        if given and int(given[1]) >= _OLDEST:
            return f"{text}\n"
        if text:
            made.notes.append(f"runtime.txt says {text}, but Python 3.{_OLDEST} is needed")
    return f"python-3.{_minor()}\n"


def _conda(path: Path, folder: Path) -> str:
    """The project's environment for conda, with our package: conda cannot name another file."""
    try:
        given = safeyaml.keys(_text(path), path.name, 1, "the environment").values
    except SourceError as error:
        raise ConfigError(error.message, path=error.path, line=error.line) from error
    dependencies = given.get("dependencies") or []
    if not isinstance(dependencies, list):
        raise ConfigError("`dependencies` is no list", path=path.name)
    named = [item for item in dependencies if isinstance(item, str)]
    python = [item for item in named if re.match(r"python\s*([=<>!~ ]|$)", item)]
    added = [] if python else [f"python=3.{_minor()}"]
    added += [] if "pip" in named else ["pip"]
    parts = [item["pip"] for item in dependencies if isinstance(item, dict) and "pip" in item]
    pip = [str(item) for part in parts if isinstance(part, list) for item in part]
    place = os.path.relpath(path.parent, folder)
    environment = given | {
        "dependencies": [*named, *added, {"pip": [*(_moved(item, place) for item in pip), OURS]}]
    }
    return f"{_COMMENT} After a change of {path.name}: `publish binder --force`\n" + safeyaml.text(
        environment
    )


def _moved(requirement: str, place: str) -> str:
    """A requirement of pip, seen from another folder: conda runs pip where its file lies."""
    flag = _PATH.fullmatch(requirement)
    path = flag[2] if flag else requirement
    if "://" in path or (not flag and not path.startswith(".")):
        return requirement
    there = os.path.normpath(os.path.join(place, path))
    return f"{flag[1]} {there}" if flag else there


def _backend(pyproject: dict[str, Any], place: Path) -> str:
    """What builds the project if it is a package, as repo2docker decides; else empty."""
    if (place / "setup.py").is_file():
        return "setuptools"
    system = _table(pyproject, "build-system")
    mode = _table(pyproject, "tool", "poetry").get("package-mode", True)
    if not system or mode is False or not ("project" in pyproject or "tool" in pyproject):
        return ""
    if "project" not in pyproject and "name" not in _table(pyproject, "tool", "poetry"):
        return ""
    return str(system.get("build-backend", "setuptools"))


def _pyproject(place: Path) -> dict[str, Any]:
    path = place / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not valid TOML: {error}", path=path.name) from error


def _table(of: Any, *keys: str) -> dict[str, Any]:
    """A table in a table; empty if it is not there, or no table."""
    for key in keys:
        of = of.get(key) if isinstance(of, dict) else None
    return of if isinstance(of, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=path.name) from error
    except UnicodeDecodeError as error:
        raise ConfigError("the file is not UTF-8", path=path.name) from error


def _minor() -> int:
    """The version of Python that runs here, if Binder has it."""
    return min(max(sys.version_info.minor, _OLDEST), _NEWEST)
