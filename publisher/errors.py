"""What can go wrong, as one tree.

```
PublishError            1   anything that we explain instead of showing a traceback
├── ConfigError         2   the configuration or the command line is wrong
├── SourceError         1   a page cannot be read
├── ExecutionError      1   a notebook did not run to its end
├── ThemeError          2   a template is missing or broken
├── BuildError          1   pages failed, or warnings under `--strict`
├── SearchError         1   the search index cannot be made
├── DeployError         1   the site cannot be put online
└── OutputError         1   the output folder cannot be written
```

The number is the exit code of the command. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations


class PublishError(Exception):
    """A failure that its message explains.

    `path` and `line` (from 1) say where in the author's files it lies, `cell` (from 1) which code
    cell, `hint` what to do about it, and `detail` holds longer text such as a traceback.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        cell: int | None = None,
        hint: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.cell = cell
        self.hint = hint
        self.detail = detail


class ConfigError(PublishError):
    """The configuration or the command line is wrong."""

    exit_code = 2


class SourceError(PublishError):
    """A page cannot be read."""


class ExecutionError(PublishError):
    """A notebook did not run to its end."""


class ThemeError(PublishError):
    """A template is missing or broken."""

    exit_code = 2


class BuildError(PublishError):
    """Pages failed, or there were warnings in a strict build."""


class SearchError(PublishError):
    """The search index cannot be made."""


class DeployError(PublishError):
    """The site cannot be put online."""


class OutputError(PublishError):
    """The output folder cannot be written, or is not ours."""
