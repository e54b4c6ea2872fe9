"""Putting the built site online: on a branch of a git repository, as GitHub Pages has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from filelock import FileLock

from publisher import check, repository
from publisher.check import Finding
from publisher.config import MANIFEST, Config
from publisher.deploy import address
from publisher.deploy.failures import redacted
from publisher.deploy.git import Entry, Repository
from publisher.deploy.site import CNAME, Change, compare, complete, files, published, recognise
from publisher.deploy.workflow import workflow
from publisher.errors import DeployError
from publisher.model import Problem
from publisher.store import Store

__all__ = ["Change", "Deployed", "Target", "deploy", "findings", "secrets", "target", "workflow"]

TRIES = 5  # pushes, where others push at the same time


@dataclass(frozen=True)
class Target:
    """The branch that a site is pushed to, and the state of the sources that it is made of.

    `commit` is the short id of the commit that is checked out, with `-dirty` behind it if files
    of the project are not as they are there; None if there is no commit.
    """

    git: Repository
    remote: str
    branch: str
    commit: str | None

    @property
    def place(self) -> str | None:
        """The address of the remote on the web, without passwords; None if it is not there."""
        return repository.public(self.git.url(self.remote))

    @property
    def shown(self) -> str:
        """The branch and its place, as messages name them: without passwords."""
        return f"{self.branch} of {self.place or redacted(self.remote.encode())}"

    @property
    def dirty(self) -> bool:
        """Whether sources have changes that are not committed."""
        return self.commit is None or self.commit.endswith("-dirty")


@dataclass(frozen=True)
class Deployed:
    """What became of a deployment.

    `commit` is the id of the new commit; None if nothing was pushed. `first` says that the branch
    is new, `address` where the site is found, as far as that is known.
    """

    change: Change
    commit: str | None
    first: bool
    address: str | None
    problems: tuple[Problem, ...] = ()


def target(config: Config, remote: str = "", branch: str = "", *, force: bool = False) -> Target:
    """Where the site goes: by the settings, if nothing else is given.

    `DeployError` if git, the repository, the remote, or the author of commits is missing, if the
    remote does not answer, or if the branch is another's.
    """
    given = config.settings.deploy
    found = Repository(config.root)
    remote, branch = remote or given.remote, branch or given.branch
    if not found.names_a_branch(branch):
        raise DeployError(f"{branch!r} cannot be the name of a branch")
    found.url(remote)
    found.author()
    head = found.head()
    dirty = head is not None and found.changed(without=config.output)
    result = Target(found, remote, branch, f"{head}-dirty" if dirty else head)
    tip = _tip(result)
    if tip is not None and not force:
        recognise(found.entries(tip))
    return result


def findings(config: Config) -> tuple[Finding, ...]:
    """What is wrong with the files that would be pushed."""
    return check.check(files(config.output), config)


def secrets(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that no site is pushed with."""
    return tuple(finding for finding in found if finding.kind == "secret")


def deploy(
    config: Config, to: Target, *, message: str = "", dry_run: bool = False, force: bool = False
) -> Deployed:
    """Push the built site as a commit on top of what the branch holds.

    Nothing is pushed if the branch holds it already. Files of the branch that publish did not
    put there stay; with `force`, only its CNAME does. `DeployError` if that cannot be done.
    """
    message = message or config.settings.deploy.message
    message = message.replace("{commit}", to.commit or "sources without a commit")
    for left in reversed(range(TRIES)):
        tip = _tip(to)
        done = _committed(config, to, tip, message, dry_run=dry_run, force=force)
        if done.commit is None:
            break
        try:
            to.git.push(to.remote, done.commit, to.branch)
            break
        except DeployError:
            if not left or to.git.fetch(to.remote, to.branch) == tip:  # nobody else pushed
                raise
    return done


def _committed(
    config: Config, to: Target, tip: str | None, message: str, *, dry_run: bool, force: bool
) -> Deployed:
    """The commit on top of `tip` that makes the branch hold the site, if one is needed."""
    git = to.git
    there = git.entries(tip) if tip else {}
    with FileLock(Store(config.store).prepare() / "lock"):  # no build changes the files meanwhile
        site = complete(files(config.output))
        change = compare(site, there, _ours(git, there), git.id, force=force)
        cname = site[CNAME].read() if CNAME in site else None
        commit = None
        if change and not dry_run:
            new = ((path, site[path].read()) for path in (*change.added, *change.changed))
            commit = git.commit(to.branch, tip, message, change.removed, new)
    if cname is None and CNAME in there:
        cname = git.content(there[CNAME].id)
    found = address.of(to.place, cname)
    return Deployed(change, commit, tip is None, found, _problems(config, to, found))


def _tip(to: Target) -> str | None:
    """The last commit of the branch; `DeployError` if that is the branch of the sources."""
    tip = to.git.fetch(to.remote, to.branch)
    own = to.branch == to.git.branch()
    taken = own and (tip is None or to.git.related(tip))
    if taken or (tip is not None and to.git.has(tip)):
        raise DeployError(
            f"{to.branch} is the branch of the sources",
            hint="choose another one with --branch, such as gh-pages",
        )
    return tip


def _ours(git: Repository, there: Mapping[str, Entry]) -> frozenset[str]:
    """What publish put on the branch, by the manifest that it left there."""
    if MANIFEST not in there:
        return frozenset()
    return published(git.content(there[MANIFEST].id)) | {MANIFEST}


def _problems(config: Config, to: Target, found: str | None) -> tuple[Problem, ...]:
    """What the author should know, though it is no reason to stop."""
    problems = []
    if to.dirty:
        problems.append(
            Problem(
                "the site is of sources with changes that are not committed",
                hint="commit them, so that the site can be made again",
            )
        )
    url = config.settings.url
    if url and found and address.differ(url, found):
        problems.append(
            Problem(
                f"`url` is {url}, but the site will be at {found}",
                *config.place("url"),
                hint=f'url = "{found}", or a file CNAME that holds your domain',
            )
        )
    return tuple(problems)
