"""The scripts and style sheets that draw outputs: found among packages, shared by all pages."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from publisher.model import Library, Packages
from publisher.render.links import Addresses
from publisher.renderers import Script
from publisher.store import Digests, Store

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Libraries:
    """Finds libraries for one page, and notes where it has looked: another file there is news."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.store = Store(addresses.config.store)

    def file(self, name: str) -> tuple[Path, Packages] | None:
        """A file of an installed package (`plotly/package_data/plotly.min.js`), and where it is.

        The environment of the page's kernel comes first.
        """
        self._note(self.addresses.config.root / ".venv" / "pyvenv.cfg")  # another kernel's
        for packages in self.addresses.packages():
            for folder in packages.folders:
                path = Path(folder, name)
                self._note(path)
                if path.is_file():
                    return path, packages
        return None

    def version(self, file: Path, distribution: str) -> str:
        """The version of the distribution that a file belongs to; empty if it is not known."""
        pattern = re.sub(r"[-_.]+", "[-_.]", distribution)
        for folder in self._folders(file):
            for found in sorted(Path(folder).glob(f"{pattern}-[0-9]*.dist-info")):
                return found.name.removesuffix(".dist-info").rpartition("-")[2]
        return ""

    def python(self, file: Path) -> str:
        """The interpreter of the environment that a file belongs to."""
        for packages in self.addresses.packages():
            if any(file.is_relative_to(folder) for folder in packages.folders):
                return packages.python
        return sys.executable

    def _folders(self, file: Path) -> list[str]:
        """The folders of packages that hold a file."""
        every = (folder for packages in self.addresses.packages() for folder in packages.folders)
        return [folder for folder in every if file.is_relative_to(folder)]

    def address(self, script: Script) -> str:
        """The address of a script in the site."""
        if script.path is not None:
            return self.of_file(script.path, script.name)
        return self.of_content(script.content, script.name, script.suffix)

    def of_file(self, path: Path, name: str) -> str:
        """The address of a copy of a file; `name` is what the copy is called: `plotly-6.1.0`."""
        digest = _digests().of(path)
        if digest is None:
            raise FileNotFoundError(path)
        self._note(path)
        return self.addresses.library(Library(_named(name, digest, path.suffix), str(path), digest))

    def of_content(self, content: bytes, name: str, suffix: str = ".js") -> str:
        """The address of a file that was made, and is kept in the store."""
        digest = self.store.put_file(content)
        return self.addresses.library(Library(_named(name, digest, suffix), "", digest))

    def beside(self, path: Path) -> None:
        """Let a file stand by the others under its own name, by which a style sheet names it."""
        digest = _digests().of(path)
        if digest is None:
            raise FileNotFoundError(path)
        self._note(path)
        self.addresses.library(Library(path.name, str(path), digest))

    def all(self, files: Iterable[tuple[Path, str]]) -> tuple[str, ...]:
        """The addresses of several files with their names, in their order."""
        return tuple(self.of_file(path, name) for path, name in files)

    def _note(self, path: Path) -> None:
        self.addresses.measured[str(path)] = None


def _named(name: str, digest: str, suffix: str) -> str:
    return f"{_UNSAFE.sub('-', name)}.{digest[:12]}{suffix}"


@cache
def _digests() -> Digests:
    """The hashes of libraries that this process has taken, for all its pages."""
    return Digests()
