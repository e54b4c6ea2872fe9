"""The scripts and style sheets that draw outputs: found among packages, shared by all pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from publisher.model import Library, Packages
from publisher.render.links import Addresses
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

    def version(self, distribution: str, packages: Packages) -> str:
        """The version of an installed distribution, as the names of its files tell; else empty."""
        pattern = re.sub(r"[-_.]+", "[-_.]", distribution)
        for folder in packages.folders:
            for found in sorted(Path(folder).glob(f"{pattern}-[0-9]*.dist-info")):
                return found.name.removesuffix(".dist-info").rpartition("-")[2]
        return ""

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
