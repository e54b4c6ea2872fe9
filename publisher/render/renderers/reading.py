"""Values in the scripts that libraries print: data that is JSON, taken out without running it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[\s,]*")
MAX_CHARACTERS = 50_000_000


def values(text: str, at: int, count: int) -> list[Any] | None:
    """Several values that stand from a place on, with commas between them; None if they do not."""
    found = []
    for _ in range(count):
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        found.append(value)
    return found


def assigned(text: str, name: str) -> Any:
    """The value that a script gives to a constant: `const NAME = …`; None if it gives none."""
    place = re.search(rf"\b(?:const|let|var)\s+{re.escape(name)}\s*=\s*", text)
    found = values(text, place.end(), 1) if place else None
    if found and isinstance(found[0], str):  # a text of JSON
        found = values(found[0], 0, 1)
    return found[0] if found else None


def written(bundle: Mapping[str, Any]) -> bool:
    """Whether an output is HTML that the author wrote, not what a library shows by itself."""
    return str(bundle.get("text/plain", "")).startswith("<IPython.core.display.HTML")
