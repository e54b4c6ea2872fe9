"""Something wrong with a file of a site, before it is known where that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.check.finding import Kind


@dataclass(frozen=True)
class Fault:
    """`file` is its path in the site; `text` what to look for in its source, empty for nothing."""

    kind: Kind
    message: str
    file: str
    text: str = ""
    hint: str | None = None
