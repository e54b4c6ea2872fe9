"""What a repository needs for Binder, and the link that opens it there.

`files` makes them, `write` puts them into the repository, `link` says where Binder opens what is
checked out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from publisher import binderhub, repository
from publisher.binder.environment import FOLDERS, environment
from publisher.binder.scripts import scripts
from publisher.config import Binder, Config
from publisher.errors import ConfigError

__all__ = ["Files", "Link", "files", "link", "write"]


@dataclass(frozen=True)
class Files:
    """The files that Binder reads, by their paths in the repository at `top`.

    `notes` say what is not taken over from files that Binder would read without them.
    """

    top: Path
    files: dict[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """Where Binder opens the site; `notes` say what it will not see there."""

    address: str
    notes: tuple[str, ...] = ()


def files(config: Config) -> Files:
    """What Binder needs to show a project: nothing is written.

    Binder reads the folder `binder/` at the top of the repository (`.binder/` where that is there,
    or where setuptools would take `binder/` for a package), and then no file outside of it: what
    the project itself needs is named there.

    `ConfigError` if a file that says what the project needs cannot be read.
    """
    top = _top(config.root)
    needed = environment(top, config.root)
    found = needed.files | scripts(top, config, needed.late)
    return Files(
        top, {f"{needed.folder}/{name}": found[name] for name in sorted(found)}, tuple(needed.notes)
    )


def write(made: Files, *, force: bool = False) -> tuple[Path, ...]:
    """Write files that are not there as they are to be; those that were written.

    `ConfigError` if one is there with other content, unless `force` is given; then none is written.
    """
    paths = {made.top / name: text for name, text in made.files.items()}
    new = {path: text for path, text in paths.items() if _content(path) != text.encode()}
    differing = [path for path in new if path.exists() or path.is_symlink()]
    if differing and not force:
        names = ", ".join(path.relative_to(made.top).as_posix() for path in differing)
        raise ConfigError(
            f"there already, and different: {names}",
            hint="to replace them: publish binder --force",
        )
    for path, text in new.items():
        try:
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)  # what a link leads to is not ours
            path.write_bytes(text.encode())
            if text.startswith("#!"):
                path.chmod(0o755)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    return tuple(new)


def link(config: Config, path: str = binderhub.SITE) -> Link:
    """Where Binder opens the branch that is checked out, at `path` of its Jupyter server.

    The repository is the one that the branch is pushed to, which may be a fork; where git does not
    know its address on the web, the one of the settings.

    `ConfigError` if the project is in no git repository, or that is nowhere on the web.
    """
    settings = config.settings.binder or Binder()
    remote = repository.remote(config.root)
    given = remote.address or settings.repository or config.settings.repository
    address = binderhub.launch(settings.hub, given, remote.branch, path)
    if address is None:
        raise ConfigError(
            f"{given} is no repository" if given else "the repository is nowhere on the web",
            hint="push to GitHub, GitLab or another host, or set `repository` in [binder]",
        )
    notes = []
    if not remote.pushed:
        notes.append("the last commit is not pushed: Binder shows what is in the repository")
    if not any((repository.top(config.root) / name).is_dir() for name in FOLDERS):
        notes.append("the repository has no binder/: publish binder")
    return Link(address, tuple(notes))


def _top(root: Path) -> Path:
    """The top of the repository; the project itself if it is in none (yet)."""
    try:
        return repository.top(root)
    except ConfigError:
        return root


def _content(path: Path) -> bytes | None:
    """What a file holds; a script that cannot be executed is not as it should be."""
    try:
        content = path.read_bytes() if not path.is_symlink() else None
    except OSError:
        return None
    runs = content is None or not content.startswith(b"#!") or os.access(path, os.X_OK)
    return content if runs else None
