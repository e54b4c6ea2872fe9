"""Where a theme's files lie: the project's before ours, file by file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher import theme
from publisher.compose.colours import contrast, lighter, mix
from publisher.errors import ThemeError


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def test_without_a_folder_of_the_project_ours_is_the_theme(tmp_path: Path) -> None:
    (ours,) = theme.folders(tmp_path, "default")
    assert (ours / "page.html").is_file()
    assert (ours / "index.html.j2").is_file()
    assert (ours / "conf.json").is_file()


def test_a_folder_of_the_project_stands_before_ours(tmp_path: Path) -> None:
    write(tmp_path, "templates/default/page.html")
    first, second = theme.folders(tmp_path, "default")
    assert first == tmp_path / "templates" / "default"
    assert (second / "page.html").is_file()


def test_a_theme_of_another_name_need_not_be_complete(tmp_path: Path) -> None:
    write(tmp_path, "templates/mine/page.html")
    folders = theme.folders(tmp_path, "mine")
    assert folders[0] == tmp_path / "templates" / "mine"
    assert folders[1:] == theme.folders(tmp_path / "elsewhere", "default")


def test_an_unknown_theme_is_an_error_that_names_those_there_are(tmp_path: Path) -> None:
    write(tmp_path, "templates/mine/page.html")
    with pytest.raises(ThemeError, match="no theme 'mnie'") as caught:
        theme.folders(tmp_path, "mnie")
    assert caught.value.hint is not None
    assert "default, mine" in caught.value.hint


def test_static_files_are_overridden_one_by_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        "templates/default/static/style.css",
        "templates/default/static/fonts/own.woff2",
        "templates/default/static/.hidden",
    )
    folders = theme.folders(tmp_path, "default")
    files = theme.static(folders)
    assert files["style.css"] == folders[0] / "static" / "style.css"
    assert files["fonts/own.woff2"].read_text() == "templates/default/static/fonts/own.woff2"
    assert files["site.js"] == folders[1] / "static" / "site.js"
    assert ".hidden" not in files


def test_the_default_theme_has_an_icon_of_each_kind(tmp_path: Path) -> None:
    (ours,) = theme.folders(tmp_path, "default")
    names = {path.stem for path in (ours / "icons").glob("*.svg")}
    assert {"github", "google-scholar", "orcid", "linkedin", "mastodon", "letterboxd"} <= names
    assert not any(name.startswith("icons/") for name in theme.static((ours,)))


STYLE = Path(__file__).parent.parent / "templates" / "default" / "static" / "style.css"
TOKEN = re.compile(r"--(\w+): light-dark\((#\w+), (#\w+)\);")
TEXTS = "text muted accent blue green amber red purple cyan string".split()


def scheme(number: int) -> dict[str, str]:
    return {name: pair[number] for name, *pair in TOKEN.findall(STYLE.read_text())}


@pytest.mark.parametrize("number", [0, 1])
def test_every_colour_of_text_is_readable_on_every_ground(number: int) -> None:
    tokens = scheme(number)
    assert set(TEXTS) | {"bg", "surface", "line"} == tokens.keys()
    bg, surface = tokens["bg"], tokens["surface"]
    for name in TEXTS:
        boxes = [mix(tokens[tone], bg, 0.09) for tone in ("blue", "green", "amber", "red")]
        marked = mix(tokens["amber"], surface, 0.15)
        for ground in (bg, surface, marked, *boxes):
            assert contrast(tokens[name], ground) >= 4.5, (name, ground)
    assert contrast(bg, tokens["accent"]) >= 4.5  # buttons


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#777", "#777") == 1
    assert mix("#ffffff", "#000000", 0.5) == "#808080"
    assert contrast(lighter("#00f", "#121716", 6), "#121716") >= 6
