"""The pages that are built: made from a number alone, so that every run has the same ones."""

from __future__ import annotations

import base64
import datetime
import json
import random
import struct
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TEMPLATES = 24
PROSE_ANCHOR = "The reader may change this sentence."
PROSE_EDITED = "The reader has changed this sentence."
CODE_ANCHOR = "factor = 3"
CODE_EDITED = "factor = 5"

_HEADER = """---
jupyter:
  jupytext:
    text_representation:
      extension: .md
      format_name: markdown
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---
"""
_WORDS = (
    "sample variance drift signal window model estimate kernel noise sensor trace phase mean "
    "gradient sequence cluster channel baseline residual interval weight margin matrix record"
).split()


@dataclass(frozen=True)
class Corpus:
    """Pages as files.

    `expected[name]` is what the page's last cell prints, which its source does not hold: it shows
    that the page was executed, or its outputs kept.
    """

    name: str
    markdown: Mapping[str, Path]
    ipynb: Mapping[str, Path]
    expected: Mapping[str, str]
    executed: bool


def notebooks(folder: Path, pages: int, python: Path, env: Mapping[str, str]) -> Corpus:
    """Small notebooks without outputs, as Jupytext Markdown and, by jupytext, as `.ipynb`.

    6 code and 8 prose cells each: math, a table, pandas in every second, a plot in every fourth.
    """
    texts = {page_name(number): page(number, _code(number)) for number in range(pages)}
    return _both_formats(folder, texts, f"{pages} notebooks", python, env)


def idle(folder: Path, pages: int, python: Path, env: Mapping[str, str]) -> Corpus:
    """The same notebooks, with code that does nothing but print the checksum at the end."""
    texts = {}
    for number in range(pages):
        code = _code(number)
        checksum = code[-1].replace("factor", "3")
        texts[page_name(number)] = page(number, ["pass"] * (len(code) - 1) + [checksum])
    return _both_formats(folder, texts, f"{pages} idle notebooks", python, env)


def _both_formats(
    folder: Path, texts: Mapping[str, str], name: str, python: Path, env: Mapping[str, str]
) -> Corpus:
    markdown = _write(folder / "markdown", texts)
    command = [str(python), "-m", "jupytext", "--quiet", "--to", "ipynb"]
    subprocess.run([*command, *map(str, markdown.values())], env=env, check=True)
    ipynb = {}
    (folder / "ipynb").mkdir()
    for page, path in markdown.items():
        ipynb[page] = path.with_suffix(".ipynb").rename(folder / "ipynb" / f"{page}.ipynb")
    expected = {page: printed(number) for number, page in enumerate(texts)}
    return Corpus(name, markdown, ipynb, expected, executed=False)


def executed(
    folder: Path, pages: int, templates: Sequence[dict[str, Any]], *, dated: bool = False
) -> Corpus:
    """Notebooks with outputs: the executed `templates` in turn; if `dated`, with date and tags.

    Each page has texts, cell ids and image bytes of its own, so that no tool gains by equal pages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ipynb, expected = {}, {}
    for number in range(pages):
        name, origin = page_name(number), number % len(templates)
        ipynb[name] = folder / f"{name}.ipynb"
        document = _variant(templates[origin], origin, number)
        if dated:
            document["metadata"] |= _dated(number)
        ipynb[name].write_text(json.dumps(document, indent=1), encoding="utf-8")
        expected[name] = printed(origin)
    return Corpus(f"{pages} executed", {}, ipynb, expected, executed=True)


def _dated(number: int) -> dict[str, Any]:
    """A date, one a day, and two tags, as an author writes them into the metadata."""
    date = datetime.date(2010, 1, 1) + datetime.timedelta(days=number)
    return {"date": date.isoformat(), "tags": [f"topic {number % 20}", f"kind {number % 3}"]}


def run_templates(
    folder: Path, count: int, python: Path, env: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Execute some notebooks once, for their real outputs."""
    sources = notebooks(folder, count, python, env)
    command = [str(python), "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace"]
    files = [str(path) for path in sources.ipynb.values()]
    subprocess.run([*command, "--log-level=ERROR", *files], env=env, check=True)
    return [json.loads(path.read_text(encoding="utf-8")) for path in sources.ipynb.values()]


def text_and_table(folder: Path, python: Path, env: Mapping[str, str]) -> Corpus:
    """One page of text and a table, with no code."""
    name, words = "plain", random.Random("plain")
    paragraphs = "\n\n".join(_paragraph(words, 60) for _ in range(8))
    text = f"{_HEADER}\n# Text and a table\n\n{paragraphs}\n\n{_table(words, 12)}\n"
    markdown = _write(folder / "markdown", {name: text})
    ipynb = folder / f"{name}.ipynb"
    command = [str(python), "-m", "jupytext", "--quiet", "--to", "ipynb", "--output", str(ipynb)]
    subprocess.run([*command, str(markdown[name])], env=env, check=True)
    return Corpus("text and a table", markdown, {name: ipynb}, {name: "Text and a table"}, False)


def page_name(number: int) -> str:
    """The name of a page's file, without suffix."""
    return f"page-{number:04d}"


def printed(number: int, factor: int = 3) -> str:
    """What the last cell of a page prints; `factor` is 5 after the code edit."""
    return f"checksum {factor * (7919 + 31 * number)}"


def page(number: int, sources: Sequence[str]) -> str:
    """A notebook in Jupytext Markdown, with these six code cells."""
    words = random.Random(number)
    prose = [
        f"# Study {number:04d} of the {_pick(words, 2)}\n\n{_paragraph(words, 50)} {PROSE_ANCHOR}",
        f"## Model\n\nWith $x_i \\sim N(\\mu, \\sigma^2)$ and $n = {10 + number % 7}$:\n\n"
        "$$\n\\hat\\sigma^2 = \\frac{1}{n-1}\\sum_{i=1}^{n} (x_i - \\bar x)^2\n$$",
        f"## Values\n\n{_table(words, 6)}",
        f"{_paragraph(words, 40)} It is `O(n)` and **{_pick(words, 1)}**.",
        "\n".join(f"- {_paragraph(words, 9)}" for _ in range(4)),
        f"### Notes\n\n> {_paragraph(words, 25)}",
        f"{_paragraph(words, 45)} See [the reference](https://example.org/{number}).",
        f"## Conclusion\n\n{_paragraph(words, 40)}",
    ]
    code = [f"```python\n{cell}\n```" for cell in sources]
    order = [prose[0], code[0], prose[1], code[1], prose[2], code[2], prose[3], prose[4]]
    order += [code[3], prose[5], code[4], prose[6], code[5], prose[7]]
    cells = [
        f"<!-- #region -->\n{cell}\n<!-- #endregion -->" if cell in prose else cell
        for cell in order
    ]
    return f"{_HEADER}\n" + "\n\n".join(cells) + "\n"


def _code(number: int) -> list[str]:
    pandas, plot = number % 2 == 0, number % 4 == 0
    imports = "import math\nimport statistics"
    if pandas:
        imports += "\n\nimport numpy as np\nimport pandas as pd"
    if plot:
        imports += "\nimport matplotlib.pyplot as plt"
    values = f"{CODE_ANCHOR}\nvalues = [math.sin({number} + i / 7) for i in range(60)]\nvalues[:4]"
    function = (
        "def smooth(series, width=5):\n"
        '    """The running mean of a series."""\n'
        "    ends = range(width, len(series) + 1)\n"
        "    return [statistics.fmean(series[end - width : end]) for end in ends]\n\n\n"
        'for start in range(3):\n    print(f"{start}: {smooth(values)[start]:.4f}")'
    )
    table = (
        'frame = pd.DataFrame({"value": values, "index": np.arange(60) % 6})\n'
        'frame.groupby("index").agg(["mean", "std"]).round(3)'
        if pandas
        else "{name: round(getattr(statistics, name)(values), 4) for name in "
        '("fmean", "stdev", "median")}'
    )
    picture = (
        "#| fig-alt: The values and their running mean\n"
        "figure, axes = plt.subplots(figsize=(6, 3))\n"
        'axes.plot(values, "o", label="values")\naxes.plot(smooth(values), label="smooth")\n'
        "axes.legend()\nplt.show()"
        if plot
        else 'print("\\n".join("#" * int(10 + 9 * value) for value in values[:8]))'
    )
    last = f'print("checksum", factor * (7919 + 31 * {number}))'
    return [imports, values, function, table, picture, last]


def _variant(template: dict[str, Any], origin: int, number: int) -> dict[str, Any]:
    words = random.Random(f"variant {number}")
    document: dict[str, Any] = json.loads(json.dumps(template))
    for index, cell in enumerate(document["cells"]):
        cell["id"] = f"{number:04d}-{index:02d}"
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"]).replace(f"Study {origin:04d}", f"Study {number:04d}")
            cell["source"] = source.replace(PROSE_ANCHOR, f"{_paragraph(words, 20)} {PROSE_ANCHOR}")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                data["image/png"] = _stamped(data["image/png"], str(number))
    return document


def _stamped(png: str, text: str) -> str:
    """A PNG (base64) with a comment, which makes its bytes unique and changes no pixel."""
    content = base64.b64decode(png)
    body = b"tEXt" + b"Comment\0" + text.encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    after_header = 8 + 25  # the signature and the IHDR chunk
    return base64.b64encode(content[:after_header] + chunk + content[after_header:]).decode()


def _write(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    folder.mkdir(parents=True)
    paths = {name: folder / f"{name}.md" for name in texts}
    for name, text in texts.items():
        paths[name].write_text(text, encoding="utf-8")
    return paths


def _paragraph(words: random.Random, count: int) -> str:
    return _pick(words, count).capitalize() + "."


def _pick(words: random.Random, count: int) -> str:
    return " ".join(words.choice(_WORDS) for _ in range(count))


def _table(words: random.Random, rows: int) -> str:
    head = ["| name | mean | deviation |", "| --- | ---: | ---: |"]
    body = (
        f"| {_pick(words, 2)} | {words.random():.3f} | {words.random():.3f} |" for _ in range(rows)
    )
    return "\n".join([*head, *body])
