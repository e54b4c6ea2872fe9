"""Timelines: what a dated paragraph is, what belongs to it, and that no text changes."""

from __future__ import annotations

import random
import re

import pytest

from publisher.render.timeline import marked, timeline


def plain(html: str) -> str:
    """HTML without the tags of a timeline (there must be no other lists in it)."""
    return re.sub(r'<ol class="timeline">|</?li>|</ol>|<time datetime="[^"]*">|</time>', "", html)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("May 2021", "[2021-05]"),
        ("July 2021 - Present", "[2021-07] - Present"),
        ("Aug 2020 - Mar 2021 | Nov 2021", "[2020-08] - [2021-03] | [2021-11]"),
        ("Sept. 2020 to now:", "[2020-09] to now:"),
        ("2019", "[2019]"),
        ("2019 – 2021", "[2019] – [2021]"),
        ("1780–1804", "[1780]–[1804]"),
        ("2019–21", "[2019]–[2021]"),
        ("2019 —", "[2019] —"),
        ("05/2021", "[2021-05]"),
        ("2021-05", "[2021-05]"),
        ("2021-05-31 until 2021-06-01", "[2021-05-31] until [2021-06-01]"),
        ("5 May 2021", "[2021-05-05]"),
        ("May 5th, 2021", "[2021-05-05]"),
        ("May – July 2021", "[2021-05] – [2021-07]"),
        ("June/July 2021", "[2021-06]/[2021-07]"),
        ("Summer 2019", "[2019]"),
        ("Q1 2020 & Q3 2020", "[2020] & [2020]"),
        ("March, 2020 &amp; May of 2020", "[2020-03] &amp; [2020-05]"),
        ("May&nbsp;2021&ndash;June&nbsp;2021", "[2021-05]&ndash;[2021-06]"),
        ("since 2019", "since [2019]"),
        ("mid-2019 – early 2020", "mid-[2019] – early [2020]"),
        ("2021, 2022 and 2023", "[2021], [2022] and [2023]"),
        ("  JANUARY 2020  ", "  [2020-01]  "),
    ],
)
def test_dates(text: str, expected: str) -> None:
    found = marked(text)
    assert found is not None
    assert re.sub(r'<time datetime="([^"]*)">[^<]*</time>', r"[\1]", found) == expected
    assert plain(found) == text


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Best decisions ever", "May", "Present", "Now", "The May 2021", "May 2021 at home",
        "31 February 2021", "2020s", "12345", "13/2021", "Mayor 2021", "May2021 x", "- ",
        "2021 2022", "2020, 300 people", "Version 2020.1", "2021" * 100,
    ],
)  # fmt: skip
def test_no_dates(text: str) -> None:
    assert marked(text) is None


D = "<p><strong>May 2021</strong>: text</p>"
M = '<p><strong><time datetime="2021-05">May 2021</time></strong>: text</p>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (D, f'<ol class="timeline"><li>{M}</li></ol>'),
        (f"{D}\n\n{D}\n", f'<ol class="timeline"><li>{M}\n\n</li><li>{M}</li></ol>\n'),
        (f"{D}<p>more</p><blockquote><p>said</p></blockquote>{D}<h2>End</h2><p>x</p>",
         f'<ol class="timeline"><li>{M}<p>more</p><blockquote><p>said</p></blockquote></li>'
         f"<li>{M}</li></ol><h2>End</h2><p>x</p>"),
        (f"{D}<p><br></p><br />{D}",
         f'<ol class="timeline"><li>{M}<p><br></p><br /></li><li>{M}</li></ol>'),
        (f"{D}<p><b>Best decisions ever</b>:</p><ul><li>x</li></ul>{D}",
         f'<ol class="timeline"><li>{M}</li></ol><p><b>Best decisions ever</b>:</p>'
         f'<ul><li>x</li></ul><ol class="timeline"><li>{M}</li></ol>'),
        ('<p class="x"> <b id=y>2020</b></p>',
         '<ol class="timeline"><li><p class="x"> <b id=y><time datetime="2020">2020</time></b></p>'
         "</li></ol>"),
        (f"<p>before</p>{D}<hr><p>after</p>",
         f'<p>before</p><ol class="timeline"><li>{M}</li></ol><hr><p>after</p>'),
        (f"{D}<!-- note -->{D}",
         f'<ol class="timeline"><li>{M}<!-- note --></li><li>{M}</li></ol>'),
        (f"{D}loose text<p>x</p>", f'<ol class="timeline"><li>{M}</li></ol>loose text<p>x</p>'),
        (f'{D}<div class="cell">1</div>{D}',
         f'<ol class="timeline"><li>{M}</li></ol><div class="cell">1</div>'
         f'<ol class="timeline"><li>{M}</li></ol>'),
    ],
)  # fmt: skip
def test_dated_paragraphs_and_what_follows_become_a_list(html: str, expected: str) -> None:
    assert timeline(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "", "text", "<p>text</p>", "<p>On <strong>May 2021</strong></p>", f"<div>{D}</div>",
        f"<blockquote>{D}</blockquote>", f"<ul><li>{D}</li></ul>", "<h2><b>May 2021</b></h2>",
        "<p><strong>May <em>2021</em></strong></p>", "<p><em>May 2021</em></p>",
        f"{D}</div>", f"<div>{D}", f"{D}<p>a<p>b</p>", f"{D}<p><div>x</div></p>", f"{D}</p>",
        f"{D}<!-- no end", f"{D}<script>no end", f'{D}<a href="no end>', f"{D}<![CDATA[ x",
        f"{D}<a =>", f"{D}<b><i></b></i>", f"{D}<textarea>", f"{D}</br>", f"{D}<div/>",
    ],
)  # fmt: skip
def test_other_pages_and_those_that_are_not_balanced_stay(html: str) -> None:
    assert timeline(html) == html


def test_drawings_formulas_and_scripts_do_not_unbalance_a_page() -> None:
    html = (
        f"{D}<svg viewBox='0 0 1 1'><path d='M0 0'/><g/></svg><math><mspace/></math>"
        f"<script>if (1 < 2) '</p>'</script><img src=x><p>1 < 2 <a title='>'>x</a></p>{D}"
    )
    assert timeline(html).count("<li>") == 2
    assert plain(timeline(html)) == html


PIECES = [
    D, "<p>more</p>", "<blockquote><p>q</p></blockquote>", "\n", "<h2>h</h2>", "text", "<br>",
    "<p><b>2020 – now</b></p>", "<p><strong>Not a date</strong></p>", "<!-- c -->", "<p>", "</p>",
    "<script>x</script>", '<a href="', "<em>é &amp; ü</em>", "<svg><g/></svg>", "</div>", "<hr/>",
    "<DIV></div>", "<",
]  # fmt: skip


def test_whatever_is_put_together_no_text_changes() -> None:
    chance = random.Random(7)
    for _ in range(3_000):
        html = "".join(chance.choices(PIECES, k=chance.randrange(1, 12)))
        found = timeline(html)
        assert plain(found) == html
        assert timeline(found) == found, "nothing is marked twice"


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<p", '<p a="', "<p a='x' ", "<script>", "<b>", D, "<p><b>2020 -", "</p>", " "],
)  # fmt: skip
def test_long_hostile_pages_take_no_long_time(piece: str) -> None:
    html = piece * 100_000
    assert plain(timeline(html)) == html
