"""`publish deploy`: the order of its steps, and what it says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from publisher import config as configuration
from publisher import deploy
from publisher.check import Finding
from publisher.cli.run import run
from publisher.cli.show import show_problem
from publisher.deploy import Deployed, Target
from publisher.model import Problem

MAX_FINDINGS = 25


def push(
    *,
    project: Path,
    output: Path | None,
    remote: str,
    branch: str,
    message: str,
    dry_run: bool,
    force: bool,
    quiet: bool,
    **given: Any,
) -> int:
    """Build, check and push; the exit code."""
    loaded = configuration.load(project, output)
    _say(quiet, f"looking at {branch or loaded.settings.deploy.branch} …")
    target = deploy.target(loaded, remote, branch, force=force)
    if dry_run:
        _say(quiet, "a dry run: the site is built, and nothing is pushed")
    code = run(project=project, output=output, quiet=quiet, **given)
    if code:
        click.echo("nothing was pushed", err=True)
        return code
    _say(quiet, "looking for secrets and dead links …")
    found = deploy.findings(loaded)
    secrets = deploy.secrets(found)
    if not _show_findings(found, secrets, quiet=quiet):
        return 1
    _say(quiet and not dry_run, "comparing with what is online …")
    done = deploy.deploy(loaded, target, message=message, dry_run=dry_run, force=force)
    for problem in () if quiet else done.problems:
        show_problem(problem, "warning", "yellow")
    _say(quiet and not dry_run, *_summary(target, done, dry_run))
    return 0


def write_workflow(project: Path, output: Path | None, *, force: bool) -> int:
    """Write the workflow for GitHub Actions; the exit code."""
    loaded = configuration.load(project, output)
    path = deploy.workflow(loaded, force=force)
    click.echo(f"wrote {path}", err=True)
    branch = loaded.settings.branch
    click.echo(f"It publishes what is pushed to {branch} (`branch` in publisher.toml).", err=True)
    click.echo("next: on GitHub, choose Settings → Pages → Source: GitHub Actions;", err=True)
    click.echo("      then commit the file and push it", err=True)
    return 0


def _say(quiet: bool, *lines: str) -> None:
    for line in () if quiet else lines:
        click.echo(line, err=True)


def _show_findings(
    found: tuple[Finding, ...], secrets: tuple[Finding, ...], *, quiet: bool
) -> bool:
    """Show what the check found; whether the site may be pushed."""
    others = [finding for finding in found if finding not in secrets]
    for finding in () if quiet else others[:MAX_FINDINGS]:
        show_problem(_problem(finding), "warning", "yellow")
    if len(others) > MAX_FINDINGS and not quiet:
        click.echo(f"… and {len(others) - MAX_FINDINGS} more: see publish check", err=True)
    for finding in secrets:
        show_problem(_problem(finding), "error", "red")
    if secrets:
        many = f"{len(secrets)} secrets" if len(secrets) > 1 else "a secret"
        click.echo(f"nothing was pushed: the site would show {many}", err=True)
    return not secrets


def _problem(finding: Finding) -> Problem:
    return Problem(finding.message, finding.path, finding.line, finding.cell, finding.hint)


def _summary(target: Target, done: Deployed, dry_run: bool) -> list[str]:
    where = target.shown
    change = done.change
    if not change:
        lines = [f"nothing to push: {where} holds this site already"]
    else:
        counts = f"{len(change.added)} added, {len(change.changed)} changed"
        counts += f", {len(change.removed)} removed"
        pushed = f"pushed {done.commit[:10]} to" if done.commit else "would push to"
        lines = [f"{pushed} {where}: files {counts}"]
    if done.address and not dry_run:
        lines.append(f"the site: {done.address}")
        if done.first:
            lines.append(
                f"once: on GitHub, choose Settings → Pages → Deploy from a branch → {target.branch}"
            )
    return lines
