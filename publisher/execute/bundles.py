"""Outputs in the form in which notebooks can hold them."""

from __future__ import annotations

import json
import re
from typing import Any

_JSON = re.compile(r"application/(?:.*\+)?json")


def storable(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle by MIME type of which every part is a text, or a value of JSON under a type of such.

    Altair gives its charts under `application/vnd.vegalite.v6.json`, which nbformat does not take
    for JSON: it becomes `…v6+json`. What else is no text is written as JSON.
    """
    made: dict[str, Any] = {}
    for mime, value in data.items():
        if _JSON.fullmatch(mime) or _is_text(value):
            made[mime] = value
        elif mime.endswith(".json"):
            made[f"{mime.removesuffix('.json')}+json"] = value
        else:
            made[mime] = json.dumps(value, ensure_ascii=False)
    return made


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(line, str) for line in value)
    )
