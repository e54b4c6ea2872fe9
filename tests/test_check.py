"""The check of a site, on real builds: what is found, where, and what is not.

No token here is one: all are drawn from a seed, and put together only when the tests run.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from publisher import check, config
from publisher.build import Options
from publisher.check import Finding, look
from publisher.cli import cli
from publisher.config import Config
from publisher.errors import ConfigError, OutputError, PublishError
from publisher.model import File

from .conftest import Site

_RANDOM = random.Random(6)
LETTERS = string.ascii_letters
WORD = LETTERS + string.digits
DASHED = WORD + "-_"
HEX = "0123456789abcdef"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def drawn(length: int, letters: str = WORD) -> str:
    """Letters by chance; digits among them where there may be."""
    return "".join(_RANDOM.choice(letters) for _ in range(length))


def with_checksum(prefix: str) -> str:
    """A token as GitHub and npm make them: the last six letters are a checksum."""
    body = drawn(30)
    number, letters = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        letters = (string.digits + string.ascii_uppercase + string.ascii_lowercase)[digit] + letters
    return prefix + body + letters.rjust(6, "0")


def jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": "42", "name": "Ada", "iat": 1716239022})
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts]
    return ".".join((*(text.decode().rstrip("=") for text in texts), drawn(43)))


def pem(kind: str) -> str:
    lines = "\n".join(drawn(64) for _ in range(12))
    return f"-----BEGIN {kind}PRIVATE " + f"KEY-----\n{lines}\n-----END {kind}PRIVATE " + "KEY-----"


TOKENS = {
    "aws": f"aws_access_key_id = AKIA{drawn(16, BASE32)}\naws_secret_access_key = {drawn(40)}",
    "aws id": "AKIA" + drawn(16, BASE32),
    "github": with_checksum("ghp" + "_"),
    "github fine-grained": "github_pat" + f"_{drawn(22)}_{drawn(59)}",
    "gitlab": "glpat" + f"-{drawn(20)}",
    "slack": "xoxb" + f"-{drawn(12, string.digits)}-{drawn(12, string.digits)}-{drawn(24)}",
    "slack webhook": f"https://hooks.slack.com/services/T{drawn(8, BASE32)}/B{drawn(10, BASE32)}/"
    + drawn(24),
    "stripe": "sk_" + f"live_{drawn(24)}",
    "openai": "sk" + f"-{drawn(20)}T3BlbkFJ{drawn(20)}",
    "openai project": "sk" + f"-proj-{drawn(74)}T3BlbkFJ{drawn(74)}",
    "anthropic": "sk" + f"-ant-api03-{drawn(93)}AA",
    "hugging face": "hf" + f"_{drawn(34, LETTERS)}",
    "google": "AIza" + drawn(35),
    "rsa key": pem("RSA "),
    "key": pem(""),
    "ssh key": pem("OPENSSH "),
    "jwt": jwt(),
    "address": f"https://ada:{drawn(16)}@git.analytical-engines.net/a.git",
    "npm": with_checksum("npm" + "_"),
    "pypi": "pypi" + f"-AgEIcHlwaS5vcmc{drawn(150)}",
    "azure": "DefaultEndpointsProtocol=https;AccountName=ada;AccountKey="
    + f"{base64.b64encode(_RANDOM.randbytes(64)).decode()};EndpointSuffix=core.windows.net",
    "sendgrid": "SG" + f".{drawn(22)}.{drawn(43)}",
    "twilio": f'TWILIO_AUTH_TOKEN = "{drawn(32, HEX)}"',
    "twilio key": "SK" + drawn(32, HEX),
    "telegram": f"{drawn(10, '123456789')}:AA{drawn(33)}",
    "discord": f"https://discord.com/api/webhooks/{drawn(18, '123456789')}/{drawn(68)}",
    "postgres": f"postgresql://ada:{drawn(14)}@db.lovelace.net:5432/engine",
    "mongodb": f"mongodb+srv://ada:{drawn(14)}@cluster0.ab1cd.mongodb.net/test",
    "password": f'password = "{drawn(15)}7"',
    "human password": 'password = "Tr0ub4dor' + '&3horse!"',
    "key in code": f'api_key = "{drawn(31)}7"',
    "environment": f"DB_PASSWORD={drawn(19)}7",
    "wandb": f'WANDB_API_KEY = "{drawn(40, HEX)}"',
    "kaggle": f'{{"username":"ada","key":"{drawn(32, HEX)}"}}',
    "header": f"Authorization: Bearer {drawn(39)}7",
    "digital ocean": "dop" + f"_v1_{drawn(64, HEX)}",
}
ONE = with_checksum("ghp" + "_")
TWO = "hf" + f"_{drawn(34, LETTERS)}"
THREE = "xoxb" + f"-{drawn(12, string.digits)}-{drawn(12, string.digits)}-{drawn(24)}"
HOME = "/home/" + "lovelace"
NOTEBOOK = "---\ntitle: {title}\njupyter: python3\n---\n\nSome text.\n\n"


def files(given: Mapping[str, str | bytes]) -> list[File]:
    return [
        File(path, text.encode() if isinstance(text, str) else text) for path, text in given.items()
    ]


def found(given: Mapping[str, str | bytes], tmp_path: Path) -> tuple[Finding, ...]:
    (tmp_path / "publisher.toml").touch()
    return check.check(files(given), config.load(tmp_path))


def built(made: Config) -> tuple[Finding, ...]:
    return check.check_build(made, Options(jobs=1))[1]


def page(body: str, title: str = "Page") -> str:
    return f"<!doctype html><title>{title}</title><body><h1>{title}</h1>{body}</body>"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments], standalone_mode=False)


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.kind for finding in findings]


# Secrets


@pytest.mark.parametrize("kind", TOKENS)
def test_a_secret_is_found_wherever_it_stands(kind: str, tmp_path: Path) -> None:
    token = TOKENS[kind]
    cell = {"cell_type": "code", "metadata": {}, "source": ["x = 1\n"], "outputs": []}
    notebook = {"cells": [{**cell, "outputs": [{"output_type": "stream", "text": [token]}]}]}
    escaped = token.replace("&", "&amp;").replace('"', "&quot;")
    spans = "".join(f'<span class="n">{letter}</span>' for letter in token)
    places = {
        "text.txt": f"first\n{token}\nlast\n",
        "page.html": page(f"<pre>{escaped}</pre>"),
        "marked.html": page(f"<div><pre>{spans.replace('&', '&amp;')}</pre></div>", "Marked"),
        "attribute.html": page(f'<p title="see {escaped}">x</p>', "Attribute"),
        "comment.html": page(f"<!-- {token} -->", "Comment"),
        "script.html": page(f"<script>const x = `{token}`;</script>", "Script"),
        "output.ipynb": json.dumps(notebook),
        "data.json": json.dumps({"log": f"it says: {token}"}),
        "fragment.pf_fragment": gzip.compress(
            b"pagefind_dcd" + json.dumps({"url": "/a/", "content": f"a {token} b"}).encode()
        ),
    }
    secrets = [one for one in found(places, tmp_path) if one.kind == "secret"]
    assert {one.path for one in secrets} == places.keys()
    assert all(one.severity == "error" for one in secrets)
    whole = [part for part in token.replace('"', " ").split() if len(part) > 30]
    assert not any(part in repr(one) for part in whole for one in secrets)


def test_a_secret_is_placed_in_its_source(site: Site) -> None:
    code = (
        "```python\nx = 1\n```\n\n"
        f'```python\nkey = "{ONE}"\n```\n\n'
        '```python\nprint("token", open("../token.txt").read())\n```\n\n'
        '```python tags=["raises-exception"]\n'
        'raise ValueError(open("../other.txt").read())\n```\n'
    )
    stored = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Stored"},
            {
                "cell_type": "code", "metadata": {}, "execution_count": 1, "source": "show()",
                "outputs": [
                    {"output_type": "display_data", "metadata": {}, "data": {"text/plain": TWO}}
                ],
            },
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }  # fmt: skip
    made = site(
        {
            "notebooks/index.md": "# Home\n\n[data](data.csv)\n",
            "notebooks/run.md": NOTEBOOK.format(title="Run") + code,
            "notebooks/stored.ipynb": json.dumps(stored, indent=1),
            "notebooks/data.csv": f"name,key\nada,{THREE}\n",
            "token.txt": TWO,
            "other.txt": THREE,
        }
    )
    secrets = [one for one in built(made) if one.kind == "secret"]
    places = [(one.path, one.line, one.cell) for one in secrets]
    assert places == [
        ("notebooks/data.csv", 2, None),
        ("notebooks/run.md", 13, 2),
        ("notebooks/run.md", 17, 3),
        ("notebooks/run.md", 21, 4),
        ("notebooks/stored.ipynb", 18, 1),
    ]
    assert not any(token[:8] in repr(secrets) for token in (ONE, TWO, THREE))
    assert "run/index.html" in secrets[1].message
    assert all(f'"secret:{one.fingerprint}"' in (one.hint or "") for one in secrets)


def test_a_secret_of_widgets_and_of_a_file_that_a_page_wrote_is_found(site: Site) -> None:
    code = (
        "```python\nimport ipywidgets\n"
        'ipywidgets.Label(value=open("../token.txt").read())\n```\n\n'
        "```python\nfrom pathlib import Path\n"
        'Path("made.json").write_text(open("../other.txt").read())\n```\n\n[made](made.json)\n'
    )
    made = site(
        {
            "notebooks/index.md": NOTEBOOK.format(title="Run") + code,
            "token.txt": TWO,
            "other.txt": f'{{"a": "{THREE}"}}',
        }
    )
    secrets = [one for one in built(made) if one.kind == "secret"]
    assert {one.path for one in secrets} == {"notebooks/index.md", "notebooks/made.json"}


def test_what_only_looks_like_a_secret_is_none(tmp_path: Path) -> None:
    noise = random.Random(1)
    pictures = "".join(
        f'<img alt="" src="data:image/png;base64,'
        f'{base64.b64encode(noise.randbytes(60_000)).decode()}">'
        for _ in range(20)
    )
    # Three letters are all that tells the key of one service from Base64.
    packed = base64.b64encode(noise.randbytes(900)).decode()
    picture = f"{packed[:600]}/BSA{'x7Qk' * 7}/{packed[600:]}"
    lines = "\n".join(picture[at : at + 76] for at in range(0, len(picture), 76))
    hashes = [noise.randbytes(size).hex() for size in (16, 20, 32, 64) for _ in range(50)]
    numbers = [noise.uniform(-100, 100) for _ in range(3_000)]
    path = " ".join(f"L{number:.6f},{number / 2:.6f}" for number in numbers)
    integrity = base64.b64encode(noise.randbytes(48)).decode()
    model = noise.randbytes(16).hex()
    state = {"state": {model: {"model_name": "IntSliderModel", "layout": f"IPY_MODEL_{model}"}}}
    clean = {
        "page.html": page(
            f"{pictures}<p>{'</p><p>'.join(hashes)}</p>"
            f'<script src="../a.{hashes[0]}.js" integrity="sha384-{integrity}"></script>'
            f'<svg><path d="M0,0 {path}"/></svg>'
            f'<script type="application/json">{json.dumps(state)}</script>'
            '<div id="3f2a90c1-7b4d-4c55-9a0e-2f0c5d8e7a11">commit 9fceb02d0ae598e95dc970b7'
            "4767f19372d61af8</div>"
            "<pre>password = os.environ['DB_PASSWORD_2']\ntoken = \"YOUR_TOKEN_123\"\n"
            'api_key="..."\nmax_tokens = "1024"\ntokenizer = "bert-base-uncased"\n'
            'secret = "correct-horse-battery"\n'
            "postgresql://user:password@localhost/db https://user:pass@example.com/</pre>"
        ),
        "a." + hashes[0] + ".js": "",
        "blob.txt": lines,
        "blob.js": f'const wasm = "{picture}";',
        "requirements.lock": "\n".join(f"    --hash=sha256:{line}" for line in hashes),
        "package-lock.json": json.dumps({"integrity": f"sha512-{integrity}", "key": hashes[3]}),
        "cells.ipynb": json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code", "id": hashes[0][:8], "metadata": {"id": hashes[1]},
                        "source": "plot()", "outputs": [{"data": {"image/png": lines}}],
                    }
                ]
            }
        ),
        "noise.bin": noise.randbytes(3_000_000),
        "noise.png": b"\x89PNG\r\n\x1a\n" + noise.randbytes(100_000),
    }  # fmt: skip
    assert [one for one in found(clean, tmp_path) if one.kind in ("secret", "leak")] == []


def test_scripts_of_packages_hold_nothing_of_the_author(tmp_path: Path) -> None:
    script = f'token = "{ONE}"'
    places = ("static/lib/bokeh-3.9.2.0123456789ab.js", "static/lib/own.js", "static/own.js")
    findings = found(dict.fromkeys(places, script), tmp_path)
    assert [one.path for one in findings if one.kind == "secret"] == [*places[1:]]


# Leaks


def test_homes_are_leaks_except_those_of_nobody(tmp_path: Path) -> None:
    given = {
        "trace.html": page(f"<pre>File &quot;{HOME}/thesis.py&quot;, line 1</pre>"),
        "windows.json": json.dumps({"path": "C:\\Users\\Ada\\thesis.py"}),
        "mac.txt": "open('/Users/" + "ada/thesis.py')",
        "image.txt": "/home/jovyan/work /home/runner/work/ /home/user/x https://a.org/home/ada/",
    }
    leaks = found(given, tmp_path)
    assert [(one.kind, one.path, one.line) for one in leaks] == [
        ("leak", "mac.txt", None),
        ("leak", "trace.html", None),
        ("leak", "windows.json", None),
    ]
    assert "/Users/ada" in leaks[0].message
    assert all(one.severity == "warning" for one in leaks)


def test_a_home_in_a_traceback_has_its_cell(site: Site) -> None:
    code = f'```python\nprint("/home/" + "lovelace/x")\n```\n\n```python\n"{HOME}/y"\n```\n'
    made = site({"notebooks/index.md": NOTEBOOK.format(title="Run") + code})
    leaks = [one for one in built(made) if one.kind == "leak"]
    assert [(one.path, one.line, one.cell) for one in leaks] == [
        ("notebooks/index.md", 9, 1),
        ("notebooks/index.md", 13, 2),
    ]


def exif(order: str, *, place: bool) -> bytes:
    tag = 0x8825 if place else 0x0110
    first = struct.pack(f"{order}HHHII", 1, tag, 4, 1, 26) + bytes(4)
    gps = struct.pack(f"{order}HHHII", 1, 2, 5, 3, 60)
    return struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8) + first + gps


def jpeg(segment: bytes) -> bytes:
    head = b"Exif\0\0" + segment
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(head) + 2) + head + b"\xff\xda\0\2"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def test_pictures_tell_where_they_were_taken_and_what_they_say(tmp_path: Path) -> None:
    webp = b"EXIF" + struct.pack("<I", 64) + exif("<", place=True).ljust(64, b"\0")
    given = {
        "a.jpg": jpeg(exif("<", place=True)),
        "b.jpeg": jpeg(exif(">", place=True)),
        "c.png": png(chunk(b"eXIf", exif(">", place=True))),
        "d.webp": b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp,
        "e.png": png(chunk(b"tEXt", f"Source\0{HOME}/plot.py".encode())),
        "f.png": png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(f"token {ONE}".encode()))),
        "other.jpg": jpeg(exif("<", place=False)),
        "torn.jpg": jpeg(exif("<", place=True))[:30],
        "looped.png": png(chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")),
    }
    places = [(one.kind, one.path) for one in found(given, tmp_path)]
    assert places == [
        ("secret", "f.png"),
        ("leak", "a.jpg"),
        ("leak", "b.jpeg"),
        ("leak", "c.png"),
        ("leak", "d.webp"),
        ("leak", "e.png"),
    ]


def test_the_metadata_of_colab_names_its_user(tmp_path: Path) -> None:
    user = {"displayName": "Ada King", "userId": "12345"}
    cell = {"cell_type": "code", "metadata": {"executionInfo": {"user": user}}, "source": "1"}
    leaks = found({"copied.ipynb": json.dumps({"cells": [cell]})}, tmp_path)
    assert [(one.kind, one.path) for one in leaks] == [("leak", "copied.ipynb")]
    assert "Ada King" not in leaks[0].message


# Links


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    given = {
        "index.html": page(
            '<a href="posts/">x</a><a href="posts">x</a><a href="posts/#one">x</a>'
            '<a href="data%20file.csv">x</a><a href="#">x</a><a href="#top">x</a>'
            '<a href="./">x</a><a href="#:~:text=hello">x</a><a href="#/route">x</a>'
            '<a href="mailto:a@b.org">x</a><a href="//cdn.org/x">x</a><a href="https://a.org/x">x</a>'
            '<a href="posts/#%C3%BCber">x</a><a href="?q=1">x</a>'
            '<a href="data%20file.csv#row=3">x</a>'
            '<img alt="" srcset="a.png 1x, b.png 2x"><video poster="a.png"></video>'
            '<a href="http://[bad">x</a><link rel="preconnect" href="nothing"><a name="old">'
            '<a href="#old">x</a><textarea><a href="no-link"></textarea><!-- <a href="none"> -->'
            # and those that do not
            '<a href="gone/">x</a><a href="posts/#two">x</a><a href="#three">x</a>'
            '<a href="about">x</a><a href="../../up/">x</a><script src="gone.js"></script>'
        ),
        "posts/index.html": page('<p id="one"></p><i id="über"></i><a href="../a.png">x</a>', "P"),
        "about.html": page('<a href="/index.html">x</a><a href="/nope.html">x</a>', "About"),
        "based.html": page('<base href="posts/"><a href="../a.png">x</a><a href="no">x</a>', "B"),
        "data file.csv": "a,b",
        "a.png": "",
    }
    messages = [(one.kind, one.path, one.message, one.hint) for one in found(given, tmp_path)]
    assert messages == [
        ("link", "about.html", "the link /nope.html leads nowhere", None),
        ("link", "based.html", "the link no leads nowhere", None),
        ("link", "index.html", "the link ../../up/ leads out of the site", "give a full address"),
        ("link", "index.html", "the link about leads nowhere", "did you mean about.html?"),
        ("link", "index.html", "the link b.png leads nowhere", None),
        ("link", "index.html", "the link gone.js leads nowhere", None),
        ("link", "index.html", "the link gone/ leads nowhere", None),
        ("fragment", "index.html", "there is no #three on this page", None),
        ("fragment", "index.html", "there is no #two on posts/index.html", None),
    ]


def test_links_from_the_root_count_below_the_address_of_the_site(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text('url = "https://a.org/guide/"')
    links = "".join(f'<a href="{to}">x</a>' for to in ("/guide/", "/guide", "/other/", "/guide/no"))
    findings = check.check(files({"index.html": page(links)}), config.load(tmp_path))
    assert [one.message for one in findings] == ["the link /guide/no leads nowhere"]


def test_links_of_outputs_raw_html_and_whole_pages_have_their_lines(site: Site) -> None:
    code = "```python\nfrom IPython.display import HTML\nHTML('<a href=\"gone/\">x</a>')\n```\n"
    made = site(
        {
            "notebooks/index.md": NOTEBOOK.format(title="Run") + code,
            "notebooks/other.md": "# Other\n\n[x](index.md#nothing)\n\n[whole](whole.html)\n",
            "notebooks/whole.html": page('\n<a href="index.html">x</a>\n<a href="no.html">y</a>'),
        }
    )
    places = [(one.kind, one.path, one.line) for one in built(made)]
    assert places == [
        ("link", "notebooks/index.md", 10),
        ("link", "notebooks/whole.html", 3),
        ("fragment", "notebooks/other.md", 3),
    ]


def test_what_is_wrong_on_every_page_is_said_once(tmp_path: Path) -> None:
    pages = {f"{n}.html": page('<a href="logo.svg">x</a>', f"Page {n}") for n in range(50)}
    findings = found(pages, tmp_path)
    assert [one.message for one in findings] == [
        "the link logo.svg leads nowhere (here and on 49 more pages)"
    ]


# What is missing, or too much


def test_pictures_titles_and_sizes(tmp_path: Path) -> None:
    given = {
        "index.html": page(
            '<img src="a.png"><img src="a.png" alt=""><img src="a.png" alt="A">'
            '<img src="a.png" aria-hidden="true"><img src="a.png" role="presentation">'
        ),
        "same.html": page("").replace("h1>", "h2>"),
        "none.html": "<p>Nothing</p>",
        "moved.html": '<meta http-equiv="refresh" content="0; url=index.html"><title>Page</title>',
        "a.png": b"",
        "big.html": page("x" * 1_000_000, "Big"),
        "big.csv": b"1,2\n" * 1_300_000,
    }
    findings = found(given, tmp_path)
    assert [(one.kind, one.path, one.message) for one in findings] == [
        ("alt", "index.html", "the image a.png has no alternative text"),
        ("title", "none.html", "the page has no title"),
        ("title", "same.html", "index.html has the same title: Page"),
        ("title", "same.html", "the page has no heading of the first level"),
        ("size", "big.csv", "the file big.csv has 5.2 MB, more than 5 MB"),
        ("size", "big.html", "the page has 1.0 MB, more than 1 MB"),
    ]
    (tmp_path / "publisher.toml").write_text("[check]\npage_size = 2\nfile_size = 6.5")
    assert "size" not in kinds(check.check(files(given), config.load(tmp_path)))


def test_pictures_without_words_are_found_in_markdown(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    text = '# A\n\n![](pic.png)\n\n![ ](b.png)\n\n<img alt="" src="c.png">\n\n<img src="d.png">\n'
    (tmp_path / "notebooks" / "a.md").write_text(text)
    for name in "pic b c d".split():
        (tmp_path / "notebooks" / f"{name}.png").write_bytes(b"")
    _, findings = check.check_build(config.load(tmp_path), Options(jobs=1))
    assert [(one.kind, one.path, one.line, one.message) for one in findings] == [
        ("alt", "notebooks/a.md", 3, "the image pic.png has no alternative text"),
        ("alt", "notebooks/a.md", 5, "the image b.png has no alternative text"),
        ("alt", "notebooks/a.md", 9, "the image d.png has no alternative text"),
    ]


# What may stay


def test_findings_are_allowed_by_fingerprint_path_or_kind(tmp_path: Path) -> None:
    given = {"a.txt": ONE, "b/c.txt": f"{TWO} {HOME}/x", "d.html": page('<img src="https://a.b">')}
    first = found(given, tmp_path)
    assert kinds(first) == ["secret", "secret", "leak", "alt"]
    for allow, left in (
        (["alt"], ["secret", "secret", "leak"]),
        ([f"secret:{first[0].fingerprint}"], ["secret", "leak", "alt"]),
        (["secret:b/*", "leak:b"], ["secret", "alt"]),
        (["secret:a.txt", "secret:b/c.txt"], ["leak", "alt"]),
        (["leak:a.txt", "secret:000000000000"], ["secret", "secret", "leak", "alt"]),
    ):
        (tmp_path / "publisher.toml").write_text(f"[check]\nallow = {json.dumps(allow)}")
        assert kinds(check.check(files(given), config.load(tmp_path))) == left


def test_a_comment_in_its_line_allows_a_secret(site: Site) -> None:
    code = (
        f'```python\na = "{ONE}"  # pragma: allowlist secret\n'
        f'# pragma: allowlist nextline secret\nb = "{TWO}"\n```\n\n'
        f"<!-- gitleaks:allow --> `{THREE}`\n"
    )
    made = site({"notebooks/index.md": NOTEBOOK.format(title="Run") + code})
    assert built(made) == ()


def test_a_wrong_item_of_allow_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text('[check]\nallow = ["secrets"]')
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path)
    assert (caught.value.path, caught.value.line) == ("publisher.toml", 2)


# The command


def test_the_command_says_what_is_found_and_fails_on_errors(site: Site) -> None:
    made = site({"notebooks/index.md": "# Home\n\n[x](gone.md)\n\n`/home/" + "ada/x`\n"})
    result = run("-C", str(made.root))
    assert result.return_value is None
    assert result.exit_code == 1
    assert "link: notebooks/index.md:3: the link gone.md leads nowhere" in result.output
    assert "leak: notebooks/index.md:5: a home folder" in result.output
    assert "found: 1 leak, 1 link" in result.output
    assert not made.output.exists()
    assert run("-C", str(made.root), "--kind", "leak").exit_code == 0
    assert run("-C", str(made.root), "--kind", "leak", "--strict").exit_code == 1
    assert run("-C", str(made.root), "--kind", "secret").output.endswith("nothing found\n")


def test_findings_as_json(site: Site) -> None:
    made = site({"notebooks/index.md": f"# Home\n\n{ONE}\n"})
    table = json.loads(run("-C", str(made.root), "--json").stdout)
    assert not table["failed"]
    (finding,) = table["findings"]
    assert (finding["kind"], finding["path"], finding["line"]) == (
        "secret", "notebooks/index.md", 3,
    )  # fmt: skip
    assert ONE[:8] not in json.dumps(table)


def test_a_built_site_is_checked_as_it_lies_there(site: Site) -> None:
    made = site({"notebooks/index.md": f"# Home\n\n{ONE}\n"})
    built_only = ("-C", str(made.root), "--built")
    assert isinstance(run(*built_only).exception, OutputError)
    assert CliRunner().invoke(cli, ["-C", str(made.root), "-q"]).exit_code == 0
    home = made.output / "index.html"
    home.write_text(home.read_text().replace(ONE, TWO))
    (made.output / "by-hand.txt").write_text(f"x\n{THREE}")
    table = json.loads(run(*built_only, "--json").stdout)
    assert [(one["path"], one["file"]) for one in table["findings"]] == [
        ("by-hand.txt", "by-hand.txt"),
        ("notebooks/index.md", "index.html"),
    ]


def test_a_failing_page_and_an_unknown_kind(site: Site) -> None:
    made = site({"notebooks/index.md": NOTEBOOK.format(title="Run") + "```python\n1 / 0\n```\n"})
    result = run("-C", str(made.root))
    assert result.exit_code == 1
    assert "ZeroDivisionError" in result.stderr
    assert isinstance(run("-C", str(made.root), "--kind", "secrets").exception, ConfigError)


def test_without_the_detector_nothing_is_called_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    with pytest.raises(PublishError) as caught:
        found({"a.txt": "x"}, tmp_path)
    assert "pip install kingfisher-secret-scanner" in (caught.value.hint or "")


# Hostile files


def test_a_big_file_is_looked_through_in_part_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "MAX_READ", 1_000_000)
    big = tmp_path / "big.csv"
    big.write_text(f"{ONE}\n{'x' * 1_000_000}\n{TWO}\n")
    (tmp_path / "publisher.toml").touch()
    findings = check.check([File("big.csv", source=big)], config.load(tmp_path))
    assert kinds(findings) == ["secret", "unread"]
    assert "only its first 1 MB" in findings[1].message


def test_odd_files_end_in_findings(tmp_path: Path) -> None:
    deep = "[" * 100_000
    given: dict[str, str | bytes] = {
        "deep.ipynb": f'{{"cells": {deep}',
        "list.ipynb": "[1, 2]",
        "odd.ipynb": '{"cells": [1, {"metadata": {"executionInfo": {"user": 3}}}], "x": null}',
        "odd.pf_fragment": b"\x1f\x8bnothing",
        "bytes.html": b"<title>\xff\xfe</title><h1>\x00</h1><a href='\x00\xff'>" + ONE.encode(),
        "tags.html": "<a " * 100_000,
        "quotes.html": "<a href=\"'" * 50_000,
        "open.html": "<!-- " * 50_000,
        "titles.html": "<title>" * 50_000,
        "spans.html": '<span class="' * 50_000,
        "lines.txt": "password = '" * 50_000,
        "homes.txt": "/home/" * 100_000,
        "escape.html": "<a href='\x1b[2J\x07'>x</a>",
        "utf16.txt": f"token {ONE}".encode("utf-16"),
        "utf16.html": f"<title>x</title><h1>token {ONE}".encode("utf-16"),
    }
    findings = found(given, tmp_path)
    secret = {one.path for one in findings if one.kind == "secret"}
    assert secret == {"bytes.html", "utf16.txt", "utf16.html"}
    assert all(one.message.isprintable() for one in findings)


def test_thousands_of_findings_in_a_file_are_cut(tmp_path: Path) -> None:
    given = {
        "homes.txt": "".join(f"/home/ada{n}/x\n" for n in range(20_000)),
        "links.html": page("".join(f'<a href="{n}.html">x</a>' for n in range(20_000))),
    }
    findings = found(given, tmp_path)
    assert {kind: kinds(findings).count(kind) for kind in kinds(findings)} == {
        "link": 100, "leak": 100, "unread": 2,
    }  # fmt: skip


def test_a_file_whose_name_is_no_text_is_named(site: Site) -> None:
    made = site({"publisher.toml": 'include = ["*.dat"]', "notebooks/index.md": "# Home\n"})
    (made.source / "odd\udcff.dat").write_text(ONE)
    result = run("-C", str(made.root), "--json")
    assert [one["kind"] for one in json.loads(result.stdout)["findings"]] == ["secret"]
