"""Settings: defaults without any file, and mistakes that say file, line and the nearest key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import config, services
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from conftest import Site


def folder(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def mistake(root: Path, text: str | bytes, name: str = "publisher.toml") -> ConfigError:
    (root / "notebooks").mkdir(exist_ok=True)
    with pytest.raises(ConfigError) as caught:
        config.load(folder(root, {name: text}))
    return caught.value


def test_a_folder_with_nothing_has_defaults(tmp_path: Path) -> None:
    found = config.load(folder(tmp_path / "my-own_site", {"page.md": ""}))
    assert found.file is None
    assert found.title == "My Own Site"
    assert found.source == found.root
    assert found.output == found.root / "site"
    assert found.settings == config.Settings()


def test_pages_lie_in_notebooks_if_there_is_such_a_folder(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    assert config.load(tmp_path).source == tmp_path.resolve() / "notebooks"


def test_a_configured_source_comes_before_notebooks(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pages").mkdir()
    folder(tmp_path, {"publisher.toml": "source = 'pages'"})
    assert config.load(tmp_path).source == tmp_path.resolve() / "pages"


def test_the_command_line_chooses_the_output(tmp_path: Path) -> None:
    folder(tmp_path, {"publisher.toml": "output = 'public'"})
    assert config.load(tmp_path).output == tmp_path.resolve() / "public"
    assert config.load(tmp_path, tmp_path / "else").output == tmp_path / "else"


@pytest.mark.parametrize(
    ("files", "title", "file"),
    [
        ({"publisher.toml": "title = 'A'"}, "A", "publisher.toml"),
        ({"pyproject.toml": "[tool.publisher]\ntitle = 'B'"}, "B", "pyproject.toml"),
        (
            {"publisher.toml": "title = 'A'", "pyproject.toml": "[tool.publisher]\ntitle = 'B'"},
            "A",
            "publisher.toml",
        ),
        ({"publisher.toml": b"\xef\xbb\xbftitle = 'A'\r\n"}, "A", "publisher.toml"),
        ({"publisher.toml": ""}, "Project", "publisher.toml"),
        ({"pyproject.toml": "[project]\nname = 'x'"}, "Project", None),
        ({"pyproject.toml": "tool = 5"}, "Project", None),
    ],
)
def test_settings_come_from_either_file(
    tmp_path: Path, files: dict[str, str | bytes], title: str, file: str | None
) -> None:
    found = config.load(folder(tmp_path / "project", files))
    assert found.title == title
    assert (found.file.name if found.file else None) == file


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("title = 'x'\ntitel = 'y'\n", 2, "unknown key `titel`", "did you mean `title`?"),
        ("\n\n[exekute]\n", 3, "unknown key `exekute`", "did you mean `execute`?"),
        (
            "[execute]\n\ntimeot = 3",
            3,
            "unknown key `execute.timeot`",
            "did you mean `timeout`?",
        ),
        ("execute.timeot = 3", 1, "unknown key `execute.timeot`", "did you mean `timeout`?"),
        ("\n'titel' = 3", 2, "unknown key `titel`", "did you mean `title`?"),
        (
            "[[navigation]]\nto = 'a'\n[[navigation]]\nto = 'b'\ntitel = 'c'",
            5,
            "unknown key `navigation.1.titel`",
            "did you mean `title`?",
        ),
        (
            "[author]\nzzz = 1",
            2,
            "unknown key `author.zzz`",
            "known keys: name, pronouns, tagline, photo, email, location, affiliation, links",
        ),
        (
            "[author]\ngithub = 'x'",
            2,
            "unknown key `author.github`",
            "`github` belongs below a line [author.links]",
        ),
        (
            "[author]\nfooter = 'x'",
            2,
            "unknown key `author.footer`",
            "`footer` belongs above the line [author]",
        ),
        ("[author]\nbio = 'x'", 2, "unknown key `author.bio`", "did you mean `tagline`?"),
        ("[author]\ne-mail = 'x'", 2, "unknown key `author.e-mail`", "did you mean `email`?"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    error = mistake(tmp_path, text)
    assert (error.path, error.line, error.message) == ("publisher.toml", line, message)
    assert error.hint == hint


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("title = 5", 1, "`title`: expected a text, got a number"),
        ("title = 2026-01-01", 1, "`title`: expected a text, got a date"),
        ("exclude = 'x'", 1, "`exclude`: expected a list, got a text"),
        ("exclude = ['a', 1]", 1, "`exclude.1`: expected a text, got a number"),
        ("\nexecute = 5", 2, "`execute`: expected a table, got a number"),
        ("execute = {timeout = 'x'}", 1, "`execute.timeout`: expected a number, got a text"),
        ("[execute]\ntimeout = 0", 2, "`execute.timeout`: expected a number > 0.0"),
        ("[execute]\ntimeout = nan", 2, "`execute.timeout`: expected a number > 0.0"),
        ("[execute]\ntimeout = true", 2, "`execute.timeout`: expected a number"),
        ("[execute]\nenabled = 1", 2, "`execute.enabled`: expected true or false, got a number"),
        ("[execute]\nmax_output = 5", 2, "`execute.max_output`: expected a number >= 1000"),
        ("navigation = 'x'", 1, "`navigation`: expected a list, got a text"),
        ("navigation = [5]", 1, "`navigation.0`: expected a text or a table, got a number"),
        (
            "[[navigation]]\nto = 'a'\n\n[[navigation]]\ntitle = 'b'",
            4,
            "`navigation.1`: misses the key `to`",
        ),
        ("url = 'example.org'", 1, "`url`: want a full address like https://example.org/path"),
        ("url = 'https://['", 1, "`url`: want a full address like https://example.org/path"),
        ("edit = 'https://a.org:99999/x'", 1, "`edit`: want a full address"),
        ('url = "https://a.org\\n"', 1, "`url`: want a full address"),
        ("language = 'x y'", 1, "`language`: want the code of a language"),
        ("theme = '../x'", 1, "`theme`: want the name of a folder"),
        ('output = "a\\u0000"', 1, "`output`: want the name of a folder"),
        ("on_error = 'ignore'", 1, "`on_error`: want `stop` or `keep`"),
        ("[author]\n\nphoto = 5", 3, "`author.photo`: expected a text, got a number"),
        ("[author]\nphoto = 'data:image/png;base64,x'", 2, "`author.photo`: want the path of an"),
        ("[author]\nphoto = 'javascript:x'", 2, "`author.photo`: want the path of an image"),
        ("[author]\nemail = 'ada'", 2, "`author.email`: want an address like ada@example.org"),
        ("[author]\nemail = 'a@b.org?cc=c@d.org'", 2, "`author.email`: want an address"),
        ('[author]\nemail = """a@b.org\n"""', 2, "`author.email`: want an address"),
        ("[author]\nlinks = ['x']", 2, "`author.links`: expected a table, got a list"),
        ("[author.links]\ngithub = 'x'\norcid = 5", 3, "`author.links.orcid`: expected a text"),
        ("[author.links]\na = ''", 2, "`author.links.a`: the link is empty"),
        (
            "[author.links]\ngithub = 'x'\n\"My = page\" = 'javascript:x'",
            3,
            "`author.links.My = page`: `javascript:` addresses are not linked to",
        ),
        ("author.links.'a b' = 'x'", 1, "`author.links.a b`: 'a b' is no service"),
        ("[author]\nlinks = {a = 'x'}", 2, "`author.links.a`: 'a' is no service"),
    ],
)
def test_a_bad_value_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    error = mistake(tmp_path, text)
    assert (error.path, error.line) == ("publisher.toml", line)
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[project]\ntitel = 1\n[tool.publisher]\n\ntitel = 1", 5, "unknown key `titel`"),
        ("[tool.publisher]\n[tool.x]\nnam = 1\n[tool.publisher.author]\nnam = 1", 5, "unknown"),
        ("[tool]\npublisher = 5", 2, "`publisher`: expected a table, got a number"),
        ("[tool]\npublisher = {titel = 1}", 2, "unknown key `titel`"),
    ],
)
def test_lines_in_pyproject_are_those_of_our_table(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    error = mistake(tmp_path, text, "pyproject.toml")
    assert (error.path, error.line) == ("pyproject.toml", line)
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("title = 'x'\n[a", 2, "not valid TOML"),
        ("title = 'x'\ntitle = 'y'", 2, "not valid TOML"),
        ("title = 2022-19-05", 1, "not valid TOML"),
        (b"title = 'x'\ndescription = '\xff'", 2, "the file is not UTF-8"),
        ("exclude = " + "[" * 50_000, None, "not valid TOML"),
        ("order = " + "9" * 5_000, None, "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_named(
    tmp_path: Path, text: str | bytes, line: int | None, message: str
) -> None:
    error = mistake(tmp_path, text)
    assert (error.path, error.line) == ("publisher.toml", line)
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source = 'nope'", "the source folder 'nope' does not exist"),
        ("source = '..'", "the source folder lies outside the project"),
        ("source = '/'", "the source folder lies outside the project"),
        ("output = '.'", "would hold the sources"),
        ("output = '..'", "would hold the sources"),
        ("output = '/'", "would hold the sources"),
        ("output = 'notebooks'", "would hold the sources"),
        ("output = '.publisher/x'", "the folder .publisher is for what we remember"),
    ],
)
def test_folders_that_cannot_work_are_refused(tmp_path: Path, text: str, message: str) -> None:
    error = mistake(tmp_path, f"\n{text}")
    assert message in error.message
    assert error.line == 2


def test_a_source_that_is_a_link_to_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    root = folder(tmp_path / "project", {"publisher.toml": "source = 'pages'"})
    (root / "pages").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="outside the project"):
        config.load(root)


def test_a_project_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no folder"):
        config.load(tmp_path / "gone")


def test_the_projects_files_leave_out_what_is_not_its_own(site: Site) -> None:
    made = site(
        {
            "notebooks/a.md": "",
            "notebooks/.hidden.md": "",
            "notebooks/data/x.csv": "",
            "module.py": "",
            "site/index.html": "",
            ".git/config": "",
            ".venv/lib.py": "",
            "env/pyvenv.cfg": "",
            "env/lib.py": "",
            "conda/conda-meta/history": "",
            "conda/x.py": "",
            "old/.publisher-manifest.json": "{}",
            "old/x.html": "",
            "node_modules/x.js": "",
            "__pycache__/x.pyc": "",
        }
    )
    found = [made.shown(path) for path in made.folders()]
    assert found == [".", "notebooks", "notebooks/data"]


@pytest.mark.parametrize(
    ("source", "patterns", "fits"),
    [
        ("drafts/a.md", ("drafts/*",), True),
        ("drafts/a/b.md", ("drafts",), True),
        ("drafts/a.md", ("drafts/",), True),
        ("drafts.md", ("drafts",), False),
        ("a.MD", ("*.md",), False),
        ("a.md", (), False),
        ("a.md", ("[",), False),
        ("x/data.csv", ("a.md", "*.csv"), True),
    ],
)
def test_patterns(source: str, patterns: tuple[str, ...], fits: bool) -> None:
    assert config.matches(source, patterns) is fits


def test_paths_are_shown_relative_to_the_project(site: Site, tmp_path: Path) -> None:
    made = site({})
    assert made.shown(made.root / "notebooks" / "a.md") == "notebooks/a.md"
    assert made.shown(tmp_path) == tmp_path.as_posix()


def test_the_profile_keeps_the_order_of_its_links(tmp_path: Path) -> None:
    text = "[author]\nname = 'Ada'\n[author.links]\norcid = '0'\n'My page' = 'a/b.md'\ngithub = 'x'"
    folder(tmp_path, {"publisher.toml": text})
    author = config.load(tmp_path).settings.author
    assert list(author.links.items()) == [("orcid", "0"), ("My page", "a/b.md"), ("github", "x")]


def test_the_reference_names_every_service() -> None:
    text = config.reference()
    for service in services.SERVICES:
        assert f"| `{service.key}` | {service.label} |" in text


def test_the_reference_names_every_key() -> None:
    text = config.reference()
    for of in (
        config.Settings, config.Author, config.Execution, config.NavigationItem, config.Check,
    ):  # fmt: skip
        for name in of.__struct_fields__:
            assert f"| `{name}` |" in text


def test_a_folder_of_pages_is_not_taken_for_a_project(site: Site) -> None:
    made = site({"publisher.toml": "title = 'T'", "notebooks/posts/a.md": ""})
    for folder in (made.source, made.source / "posts"):
        with pytest.raises(ConfigError, match="belongs to the project in") as caught:
            config.load(folder)
        assert "publish -C" in (caught.value.hint or "")


def test_what_is_wrong_in_a_folder_above_is_not_our_business(site: Site) -> None:
    made = site({"mine/a.md": ""})
    (made.root / "pyproject.toml").write_text("[broken")
    assert config.load(made.root / "mine").source == made.root / "mine"
