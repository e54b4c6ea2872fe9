"""The preview: pages as a web server would find them, and nothing outside the site."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import preview
from publisher.errors import ConfigError

FILES = {
    "site/index.html": "HOME",
    "site/about.html": "ABOUT",
    "site/404.html": "NO SUCH PAGE",
    "site/posts/index.html": "POSTS",
    "site/posts/a b/index.html": "SPACED",
    "site/posts/ü.html": "UMLAUT",
    "site/100% of a #b?/index.html": "ODD",
    "site/both/index.html": "FOLDER",
    "site/both.html": "FILE",
    "site/static/style.css": "CSS",
    "site/static/data.csv": "DATA",
    "site/.publisher-manifest.json": "MANIFEST",
    "secret.txt": "SECRET",
    "secret.html": "SECRET",
    "site-secret/index.html": "SECRET",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the files above are served; the server ends with the tests."""
    root = tmp_path_factory.mktemp("preview")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    site = root / "site"
    (site / "out.txt").symlink_to(root / "secret.txt")
    (site / "out").symlink_to(root / "site-secret")
    (site / "dangling").symlink_to(root / "gone")
    (site / "inside.css").symlink_to(site / "static" / "style.css")
    with preview.server(site, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port: int, address: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
    """Status, body and headers; the address is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest(method, "/", skip_accept_encoding=True)
        connection._buffer[0] = f"{method} {address} HTTP/1.1".encode("latin-1")  # type: ignore[attr-defined]
        connection.endheaders()
        response = connection.getresponse()
        headers = {name.title(): value for name, value in response.getheaders()}
        return response.status, response.read().decode(), headers
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/", "HOME"),
        ("/index.html", "HOME"),
        ("/?x=1", "HOME"),
        ("/about", "ABOUT"),
        ("/about?x=/../..", "ABOUT"),
        ("/about.html", "ABOUT"),
        ("/posts/", "POSTS"),
        ("/posts/index.html", "POSTS"),
        ("/posts/index", "POSTS"),
        ("/posts/a%20b/", "SPACED"),
        ("/posts/%C3%BC", "UMLAUT"),
        ("/100%25%20of%20a%20%23b%3F/", "ODD"),
        ("/both/", "FOLDER"),
        ("/both.html", "FILE"),
        ("/static/style.css", "CSS"),
        ("/inside.css", "CSS"),
        ("//about", "ABOUT"),
        ("/./posts/../about", "ABOUT"),
    ],
)
def test_pages_are_found_as_a_web_server_finds_them(port: int, address: str, body: str) -> None:
    assert ask(port, address)[:2] == (200, body)


@pytest.mark.parametrize(
    ("address", "target"),
    [("/posts", "/posts/"), ("/posts?x=1", "/posts/?x=1"), ("/both", "/both/")],
)
def test_a_folder_is_sent_on_to_its_slash(port: int, address: str, target: str) -> None:
    status, _, headers = ask(port, address)
    assert status in (301, 302, 307, 308)
    assert headers["Location"] == target


@pytest.mark.parametrize(
    "address",
    [
        "/gone",
        "/gone/",
        "/about/",
        "/about.html/",
        "/about/index.html",
        "/posts/gone.html",
        "/static",
        "/static/",
        "/posts/a%20b/gone",
        "/dangling",
        "/.publisher-manifest.json",
        "/%2Epublisher-manifest.json",
        "/static/../.publisher-manifest.json",
        "/" + "x" * 300,
        "/" + "a/" * 5_000,
    ],
)
def test_what_is_not_there_is_the_404_page_with_its_status(port: int, address: str) -> None:
    status, body, headers = ask(port, address)
    assert (status, body) == (404, "NO SUCH PAGE")
    assert headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    "address",
    [
        "/../secret.txt",
        "/../secret",
        "../secret.txt",
        "/..//../secret.txt",
        "/posts/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/....//secret.txt",
        "/../site-secret/",
        "/../site-secret",
        "/%2e%2e/site-secret/index.html",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://example.org/../secret.txt",
        "http://[/secret.txt",
        "/out.txt",
        "/out/",
        "/out",
        "/out/index.html",
        "/secret.txt%00.html",
        "/about%00",
        "/%00",
        "/about.html%00/../../secret.txt",
    ],
)
def test_nothing_outside_the_site_is_served(port: int, address: str) -> None:
    status, body, headers = ask(port, address)
    assert "SECRET" not in body
    assert "root:" not in body
    assert (status, body) == (404, "NO SUCH PAGE")
    assert "Location" not in headers


@pytest.mark.parametrize(
    "address", ["//example.org/", "//example.org", "//posts", "/\\example.org"]
)
def test_nobody_is_sent_elsewhere(port: int, address: str) -> None:
    location = ask(port, address)[2].get("Location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_folders_are_never_listed(port: int) -> None:
    for address in ("/static/", "/static", "/posts/a%20b/../", "/out/"):
        assert "style.css" not in ask(port, address)[1]


def test_head_has_no_body(port: int) -> None:
    assert ask(port, "/about", "HEAD")[:2] == (200, "")
    assert ask(port, "/gone", "HEAD")[:2] == (404, "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_reading_is_answered(port: int, method: str) -> None:
    assert ask(port, "/", method)[0] == 501


def test_no_browser_keeps_a_page(port: int) -> None:
    for address in ("/", "/static/style.css", "/gone"):
        assert ask(port, address)[2]["Cache-Control"] == "no-cache"


def test_the_server_listens_on_this_machine_only(tmp_path: Path) -> None:
    with preview.server(tmp_path, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_site_without_a_404_page_still_answers(tmp_path: Path) -> None:
    with preview.server(tmp_path, 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert ask(server.server_address[1], "/")[:2] == (404, "Not found")
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("number", [70_000, -1])
def test_a_port_that_is_none_is_an_error(tmp_path: Path, number: int) -> None:
    with pytest.raises(ConfigError, match=f"port {number} cannot be used"):
        preview.server(tmp_path, number)


def test_a_port_that_is_taken_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with preview.server(tmp_path, 0) as server:
        taken = server.server_address[1]
        with pytest.raises(ConfigError, match=f"port {taken} cannot be used") as caught:
            preview.server(tmp_path, taken)
    assert caught.value.hint is not None
