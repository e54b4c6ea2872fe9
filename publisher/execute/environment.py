"""The Python environment that a kernel runs in: its version and the distributions in it.

Found in the names of files, as `importlib.metadata` does it, but without starting that Python:
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from publisher.config import Config
from publisher.model import Packages, Page

_TOP = re.compile(rb"^([^/,\n]+)", re.MULTILINE)
_ASK = "import platform; print(platform.python_version())"


@dataclass(frozen=True)
class Environment:
    """What can be imported in an environment."""

    python: str
    """The version of Python."""
    folders: tuple[str, ...]
    """Where packages lie, in the order in which they are looked for."""
    versions: dict[str, str]
    """The version of each distribution by its normalised name."""
    metadata: dict[str, str]
    """The folder or file with the metadata of each distribution."""

    @classmethod
    def of(cls, python: Path) -> Environment:
        """The environment of an interpreter, as it is now."""
        base, settings = _base(python)
        version = _version(python, base, settings)
        folders = tuple(_folders(python, base, settings, version))
        versions: dict[str, str] = {}
        metadata: dict[str, str] = {}
        for folder in folders:
            for name, number, path in _distributions(folder):
                if name not in versions:
                    versions[name], metadata[name] = number, path
        return cls(version, folders, versions, metadata)

    @cached_property
    def modules(self) -> dict[str, tuple[str, ...]]:
        """The distributions that provide a top-level module; several for a namespace package."""
        return _providers(tuple(self.metadata.items()))

    def registering(self, group: str) -> dict[str, list[Path]]:
        """The distributions that register entry points of a group, and the files these name.

        Versions alone do not tell when an editable one changes.
        """
        found: dict[str, list[Path]] = {}
        for name, path in self.metadata.items():
            modules = _registered(_content(os.path.join(path, "entry_points.txt")), group)
            stems = (f"{f}/{m.replace('.', '/')}" for m in modules for f in self.folders)
            files = (Path(f"{stem}{end}") for stem in stems for end in (".py", "/__init__.py"))
            if modules:
                found[name] = [file for file in files if file.is_file()]
        return found

    def distributions(self, modules: Iterable[str]) -> dict[str, str]:
        """The distributions that provide these top-level modules, with their versions."""
        names = {name for module in modules for name in self.modules.get(module, ())}
        return {name: self.versions[name] for name in sorted(names)}


def packages(page: Page, config: Config) -> tuple[Packages, ...]:
    """Where packages lie that a page's outputs may want: its kernel's environment, then ours."""
    from publisher.execute.kernels import interpreter, wanted

    ours = Path(sys.executable)
    pythons = [interpreter(*wanted(page, config), config.root) or ours, ours]
    return tuple(
        Packages(str(python), Environment.of(python).folders) for python in dict.fromkeys(pythons)
    )


def normalised(name: str) -> str:
    """A distribution's name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _base(python: Path) -> tuple[Path, dict[str, str]]:
    """The folder of the installation that an interpreter belongs to, and a venv's settings."""
    for folder in (python.parent.parent, python.parent):
        try:
            text = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
        except OSError:
            continue
        pairs = (line.partition("=") for line in text.splitlines())
        return folder, {key.strip().lower(): value.strip() for key, _, value in pairs}
    return Path(os.path.realpath(python)).parent.parent, {}


def _version(python: Path, base: Path, settings: dict[str, str]) -> str:
    """The version of an interpreter: as its venv or conda says, else as it says itself."""
    given = settings.get("version") or settings.get("version_info")
    if given and not _newer(python, base / "pyvenv.cfg"):
        return ".".join(given.split(".")[:3])
    for record in (base / "conda-meta").glob("python-[0-9]*.json"):
        return record.name.split("-")[1]
    try:
        stat = os.stat(python)
        return _asked(str(python), stat.st_ino, stat.st_ctime_ns)
    except OSError:
        return ""


@cache
def _asked(python: str, inode: int, changed: int) -> str:
    """What an interpreter, as it is on the disk, says of its version."""
    try:
        done = subprocess.run(
            [python, "-ISc", _ASK], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _newer(python: Path, file: Path) -> bool:
    """Whether an interpreter was replaced after a file was written."""
    try:
        return os.stat(python).st_ctime_ns > os.stat(file).st_ctime_ns
    except OSError:
        return False


def _folders(python: Path, base: Path, settings: dict[str, str], version: str) -> Iterator[str]:
    """The folders of an environment that packages lie in, as `site` finds them."""
    short = ".".join(version.split(".")[:2])
    isolated = bool(settings)
    found = [Path(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    found += _packages(base, short)
    if isolated and settings.get("include-system-site-packages", "").lower() == "true":
        found += _packages(Path(settings.get("home", "")).parent, short)
        isolated = False
    if not isolated:
        found += _packages(Path.home() / ".local", short)
    for folder in dict.fromkeys(found):
        if folder.is_dir():
            yield str(folder)
            yield from _linked(folder)


def _packages(base: Path, short: str) -> list[Path]:
    """Where packages lie in an installation; Debian has places of its own."""
    if os.name == "nt":
        return [base / "Lib" / "site-packages"]
    folders = [base / lib / f"python{short}" / "site-packages" for lib in ("lib", "lib64")]
    if str(base) == "/usr":
        folders += [
            Path(f"/usr/local/lib/python{short}/dist-packages"),
            Path("/usr/lib/python3/dist-packages"),
        ]
    return folders


def _linked(folder: Path) -> Iterator[str]:
    """The folders that `.pth` files add, those of editable installations among them."""
    for file in sorted(folder.glob("*.pth")):
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            if line.strip() and not line.startswith(("#", "import ", "import\t")):
                path = os.path.join(folder, line.strip())
                if os.path.isdir(path):
                    yield path


def _distributions(folder: str) -> Iterator[tuple[str, str, str]]:
    """Name, version and metadata of the distributions in a folder."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in names:
        stem, suffix = os.path.splitext(entry)
        if suffix in (".dist-info", ".egg-info"):
            path = os.path.join(folder, entry)
            name, _, rest = stem.partition("-")
            version = rest if suffix == ".dist-info" else rest.partition("-py")[0]
            yield normalised(name), version or _told_version(path), path


def _told_version(path: str) -> str:
    """The version that an `.egg-info` without one in its name tells."""
    for file in (os.path.join(path, "PKG-INFO"), path):
        try:
            with open(file, encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    if line.startswith("Version:"):
                        return line.partition(":")[2].strip()
        except OSError:
            continue
    return ""


@lru_cache(maxsize=4)
def _providers(metadata: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
    """The distributions by top-level module: hundreds of files are read, once for each set."""
    found: dict[str, tuple[str, ...]] = {}
    for name, path in metadata:
        for module in _modules(path):
            found[module] = (*found.get(module, ()), name)
    return found


def _modules(path: str) -> set[str]:
    """The top-level modules of a distribution, from what it tells or from its list of files."""
    tops = _content(os.path.join(path, "top_level.txt")).split()
    if not tops:
        files = _content(os.path.join(path, "RECORD")) or _content(
            os.path.join(path, "SOURCES.txt")
        )
        tops = _TOP.findall(files)
    names = {os.fsdecode(top).strip('"') for top in tops}
    return {
        name.partition(".")[0]
        for name in names
        if not name.startswith(("..", "__pycache__"))
        and not name.endswith((".dist-info", ".egg-info", ".data", ".pth"))
    }


def _registered(text: bytes, group: str) -> list[str]:
    """The modules that entry points of a group name."""
    if f"[{group}]".encode() not in text:
        return []
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    try:
        parser.read_string(text.decode("utf-8", "replace"))
        return sorted({value.partition(":")[0].strip() for _, value in parser.items(group)})
    except configparser.Error:
        return []


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
