"""What git knows of a project: where it is kept, on which branch, at which commit.

The only one that runs git to look; nothing is ever changed.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from publisher.errors import ConfigError

OF_A_HOOK = (  # in which repository a hook runs: ours is found from the folder
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"),
)
_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s\[\]]+):(?!//)(.+)")  # git@github.com:me/site.git


@dataclass(frozen=True)
class Remote:
    """The repository that a branch is pushed to.

    `address` is where everybody finds it (`https://…`; None if that is not known), `branch` what
    the branch is called there, `pushed` whether it is known to have the commit that is checked out
    here.
    """

    address: str | None
    branch: str
    pushed: bool


def top(folder: Path) -> Path:
    """The folder at the top of the repository that `folder` is in. `ConfigError` if in none."""
    return Path(_git(folder, "rev-parse", "--show-toplevel")).resolve()


def commit(folder: Path) -> str | None:
    """The hash of the commit that is checked out; None if there is none, or no git."""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except ConfigError:
        return None


def remote(folder: Path) -> Remote:
    """Where the current branch is pushed to; for a commit without a branch, the commit.

    `ConfigError` if that is nowhere.
    """
    top(folder)
    branch = _asked(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    head = commit(folder)
    if head is None:
        raise ConfigError(
            f"{folder}: the repository has no commit", hint="git add . && git commit -m 'First'"
        )
    name = _remote_of(folder, branch)
    address = public(_git(folder, "remote", "get-url", name))
    merged = _asked(folder, "config", f"branch.{branch}.merge") if branch else ""
    there = merged.removeprefix("refs/heads/") or branch or head
    pushed = _asked(folder, "branch", "--remotes", "--contains", head, "--list", f"{name}/*")
    return Remote(address, there, bool(pushed))


def public(given: str) -> str | None:
    """The address at which everybody finds a repository, of one by which git finds it.

    None for a folder, a file, and a host that only this machine or network knows. Names, passwords
    and the ports of SSH are left out.

    >>> public("git@github.com:me/site.git")
    'https://github.com/me/site.git'
    >>> public("https://me:secret@gitlab.com/a/b")
    'https://gitlab.com/a/b'
    """
    scp = _SCP.fullmatch(given) if "://" not in given else None
    if scp is not None and "." in scp[1]:  # else a drive, or an alias in ~/.ssh/config
        return f"https://{scp[1].lower()}/{scp[2].strip('/')}"
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https", "ssh", "git", "git+ssh") or "." not in (
        parts.hostname or ""
    ):
        return None
    web = parts.scheme in ("http", "https")
    host = f"{parts.hostname}:{port}" if web and port else parts.hostname
    return f"{parts.scheme if web else 'https'}://{host}/{parts.path.strip('/')}"


def _remote_of(folder: Path, branch: str) -> str:
    """The name of the remote that a branch is pushed to: its own, `origin`, or the only one."""
    names = _git(folder, "remote").split()
    own = _asked(folder, "config", f"branch.{branch}.remote") if branch else ""
    chosen = next((name for name in (own, "origin") if name in names), None)
    if chosen is None and len(names) == 1:
        chosen = names[0]
    if chosen is None:
        found = f"has several remotes: {', '.join(names)}" if names else "has no remote"
        raise ConfigError(
            f"{folder}: the repository {found}",
            hint="git remote add origin https://github.com/YOU/SITE.git"
            if not names
            else "git branch --set-upstream-to=REMOTE/BRANCH",
        )
    return chosen


def _asked(folder: Path, *arguments: str) -> str:
    """What git answers; empty if it has no answer."""
    try:
        return _git(folder, *arguments)
    except ConfigError:
        return ""


def _git(folder: Path, *arguments: str) -> str:
    """What git prints. `ConfigError` with its own words if it fails or is not there."""
    ours = {name: value for name, value in os.environ.items() if name not in OF_A_HOOK}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=ours | {"LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise ConfigError("git cannot be started", hint="install git") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        if said and "not a git repository" in said[0]:
            raise ConfigError(f"{folder} is in no git repository", hint="git init")
        raise ConfigError(f"git {arguments[0]}: {said[0] if said else 'no answer'}")
    return done.stdout.decode("utf-8", "surrogateescape").strip()
