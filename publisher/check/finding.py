"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["secret", "leak", "link", "fragment", "alt", "title", "size", "unread"]
Severity = Literal["error", "warning"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SEVERITY: dict[Kind, Severity] = {
    "secret": "error",
    "leak": "warning",
    "link": "error",
    "fragment": "error",
    "alt": "warning",
    "title": "warning",
    "size": "warning",
    "unread": "warning",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a file that would be published.

    `path` is the source that it comes from, relative to the project, where that is known, else
    the path of the `file` in the site. `line` and `cell` (the code cell) count from 1.
    `fingerprint` names the finding, wherever else in the site it stands, and survives edits of
    what is around it. A secret is never shown in full: neither `message` nor anything else of a
    finding holds more than its first characters.
    """

    kind: Kind
    message: str
    path: str
    line: int | None = None
    cell: int | None = None
    hint: str | None = None
    severity: Severity = "warning"
    file: str = ""
    fingerprint: str = ""
