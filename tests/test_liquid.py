"""Liquid as Jekyll runs it: values, tags, filters, and templates that never end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher import liquid, read
from publisher.errors import SourceError
from publisher.liquid import Liquid
from publisher.model import Page

if TYPE_CHECKING:
    from conftest import Site

    from publisher.config import Config


def filled(site: Site, text: str, **files: str) -> Page:
    """The page `about.md` of a Jekyll site with its Liquid filled in."""
    named = {name.replace("__", "/"): content for name, content in files.items()}
    made = site({"_config.yml": "", "about.md": f"---\ntitle: About\n---\n{text}", **named})
    return apply(made, "about.md")


def apply(made: Config, source: str) -> Page:
    found = read.sources(made)
    pages = {name: read.page(name, made) for name in found.pages}
    filling = Liquid(
        made.as_jekyll,
        pages,
        found.files,
        lambda code, language: f"[{language}|{code}]",
        made.shown,
    )
    return filling.apply(pages[source])


def text(page: Page) -> str:
    return str(page.notebook.cells[0].source)


def warnings(page: Page) -> list[tuple[str | None, int | None, str]]:
    return [(p.path, p.line, p.message) for p in page.problems]


POSTS = {
    "_posts/2025-01-02-first.md": "---\ntags: [a, b]\ntitle: First\n---\nOne *para*.\n\nTwo.",
    "_posts/2026-03-04-second.md": "---\ntags: [a]\ncategories: news\n---\nNew {{ page.title }}.",
}


# What templates see


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("{{ page.title }} {{ page.url }} {{ page.path }} {{ page.name }} {{ page.dir }}",
         "About /about.html about.md about.md /"),
        ("{{ site.title }}|{{ site.external-image }}|{{ site['external-image'] }}",
         "T|false|false"),
        ("{{ nothing.at.all }}|{{ page.nothing | upcase }}|{{ site.data.nothing.x }}", "||"),
        ("{{ site.posts.size }} {{ site.posts[0].title }} {{ site.posts.last.url }}",
         "2 Second /2025/01/02/first.html"),
        ("{% for p in site.posts %}{{ p.date | date: '%Y' }} {% endfor %}", "2026 2025 "),
        ("{{ site.posts.last.excerpt | strip }}", "<p>One <em>para</em>.</p>"),
        ("{{ site.posts.first.content | strip }}", "<p>New Second.</p>"),
        ("{{ site.posts.first.previous.title }}|{{ site.posts.first.next.title }}", "First|"),
        ("{{ site.posts.first.id }} {{ site.posts.first.collection }}",
         "/news/2026/03/04/second posts"),
        ("{% for t in site.tags %}{{ t[0] }}:{{ t[1].size }} {% endfor %}", "a:2 b:1 "),
        ("{{ site.categories.news[0].title }}", "Second"),
        ("{{ site.data.people[1].name }} {{ site.data.deep.x.y }} {{ site.data.rows[0].b }}",
         "Bo 1 2"),
        ("{{ site.data.list.size }} {{ site.data.people.first.name }}", "2 Al"),
        ("{{ site.pages | map: 'title' | join: ',' }}", "About"),
        ("{{ site.static_files[0].path }} {{ site.static_files[0].extname }}", "/a.pdf .pdf"),
        ("{{ site.talks[0].title }} {{ site.collections[1].label }}", "Talk talks"),
        ("{{ site.time | date: '%Y-%m-%d' }}", "2026-03-04"),
        ("{{ jekyll.environment }}", "production"),
        ("{% if page.title == 'About' and site.email contains '@' %}yes{% else %}no{% endif %}",
         "yes"),
        ("{% unless site.nothing %}none{% endunless %}", "none"),
        ("{% assign x = 'a,b' | split: ',' %}{% for i in x reversed %}{{ i }}{% endfor %}", "ba"),
        ("{% for i in (1..5) limit:2 reversed %}{{ i }}{% endfor %}", "12"),
        ("{% case page.title %}{% when 'About' %}A{% endcase %}", "A"),
        ("{% capture x %}{{ 1 | plus: 1 }}{% endcapture %}{{ x }}", "2"),
        ("{% raw %}{{ page.title }}{% endraw %}{% comment %}gone{% endcomment %}",
         "{{ page.title }}"),
        ("{{ site.mixed }}", '1two{"three"=>3}'),
    ],
)  # fmt: skip
def test_values(site: Site, template: str, result: str) -> None:
    made = site(
        {
            "_config.yml": "title: T\nexternal-image: false\nemail: a@b.c\n"
            "collections: {talks: {}}\nmixed: [1, two, {three: 3}]",
            "about.md": f"---\ntitle: About\n---\n{template}",
            "a.pdf": "",
            "_data/people.yml": "- name: Al\n- name: Bo",
            "_data/list.json": "[1, 2]",
            "_data/rows.csv": "a,b\n1,2\n",
            "_data/deep/x.yml": "y: 1",
            "_talks/talk.md": "---\n---\n",
            **POSTS,
        }
    )
    page = apply(made, "about.md")
    assert text(page) == result
    assert page.problems == ()


def test_a_site_without_configuration_shows_its_settings(site: Site) -> None:
    made = site(
        {
            "publisher.toml": "title = 'T'\nurl = 'https://e.org/x'\n[author]\nname = 'Ada'",
            "notebooks/a.md": "{{ site.title }} {{ site.url }}{{ site.baseurl }} "
            "{{ site.author.name }} {{ site.nothing }}",
            "notebooks/b.md": "{% if site.author.photo %}photo{% endif %}{{ site.lang }}",
        }
    )
    assert text(apply(made, "a.md")) == "T https://e.org/x Ada "
    assert text(apply(made, "b.md")) == "en"
    bare = site({"notebooks/a.md": "{{ site.title }}{% if site.author %}somebody{% endif %}"})
    assert text(apply(bare, "a.md")) == bare.title


def test_the_time_is_that_of_the_sources(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert text(filled(site, "{{ site.time | date: '%Y' }}", **POSTS)) == "2026"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert text(filled(site, "{{ site.time | date: '%F' }} {{ 'now' | date: '%F %T' }}")) == (
        "1970-01-02 1970-01-02 00:00:00"
    )


# Filters


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("'/a b' | relative_url", "/base/a%20b"),
        ("'a' | absolute_url", "https://e.org/base/a"),
        ("'https://x.org/a' | relative_url", "https://x.org/a"),
        ("nil | relative_url", ""),
        ("'' | absolute_url", "https://e.org/base"),
        ("site.posts[0] | absolute_url", "https://e.org/base/news/2026/03/04/second.html"),
        ("'/a/index.html' | strip_index", "/a/"),
        ("'2026-01-05' | date_to_string", "05 Jan 2026"),
        ("'2026-01-05' | date_to_string: 'ordinal', 'US'", "Jan 5th, 2026"),
        ("'2026-01-02' | date_to_long_string: 'ordinal'", "2nd January 2026"),
        ("'2026-01-05' | date_to_xmlschema", "2026-01-05T00:00:00+00:00"),
        ("'2026-01-05' | date_to_rfc822", "Mon, 05 Jan 2026 00:00:00 +0000"),
        ("'2026-01-05 17:03:09' | date: '%-d %e %^b %B %y %j %H %I:%M:%S %p %P %a %A %s %% %L'",
         "5  5 JAN January 26 005 17 05:03:09 PM pm Mon Monday 1767632589 % 000"),
        ("'2026-01-05' | date: '%D %F %R %q'", "01/05/26 2026-01-05 00:00 %q"),
        ("'no date' | date: '%Y'", "no date"),
        ("86400 | date: '%F'", "1970-01-02"),
        ("'*a*' | markdownify | strip", "<p><em>a</em></p>"),
        ("'\"a\"' | smartify", "“a”"),
        ("'Hello, World!' | slugify", "hello-world"),
        ("'The _x' | slugify: 'pretty'", "the-_x"),
        ("page.list | jsonify", '["a",1,null,{"b":true}]'),
        ("'<a href=\"x\">' | xml_escape", "&lt;a href=&quot;x&quot;&gt;"),
        ("'a b/c' | cgi_escape", "a+b%2Fc"),
        ("'a b/ü' | uri_escape", "a%20b/%C3%BC"),
        ("'a\n  b ' | normalize_whitespace", "a b"),
        ("'one two' | number_of_words", "2"),
        ("'你好 world' | number_of_words: 'auto'", "3"),
        ("'a,b,c' | split: ',' | array_to_sentence_string", "a, b, and c"),
        ("'a,b' | split: ',' | array_to_sentence_string: 'or'", "a or b"),
        ("page.people | where: 'age', 3 | map: 'name' | join", "Bo"),
        ("page.people | where: 'tags', 'x' | size", "1"),
        ("page.people | where_exp: 'p', 'p.age > 2' | map: 'name' | join: '+'", "Bo+Cy"),
        ("page.people | find: 'name', 'Bo' | inspect", "{&quot;name&quot;=&gt;&quot;Bo&quot;, "
         "&quot;age&quot;=&gt;3}"),
        ("page.people | sort: 'age' | map: 'name' | join", "Al Bo Cy"),
        ("page.people | sort: 'tags', 'last' | map: 'name' | join", "Al Bo Cy"),
        ("page.people | group_by: 'age' | map: 'size' | join", "1 1 1"),
        ("page.people | group_by_exp: 'p', 'p.age | modulo: 2' | map: 'name' | join", "0 1"),
        ("'a,b' | split: ',' | push: 'c' | shift | join", "b c"),
        ("'a,b' | split: ',' | unshift: 'c' | pop | join", "c a"),
        ("'b,a,b' | split: ',' | uniq | sort | join", "a b"),
        ("'12 apples' | to_integer", "12"),
        ("'a,b' | split: ',' | sample", "a"),
        ("'<b>a</b><!-- c --><script>x</script>' | strip_html", "a"),
        ("7 | divided_by: 2", "3"),
        ("7.0 | divided_by: 2", "3.5"),
        ("'abc' | truncate: 2, ''", "ab"),
        ("nothing | default: 'x'", "x"),
        ("nil | append: 'x' | prepend: 'y'", "yx"),
        ("page.date", "2026-01-05"),
        ("site.posts[0] | inspect", "&quot;/news/2026/03/04/second.html&quot;"),
    ],
)  # fmt: skip
def test_filters(site: Site, template: str, result: str) -> None:
    made = site(
        {
            "_config.yml": "url: https://e.org\nbaseurl: /base",
            "about.md": "---\nlist: [a, 1, null, {b: true}]\ndate: 2026-01-05\n"
            "people:\n- {name: Al, age: 2, tags: [x]}\n- {name: Bo, age: 3}\n- {name: Cy, age: 4}\n"
            f"---\n{{{{ {template} }}}}",
            **POSTS,
        }
    )
    page = apply(made, "about.md")
    assert (text(page), page.problems) == (result, ())


@pytest.mark.parametrize(
    "template",
    [
        "{{ nil | sort }}", "{{ 1 | split: nil }}", "{{ 'a' | date_to_string }}",
        "{{ 'a' | divided_by: 0 }}", "{{ site | jsonify }}", "{{ 'a' | where_exp: 'x', '((' }}",
        "{{ page | sort: 3 }}", "{{ 'a' | slice }}", "{{ 'x' | replace }}", "{{ 1 | push: 2 }}",
        "{{ 'a' | truncate: 'x' }}", "{{ page | map: 'a' | first | date: 5 }}",
        "{{ site.posts | group_by_exp: 'x', '||' }}", "{{ 'a' | times: 'b' | plus: nil }}",
        "{{ 1e999 | round }}", "{{ 'now' | date: 3 }}", "{{ (1..3) | join | first }}",
        "{{ 99999999999999999999 | date: '%Y' }}", "{{ site.data | inspect }}",
        "{{ page.x.y.z[3]['a'].b }}", "{{ 'a' | pop: 'x' }}",
    ],
)  # fmt: skip
def test_no_value_breaks_a_filter(site: Site, template: str) -> None:
    page = filled(site, f"before {template} after")
    assert text(page).startswith("before ")
    assert text(page).endswith(" after")


# Tags


def test_includes_get_parameters(site: Site) -> None:
    page = filled(
        site,
        '{% include deep/a.html name="A \\"b\\"" other=page.title %}|{{ include.name }}|'
        "{% assign file = 'b.html' %}{% include {{ file }} x='1' %}",
        **{
            "_includes/deep/a.html": "{{ include.name }} {{ include.other }} {{ include.nothing }}",
            "_includes/b.html": "{{ include.x }}{% include c.html %}",
            "_includes/c.html": "c{{ include.x }}",
        },
    )
    assert text(page) == 'A "b" About ||1c1'
    assert page.problems == ()


def test_include_relative_takes_files_beside_the_page(site: Site) -> None:
    page = filled(site, "{% include_relative part.md %}", **{"part.md": "---\na: 1\n---\nPart"})
    assert text(page) == "Part"


@pytest.mark.parametrize(
    "name",
    ["../_config.yml", "/etc/passwd", "no.html", "a/../../x", "\x00", "out.html", "latin.html"]
)  # fmt: skip
def test_an_include_that_cannot_be_had_leaves_the_rest_standing(site: Site, name: str) -> None:
    made = site(
        {
            "_config.yml": "secret: s3cret",
            "about.md": f"---\n---\none\n\n{{% include {name} %}}two",
            "_includes/latin.html": b"\xe9",
        }
    )
    (made.root / "_includes/out.html").symlink_to("/etc/hostname")
    page = apply(made, "about.md")
    assert text(page) == "one\n\ntwo"
    assert [(path, line) for path, line, _ in warnings(page)] == [("about.md", 5)]


def test_pages_are_linked_by_their_files(site: Site) -> None:
    page = filled(
        site,
        "{% post_url 2025-01-02-first %} {% link about.md %} {% link a.pdf %} "
        "{% link _posts/2025-01-02-first.md %}\n{% post_url 2020-01-01-none %}{% link none.md %}",
        **{"a.pdf": "", **POSTS},
    )
    assert text(page).startswith(
        "/2025/01/02/first.html /about.html /a.pdf /2025/01/02/first.html\n"
    )
    assert warnings(page) == [
        ("about.md", 5, "post_url: there is no '2020-01-01-none'"),
        ("about.md", 5, "link: there is no 'none.md'"),
    ]


def test_code_is_highlighted(site: Site) -> None:
    page = filled(
        site, "{% highlight python linenos %}\nx = {{ 1 | plus: 1 }}\n\ny\n{% endhighlight %}"
    )
    assert text(page) == '<figure data-lang="python">[python|x = 2\n\ny]</figure>'


def test_a_notebook_is_filled_in_only_if_it_asks(site: Site) -> None:
    body = "# {{ page.title }}\n\n{% highlight sh %}\nls\n{% endhighlight %}\n\n"
    body += "```python\nx = '{{ 1 }}'\n```\n"
    front = "title: N\njupyter: {}\n"
    made = site(
        {
            "_config.yml": "",
            "a.md": f"---\n{front}---\n{body}",
            "b.md": f"---\n{front}liquid: true\n---\n{body}",
        }
    )
    assert not liquid.wanted(read.page("a.md", made))
    page = apply(made, "b.md")
    assert text(page) == "# N\n\n```sh\nls\n```"
    assert page.notebook.cells[1].source == "x = '{{ 1 }}'"


# What cannot be had, and what is wrong


@pytest.mark.parametrize(
    ("template", "result"),
    [
        ("{{ 'a' 'b' }}", "a"),
        ("{{ page.title | upcase: }}", "ABOUT"),
        ("{% if page.title = 'About' %}y{% endif %}", "y"),
        ("{% if page.title && page.nothing %}y{% else %}n{% endif %}", "y"),
        ("{% if page.title == %}y{% endif %}", "y"),
        ("{% assign x = 'a' 'b' %}{{ x }}", "a"),
        ("{% for i in (1..3) | reverse limit:2 %}{{ i }}{% endfor %}", "12"),
        ("{% assign a = 'x' %}{{ a.limit }}{% if page.empty == nil %}none{% endif %}", "none"),
        ("{{ 2.5 | round }}{{ 1.005 | round: 1 }}", "31.0"),
    ],
)
def test_expressions_that_are_none_are_read_as_ruby_reads_them(
    site: Site, template: str, result: str
) -> None:
    page = filled(site, template)
    assert (text(page), page.problems) == (result, ())


def test_unknown_tags_and_filters_are_left_out_with_a_warning(site: Site) -> None:
    page = filled(
        site,
        "a {% seo %} b\n{% bibtex --file x %}\n{% box %}in{% endbox %} {{ 'c' | shout }}\n"
        "{{ 'd' | | }} e {% if page.title %}{% gist 1 %}f{% endif %}",
    )
    assert text(page) == "a  b\n\nin c\nd e f"
    assert warnings(page) == [
        ("about.md", 4, "the Liquid tag `seo` is not known: it is left out"),
        ("about.md", 5, "the Liquid tag `bibtex` is not known: it is left out"),
        ("about.md", 6, "the Liquid tag `box` is not known: it is left out"),
        ("about.md", 7, "the Liquid tag `gist` is not known: it is left out"),
        ("about.md", 6, "the Liquid filter `shout` is not known: it is left out"),
    ]


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("a\n\n{% if x %}\nb", 6),
        ("a\n{% for x in y %}{% endif %}", 5),
        ("a\n{{ b", 5),
        ("a\n{% assign x = 1", 5),
        ("{% highlight python %}x", 4),
        ("a\n{% for x in (1..100000000) %}{{ x }}{% endfor %}", 5),
        ("{% for a in (1..1000) %}{% for b in (1..1000) %}{% endfor %}{% endfor %}", 4),
        ("{% include loop.html %}", 4),
        ("{% assign x = 'aaaaaaaaaa' %}{% for i in (1..100) %}{% assign x = x | append: x %}"
         "{% endfor %}", 4),
        ("{% include big.html %}", 4),
        ("{% if a %}" * 100, 4),
        ("a\n{% raw %}" * 10_000, 5),
    ],
)  # fmt: skip
def test_broken_and_endless_templates_fail_with_their_line(
    site: Site, template: str, line: int
) -> None:
    with pytest.raises(SourceError) as caught:
        filled(
            site,
            template,
            **{
                "_includes/loop.html": "\n{% include loop.html %}",
                "_includes/big.html": "{% for i in (1..10000) %}" + "x" * 10_000 + "{% endfor %}",
            },
        )
    assert caught.value.path in ("about.md", "_includes/loop.html", "_includes/big.html")
    if caught.value.path == "about.md":
        assert caught.value.line == line
    assert caught.value.message.startswith("Liquid: ")


def test_a_value_that_fits_no_filter_stops_its_block_alone(site: Site) -> None:
    page = filled(site, "a {% for i in (1..60) %}{{ 'x' | date_to_string }}{% endfor %} b")
    assert text(page) == "a  b"
    assert [line for _, line, _ in warnings(page)] == [4]


@pytest.mark.parametrize(
    "template",
    [
        "{{ page.long | strip_html }}",
        "{% if a" + " " * 50_000 + "b %}x{% endif %}",
        "{% include " + "{{ " * 20_000 + "%}",
        "{% post_url " + "{{" * 20_000 + " %}",
        "{% assign a = 9 %}" + "{% assign a = a | times: a %}" * 60 + "{{ a | size }}",
        "{% assign x = " + "(" * 50_000 + " %}",
        "{% for i in (1..400) %}{% include two.html %}{% endfor %}",
        "{% for i in (1..2000) %}{{ page.long | markdownify }}{% endfor %}",
    ],
    ids=["html", "white", "include", "post_url", "times", "brackets", "includes", "markdownify"],
)
def test_no_template_goes_on_for_ever(site: Site, template: str) -> None:
    long = "<script " * 5_000 + "<!-- " * 5_000 + "<" * 5_000
    made = site(
        {
            "_config.yml": "",
            "a.md": f"---\nlong: '{long}'\n---\n{template}",
            "_includes/two.html": "{% for i in (1..400) %}{% include three.html %}{% endfor %}",
            "_includes/three.html": "{% for i in (1..400) %}{% endfor %}",
        }
    )
    assert ended(made) in ("Liquid", "filled in")


def ended(made: Config) -> str:
    """How the page `a.md` came to its end: filled in, or with what kind of message."""
    try:
        apply(made, "a.md")
    except SourceError as error:
        return error.message.partition(":")[0]
    return "filled in"


def test_a_broken_include_is_left_out_and_named(site: Site) -> None:
    page = filled(site, "a{% include a.html %}b", **{"_includes/a.html": "fine\n{% if x %}"})
    assert text(page) == "ab"
    assert warnings(page) == [
        ("_includes/a.html", 2, "Liquid: {% if %} is not closed: it is left out")
    ]


def test_a_broken_data_file_is_named_by_the_page_that_asks(site: Site) -> None:
    broken = {"_data/a.yml": "x: 1\ny: : z", "_data/b.json": "{\n1}", "_data/c.csv": "a\n1"}
    assert text(filled(site, "{{ site.data.c[0].a }}", **broken)) == "1"
    for name, path, line in (("a", "_data/a.yml", 2), ("b", "_data/b.json", 2)):
        with pytest.raises(SourceError) as caught:
            filled(site, f"{{{{ site.data.{name}.x }}}}", **broken)
        assert (caught.value.path, caught.value.line) == (path, line)


def test_lines_lead_back_to_the_source(site: Site) -> None:
    page = filled(site, "one\n{% for i in (1..3) %}\n- {{ i }}\n{% endfor %}\nlast\n{{ 1 }} end")
    lines = text(page).split("\n")
    assert page.line(0, 1) == 4
    assert page.line(0, lines.index("last") + 1) == 8
    assert page.line(0, lines.index("1 end") + 1) == 9
    assert page.line(0, 3) in (5, 6, 7)


def test_pages_that_show_each_other_come_to_an_end(site: Site) -> None:
    made = site(
        {
            "_config.yml": "",
            "_posts/2026-01-01-a.md": "A {% for p in site.posts %}{{ p.content }}{% endfor %}",
            "_posts/2026-01-02-b.md": "B {% for p in site.posts %}{{ p.content }}{% endfor %}",
        }
    )
    assert text(apply(made, "_posts/2026-01-01-a.md")).startswith("A <p>B")
