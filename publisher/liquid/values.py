"""Values as Ruby writes them: texts, dates and lists in a template's output."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from liquid.undefined import Undefined

Filter = Callable[..., Any]
ADDRESS = "/:@!$&'()*+,;=~-._?#%[]"  # characters that stay as they are in an address


def text(value: Any) -> str:
    """A value as it appears in the output."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, Undefined):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "".join(text(item) for item in value)
    if isinstance(value, datetime.datetime):
        zone = "UTC" if value.tzinfo is datetime.UTC else value.strftime("%z") or "UTC"
        return f"{value:%Y-%m-%d %H:%M:%S} {zone}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, Mapping):
        shown = getattr(value, "shown", None)
        return str(shown) if shown is not None else inspect(dict(value))
    return str(value)


def inspect(value: Any) -> str:
    """A value as Ruby's `inspect` shows it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, Undefined):
        return "nil"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(inspect, value))}]"
    if isinstance(value, Mapping) and hasattr(value, "shown"):
        return json.dumps(value.shown, ensure_ascii=False)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{inspect(k)}=>{inspect(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    return text(value)


_DIRECTIVE = re.compile(r"%([-0^#_:]*)(\d*)([a-zA-Z%+])")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_COMPOSED = {
    "D": "%m/%d/%y", "x": "%m/%d/%y", "F": "%Y-%m-%d", "T": "%H:%M:%S", "X": "%H:%M:%S",
    "R": "%H:%M", "r": "%I:%M:%S %p", "c": "%a %b %e %H:%M:%S %Y", "v": "%e-%^b-%Y",
    "+": "%a %b %e %H:%M:%S %Z %Y",
}  # fmt: skip


def formatted(moment: datetime.datetime, form: str) -> str:
    """A date by Ruby's `strftime`, in English, on any system."""

    def directive(match: re.Match[str]) -> str:
        flags, width, name = match[1], match[2], match[3]
        if name in _COMPOSED:
            return formatted(moment, _COMPOSED[name])
        found = _field(moment, name, colons=flags.count(":"))
        if found is None:
            return match[0]
        content, size, padding = found
        if "^" in flags:
            content = content.upper()
        if "#" in flags:
            content = content.lower() if name == "p" else content.upper()
        if "-" in flags:
            return content
        padding = "0" if "0" in flags else " " if "_" in flags else padding
        return content.rjust(min(int(width), 100) if width else size, padding)

    return _DIRECTIVE.sub(directive, form)


def _field(moment: datetime.datetime, name: str, colons: int) -> tuple[str, int, str] | None:
    """A directive's text, its least width, and what it is filled with; None if not known."""
    year, week, day = moment.isocalendar()
    hour = moment.hour % 12 or 12
    first = moment.replace(month=1, day=1).weekday()
    passed = moment.timetuple().tm_yday
    numbers = {
        "Y": (moment.year, 4), "C": (moment.year // 100, 2), "y": (moment.year % 100, 2),
        "m": (moment.month, 2), "d": (moment.day, 2), "j": (passed, 3), "H": (moment.hour, 2),
        "I": (hour, 2), "M": (moment.minute, 2), "S": (moment.second, 2), "G": (year, 4),
        "g": (year % 100, 2), "V": (week, 2), "u": (day, 1), "w": (day % 7, 1),
        "L": (moment.microsecond // 1000, 3), "N": (moment.microsecond * 1000, 9),
        "U": ((passed + (first + 1) % 7 - 1) // 7, 2), "W": ((passed + first - 1) // 7, 2),
        "s": (int(moment.timestamp()), 1),
    }  # fmt: skip
    if name in numbers:
        number, size = numbers[name]
        return str(number), size, "0"
    if name in "ekl":
        number = {"e": moment.day, "k": moment.hour, "l": hour}[name]
        return str(number), 2, " "
    half = "AM" if moment.hour < 12 else "PM"
    zone = moment.strftime("%z") or "+0000"
    words = {
        "B": _MONTHS[moment.month - 1], "b": _MONTHS[moment.month - 1][:3],
        "h": _MONTHS[moment.month - 1][:3], "A": _DAYS[moment.weekday()],
        "a": _DAYS[moment.weekday()][:3], "p": half, "P": half.lower(), "%": "%", "n": "\n",
        "t": "\t", "z": f"{zone[:3]}:{zone[3:5]}" if colons else zone,
        "Z": moment.tzname() or "UTC",
    }  # fmt: skip
    return (words[name], 0, " ") if name in words else None


def items_of(value: Any) -> list[Any]:
    """What is in a list, or in a table; a single value is a list of one."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, (str, int, float)) or value is None:
        return [] if value is None else [value]
    return list(value)
