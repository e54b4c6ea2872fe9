"""The conditions on works that lists are given: `:filter:` of MyST and the queries of Jekyll."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from publisher.citations.bibtex import Work

Condition = Callable[[Work, bool], bool]
"""Whether a work is shown; the second value says whether the page cites it."""
MAX_LENGTH = 500
_QUERY = re.compile(r"\s*@(?P<types>[\w,|*]+)\s*(?:\[(?P<tests>[^\]]*)\])?\s*\*?\s*\Z")
_TEST = re.compile(
    r"\s*(?P<field>[\w-]+)\s*(?P<sign>!=|\^=|~=|=|<=|>=|<|>)\s*(?P<value>[^&|]*?)\s*\Z"
)


def condition(expression: str) -> Condition:
    """A filter as sphinxcontrib-bibtex has them: `type == "book" and year > "2000"`.

    `ValueError` if it is none.
    """
    if len(expression) > MAX_LENGTH:
        raise ValueError("it is too long")
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("it is no expression") from error
    _checked(tree)
    return lambda work, here: bool(_value(tree, work, here))


_COMPARED: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def _checked(tree: ast.expr) -> None:
    """`ValueError` if an expression asks for more than we know."""
    for node in ast.walk(tree):
        known = isinstance(
            node,
            ast.BoolOp | ast.boolop | ast.UnaryOp | ast.Not | ast.Compare | ast.Name | ast.Load
            | ast.Constant | ast.Set | ast.List | ast.Tuple,
        )  # fmt: skip
        is_match = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod)
        if not (known or is_match or isinstance(node, ast.Mod) or type(node) in _COMPARED):
            raise ValueError(f"{type(node).__name__} is not known in it")


def _value(node: ast.expr, work: Work, here: bool) -> Any:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, work, here) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, work, here) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _value(operand, work, here)
        case ast.BinOp(left=left, right=right):
            found = str(_value(left, work, here)).lower()
            return str(_value(right, work, here)).lower() in found
        case ast.Compare(left=left, ops=ops, comparators=rest):
            values = [_value(part, work, here) for part in (left, *rest)]
            try:
                return all(
                    _COMPARED[type(op)](a, b)
                    for op, a, b in zip(ops, values, values[1:], strict=False)
                )
            except TypeError:
                return False
        case ast.Name(id=name):
            return _named(name, work, here)
        case ast.Constant(value=value):
            return value
        case ast.Set(elts=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part, work, here) for part in parts]
    return None


def _named(name: str, work: Work, here: bool) -> Any:
    """What a name means in a filter; `docname in docnames` asks whether this page cites a work."""
    if name == "docnames":
        return ["this page"] if here else []
    known = {"docname": "this page", "cited": True, "type": work.type, "key": work.key}
    return known[name] if name in known else work.plain(name)


def query(text: str) -> Callable[[Work], bool]:
    """A query of jekyll-scholar: `@*[selected=true && year>=2020]`, `@article`.

    `ValueError` if it is none. Source: bibtex-ruby, "Queries".
    """
    if not text.strip():
        return lambda work: True
    if len(text) > MAX_LENGTH:
        raise ValueError("it is too long")
    found = _QUERY.match(text)
    if not found:
        raise ValueError("it is no query")
    types = {name for name in re.split(r"[,|]", found["types"].lower()) if name != "*"}
    tests = [_test(part) for part in re.split(r"&&?", found["tests"] or "") if part.strip()]
    return lambda work: (not types or work.type in types) and all(test(work) for test in tests)


def _test(text: str) -> Callable[[Work], bool]:
    found = _TEST.match(text)
    if not found:
        raise ValueError(f"{text.strip()} is no condition")
    field, sign, wanted = found["field"].lower(), found["sign"], found["value"].strip("\"'")

    def test(work: Work) -> bool:
        value = work.year if field == "year" else work.plain(field)
        if sign == "^=":
            return value.startswith(wanted)
        if sign == "~=":
            return wanted.lower() in value.lower()
        same = value.lower() == wanted.lower()
        compared = {"=": same, "!=": not same, "<": value < wanted, ">": value > wanted,
                    "<=": value <= wanted, ">=": value >= wanted}  # fmt: skip
        return compared[sign]

    return test
