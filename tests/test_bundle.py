"""A page as one file: all that it shows is in it, and nothing that is put in gets out again."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from publisher.bundle import MAX_BYTES, bundle, media_type

PNG = b"\x89PNG\r\n\x1a\n"
FILES: dict[str, bytes] = {
    "style.css": b'@import "more/other.css" print; body { background: url(a.png) } p::after '
    b"{ content: '</style><script>alert(1)</script>' } /* url(a.png) */ @font-face "
    b"{ src: url('font.woff2?v=1#iefix') format('woff2') } i { background: url(gone.png) }",
    "more/other.css": b"b { background: url(../a\\20 b.png) } @import url(../style.css);",
    "a.png": PNG,
    "a b.png": PNG + b"2",
    "font.woff2": b"wOF2",
    "app.js": b'document.title = "</script><!--";',
    "icon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "sprite.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>x</script>'
    b'<symbol id="s" onload="y"><path fill="url(#g)"/><use href="#t"/></symbol></svg>',
    "guide/frame.html": b"<img src=../a.png><iframe src=frame.html></iframe>",
    "film.mp4": b"film",
}


def data(name: str) -> str:
    kind = media_type(name).replace(" ", "")
    return f"data:{kind};base64,{base64.b64encode(FILES[name]).decode()}"


def bundled(html: str, path: str = "guide/index.html") -> str:
    return bundle(html, path, FILES.get)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<img src=../a.png alt=x>", f'<img src="{data("a.png")}" alt=x>'),
        ("<IMG SRC='/a%20b.png?x=1'>", f'<IMG SRC="{data("a b.png")}">'),
        ("<img src='../icon.svg#v'/>", f'<img src="{data("icon.svg")}#v"/>'),
        (
            '<source srcset="../a.png 1x, ../a%20b.png 2x,gone.png 3x">',
            f'<source srcset="{data("a.png")} 1x, {data("a b.png")} 2x, gone.png 3x">',
        ),
        (
            "<video poster=../a.png src=../film.mp4></video>",
            f'<video poster="{data("a.png")}" src="{data("film.mp4")}"></video>',
        ),
        (
            "<p style='color: red; background: url(../a.png)'>",
            f'<p style="color: red; background: url(&quot;{data("a.png")}&quot;)">',
        ),
        (
            '<script defer src="../app.js" integrity="sha256-x"></script>',
            f'<script defer src="{data("app.js")}" ></script>',
        ),
        (
            '<link rel="shortcut icon" href=../icon.svg>',
            f'<link rel="shortcut icon" href="{data("icon.svg")}">',
        ),
        ("<image xlink:href=../a.png />", f'<image xlink:href="{data("a.png")}" />'),
        ("<object data=../icon.svg>", f'<object data="{data("icon.svg")}">'),
        ('<link rel=alternate href="../feed.xml"><link rel="preload" href="/a.png">', ""),
    ],
)
def test_what_a_page_shows_is_in_it(written: str, expected: str) -> None:
    assert bundled(written) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<a href="../a.png">x</a><a href="#y">z</a>',
        '<img src="https://example.org/a.png"><img src="//example.org/a.png"><img src="gone.png">',
        '<link rel="canonical" href="https://example.org/">',
        '<script>let a = "<img src=../a.png>";</script><!-- <img src=../a.png> -->',
        "<textarea><img src=../a.png></textarea><title><img src=../a.png></title>",
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><img src=""><img src>',
        '<img src="http://["><img src="javascript:alert(1)"><form action="../a.png">',
        '<link rel="stylesheet" href="gone.css"><script src="gone.js"></script>',
    ],
)
def test_the_rest_stays_as_it_is(html: str) -> None:
    assert bundled(html) == html


def test_a_style_sheet_has_all_that_it_names() -> None:
    page = bundled('<link rel="stylesheet" href="../style.css" media="screen"><style>x</style>')
    assert page.startswith('<style media="screen">')
    assert page.count("</style>") == 2  # none of the sheet's own
    assert r"'<\/style><script>" in page
    imported = re.search(r'@import url\("data:text/css;charset=utf-8;base64,([^"]+)"\) print', page)
    assert imported
    inner = base64.b64decode(imported[1]).decode()
    assert f'url("{data("a b.png")}")' in inner
    assert "@import url(../style.css)" in inner  # that is where it came from
    assert f'background: url("{data("a.png")}") }}' in page
    assert "/* url(a.png) */" in page
    assert f'url("{data("font.woff2")}#iefix") format' in page
    assert "url(gone.png)" in page


def test_parts_of_drawings_are_taken_in_once() -> None:
    page = bundled(
        '<body><svg><use href="../sprite.svg#s"/></svg><svg><use xlink:href="../sprite.svg#s"/>'
        '<use href="#own"/></svg></body>'
    )
    assert '<use href="#sprite-0-s"/>' in page
    assert '<use xlink:href="#sprite-0-s"/>' in page
    assert '<use href="#own"/>' in page
    assert page.count('<symbol id="sprite-0-s"') == 1
    assert "url(#sprite-0-g)" in page
    assert '<use href="#sprite-0-t"/>' in page
    assert "<script" not in page
    assert "onload" not in page
    assert page.endswith("</div></body>")


def test_frames_of_the_site_are_bundled_until_they_hold_themselves() -> None:
    page = bundled('<iframe src="frame.html" title="x"></iframe>')
    assert page.startswith('<iframe title="x" srcdoc="&lt;img src=')
    assert base64.b64encode(PNG).decode() in page


def test_links_become_what_is_asked_for() -> None:
    asked = []

    def link(address: str) -> str | None:
        asked.append(address)
        return None if address.startswith("posts") else f"https://example.org/{address}"

    html = '<a href="../posts/a/?x=1#y" id=a>A</a><a href="./">B</a><a href="#c">C</a>'
    page = bundle(html + '<a href="https://x.org/">D</a>', "guide/index.html", FILES.get, link=link)
    assert asked == ["posts/a/?x=1#y", "guide/"]
    assert page == (
        '<a  id=a>A</a><a href="https://example.org/guide/">B</a><a href="#c">C</a>'
        '<a href="https://x.org/">D</a>'
    )


@pytest.mark.parametrize(
    "address",
    ["../../secret", "/../secret", "%2e%2e/%2e%2e/secret", "..%2f..%2fsecret", ".//etc/secret",
     r"..\..\secret", "..%5csecret", "x%00secret", "/%2fetc/secret", "file:///etc/secret"],
)  # fmt: skip
def test_no_file_outside_the_site_is_asked_for(address: str) -> None:
    asked: list[str] = []

    def read(path: str) -> None:
        asked.append(path)

    bundle(f'<img src="{address}">', "guide/index.html", read)
    parts = [part for path in asked for part in path.split("/")]
    assert not {"", ".."} & set(parts)
    assert not any("\0" in path or "\\" in path for path in asked)


def test_what_is_too_much_stays_outside() -> None:
    big = bytes(MAX_BYTES // 2 + 1)
    page = bundle('<img src="a.bin"><img src="b.bin">', "i.html", lambda path: big)
    assert page.endswith('<img src="b.bin">')
    assert len(page) < MAX_BYTES


def test_the_same_bytes_twice_in_linear_time() -> None:
    hostile = '<img src="' * 20_000 + "<style>" + "@import " * 20_000 + "url(" * 20_000
    assert bundled(hostile) == bundled(hostile)
    assert bundled("<link rel=icon href='" + "a/../" * 20_000) is not None
    assert bundled("<style>'" + "\\'" * 50_000 + 'x"' + '\\"' * 50_000) is not None


def test_types_are_the_same_everywhere() -> None:
    assert media_type("a.js") == "text/javascript; charset=utf-8"
    assert media_type("a.WOFF2") == "font/woff2"
    assert media_type("a.html") == "text/html; charset=utf-8"
    assert media_type("a.tar.gz") == media_type("odd.xyz") == "application/octet-stream"


def test_our_own_page_stands_alone(own: Path) -> None:
    path = "demo/epicycles/index.html"

    def read(name: str) -> bytes | None:
        return (own / name).read_bytes() if (own / name).is_file() else None

    page = bundle((own / path).read_bytes(), path, read)
    assert not re.search(r"<(?:img|script|link)\b[^>]*\b(?:src|href)=\"(?!data:|https:)", page)
    assert 'url("data:' in page or "@font-face" not in page
