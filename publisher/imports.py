"""What our own processes do without: parts of libraries that cost more than all we do with them."""

from __future__ import annotations

import sys

UNWANTED = ("rfc3987_syntax",)
"""Checks a format that no schema of notebooks has; its import compiles a grammar for a second."""


def spare() -> None:
    """Have this process, which does nothing else, take these optional modules for missing.

    They come with Jupyter Server; jsonschema, which nbformat imports, then imports them too.
    """
    for name in UNWANTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
