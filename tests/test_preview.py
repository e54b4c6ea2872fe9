"""The preview's server: pages as web servers find them, and nothing else; nobody waits."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psutil
import pytest

from publisher.errors import ConfigError
from publisher.model import File, Problem
from publisher.preview import serving
from publisher.preview.app import app
from publisher.preview.documents import with_client
from publisher.preview.edition import Edition, Running, Trouble
from publisher.preview.serving import serve
from publisher.store import content_digest

FILES = {
    "index.html": "HOME",
    "about.html": "ABOUT",
    "404.html": "NO SUCH PAGE",
    "posts/index.html": "POSTS",
    "posts/a b/index.html": "SPACED",
    "posts/ü.html": "UMLAUT",
    "100% of a #b?/index.html": "ODD",
    "a:b/index.html": "COLON",
    "both/index.html": "FOLDER",
    "both.html": "FILE",
    "static/style.css": "CSS",
    "static/data.csv": "DATA",
    "film.mp4": "0123456789",
    "paper.pdf": "%PDF",
    "_preview/client.js": "THE SITE'S OWN",
    ".publisher-manifest.json": "MANIFEST",
}


class Desk:
    """Makes editions by hand."""

    def __init__(self, files: dict[str, File]) -> None:
        digests = {path: content_digest(file.read()) for path, file in files.items()}
        self.edition = Edition(1, files, digests, building=False)
        self.listeners: list[Callable[[Edition], None]] = []

    def listen(self, tell: Callable[[Edition], None]) -> Callable[[], None]:
        self.listeners.append(tell)
        return lambda: self.listeners.remove(tell)

    def show(self, **parts: Any) -> None:
        self.edition = replace(self.edition, number=self.edition.number + 1, **parts)
        for tell in self.listeners:
            tell(self.edition)


@contextmanager
def served(desk: Desk, *, sandboxed: bool = False, **where: Any) -> Iterator[str]:
    """Where a preview is that ends with the block."""
    ready, until, told = threading.Event(), threading.Event(), []
    before = len(desk.listeners)

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    given = {"port": 0, "ready": tell, "until": until} | where
    thread = threading.Thread(target=serve, args=[app(desk, sandboxed=sandboxed)], kwargs=given)
    thread.start()
    assert ready.wait(20)
    try:
        yield told[0]
    finally:
        until.set()
        thread.join()
        assert len(desk.listeners) == before


def port_of(address: str) -> int:
    return int(address.rstrip("/").rpartition(":")[2])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    files = {path: File(path, text.encode()) for path, text in FILES.items()}
    source = tmp_path_factory.mktemp("sources") / "picture.svg"
    source.write_text("<svg/>")
    source.with_name("secret.txt").write_text("SECRET")
    files["picture.svg"] = File("picture.svg", source=source)
    return Desk(files)


@pytest.fixture(scope="module")
def port(desk: Desk) -> Iterator[int]:
    with served(desk) as address:
        yield port_of(address)


def ask(
    port: int, address: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers; the address is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, "/", skip_accept_encoding=True, skip_host=True)
        connection._buffer[0] = f"{method} {address} HTTP/1.1".encode("latin-1")  # type: ignore[attr-defined]
        for name, value in ({"Host": f"127.0.0.1:{port}"} | (headers or {})).items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        found = {name.title(): value for name, value in response.getheaders()}
        return response.status, response.read().decode(), found
    finally:
        connection.close()


def without_client(body: str) -> str:
    """A page without the tag that it has in the preview."""
    before, _, after = body.partition("<script")
    return before + after.partition("</script>")[2] if "client.js" in after else body


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
        ("/both", "FILE"),
        ("/picture.svg", "<svg/>"),
    ],
)
def test_pages_are_found_as_a_web_server_finds_them(port: int, address: str, body: str) -> None:
    status, found, _ = ask(port, address)
    assert (status, without_client(found)) == (200, body)


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/posts", "./posts/"),
        ("/posts?x=1", "./posts/?x=1"),
        ("/posts/a%20b", "./a%20b/"),
        ("/a:b", "./a%3Ab/"),
        ("/100%25%20of%20a%20%23b%3F", "./100%25%20of%20a%20%23b%3F/"),
    ],
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
        "/about.html;x",
        "//about",
        "/./about",
        "/posts/../about",
        "/.publisher-manifest.json",
        "/%2Epublisher-manifest.json",
        "/static/../.publisher-manifest.json",
        "/" + "x" * 300,
        "/" + "a/" * 5_000,
    ],
)
def test_what_is_not_there_is_the_404_page_with_its_status(port: int, address: str) -> None:
    status, body, headers = ask(port, address)
    assert (status, without_client(body)) == (404, "NO SUCH PAGE")
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
        "/..;/secret.txt",
        "/.%2e/secret.txt",
        "/%%32%65%%32%65/secret.txt",
        "/%u002e%u002e/secret.txt",
        "/%ef%bc%8e%ef%bc%8e/secret.txt",
        "/static/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/static//../../secret.txt",
        "/_preview/../secret.txt",
        "/_preview/%2e%2e/app.py",
        "/_preview/..%2fapp.py",
        "/_preview/../../../app.py",
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
    assert status in (400, 404)
    known = ("", "NO SUCH PAGE", "Not Found", "Invalid HTTP request received.")
    assert without_client(body) in known
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


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "ODD"])
def test_nothing_but_reading_is_answered(port: int, method: str) -> None:
    assert ask(port, "/", method)[0] == 405
    assert ask(port, "/_preview/events", method)[0] == 405


def test_no_browser_keeps_a_page(port: int) -> None:
    for address in ("/", "/static/style.css", "/gone", "/_preview/client.js"):
        assert ask(port, address)[2]["Cache-Control"] == "no-cache"


def test_what_is_named_by_its_content_is_kept(tmp_path: Path) -> None:
    name = "static/style.0e99b7a1a3a9.css"
    content = b"CSS"
    right = f"static/style.{blake2b(content, digest_size=6).hexdigest()}.css"
    desk = Desk({name: File(name, content), right: File(right, content)})
    with served(desk) as address:
        port = port_of(address)
        assert "immutable" in ask(port, f"/{right}")[2]["Cache-Control"]
        assert ask(port, f"/{name}")[2]["Cache-Control"] == "no-cache"


def test_every_answer_is_for_this_site_alone(port: int) -> None:
    for address in ("/", "/static/style.css", "/gone", "/_preview/client.js"):
        headers = ask(port, address, headers={"Origin": "https://example.org"})[2]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert not any(name.startswith("Access-Control") for name in headers)
        assert "Server" not in headers


@pytest.mark.parametrize(
    ("address", "up"), [("/", ""), ("/about", ""), ("/posts/", "../"), ("/gone/x%2Fy/z", "../../")]
)
def test_pages_have_the_client_by_a_relative_address(port: int, address: str, up: str) -> None:
    body = ask(port, address)[1]
    assert f'<script src="{up}_preview/client.js?' in body
    assert body.count("_preview/client.js") == 1
    assert f'data-up="{up}"' in body


def test_the_client_comes_first_in_the_head() -> None:
    page = with_client(b"<!doctype html><!-- <head> --><html><HEAD lang=x><base href=/>", "", {})
    assert b'<HEAD lang=x><script src="_preview' in page
    page = with_client(b"<!doctype html>\n<title>\xff</title>", "", {"data-x": '"<&'})
    assert page.startswith(b"<!doctype html>\n<script src=")
    assert b'data-x="&quot;&lt;&amp;"' in page
    assert page.endswith(b"<title>\xff</title>")


def test_the_reserved_names_are_the_previews(port: int) -> None:
    assert "THE SITE" not in ask(port, "/_preview/client.js")[1]
    assert ask(port, "/_preview/gone.js")[0] == 404
    assert ask(port, "/_preview/")[0] == 404


def test_parts_of_files_are_sent_to_players(port: int) -> None:
    def part(given: str, **headers: str) -> tuple[int, str, str]:
        named = {"Range": given} | headers
        status, body, found = ask(port, "/film.mp4", headers=named)
        return status, body, found.get("Content-Range", "")

    assert ask(port, "/film.mp4")[2]["Accept-Ranges"] == "bytes"
    assert part("bytes=0-") == (206, "0123456789", "bytes 0-9/10")
    assert part("bytes=2-4") == (206, "234", "bytes 2-4/10")
    assert part("bytes=-3") == (206, "789", "bytes 7-9/10")
    assert part("bytes=8-99") == (206, "89", "bytes 8-9/10")
    assert part("bytes=10-") == (416, "", "bytes */10")
    assert part("bytes=5-2")[0] == 416
    for odd in ("bytes=-", "bytes=a-b", "bytes=1-2,4-5", "lines=1-2", "bytes=²-3"):
        assert part(odd.encode().decode("latin-1"))[:2] == (200, "0123456789")
    etag = ask(port, "/film.mp4")[2]["Etag"]
    assert part("bytes=2-4", **{"If-Range": etag})[0] == 206
    assert part("bytes=2-4", **{"If-Range": '"older"'})[0] == 200


def test_what_a_browser_has_is_not_sent_again(port: int) -> None:
    etag = ask(port, "/static/style.css")[2]["Etag"]
    for given in (etag, f'"x", W/{etag}'):
        assert ask(port, "/static/style.css", headers={"If-None-Match": given})[:2] == (304, "")
    assert ask(port, "/static/style.css", headers={"If-None-Match": '"x"'})[0] == 200


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:80", "127.0.0.1:9"]
)
def test_the_names_of_this_machine_are_answered(port: int, name: str) -> None:
    assert ask(port, "/", headers={"Host": name})[0] == 200


@pytest.mark.parametrize(
    "name",
    ["example.org", "127.0.0.1.example.org", "localhost.example.org:80", "", "127.0.0.2", "0.0.0.0",
     "localhost@example.org", "example.org:127.0.0.1", "[::1", "localhost:x", "loc\xe4lhost",
     "127.0.0.1 example.org", "2130706433"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/", "/_preview/events"])
def test_other_names_that_lead_here_are_not(port: int, name: str, address: str) -> None:
    status, body, _ = ask(port, address, headers={"Host": name})
    assert status == 400
    assert "HOME" not in body
    assert "data:" not in body


def test_requests_without_a_name_or_with_two_are_not_answered(port: int) -> None:
    for head in ("GET / HTTP/1.0", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            client.sendall(f"{head}\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400")


def test_a_file_that_was_changed_since_is_not_served(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    names = ("link.txt", "gone.txt", "changed.txt", "pipe.txt", "folder.txt", "good.txt")
    for name in names:
        (tmp_path / name).write_text("public")
    desk = Desk({name: File(name, source=tmp_path / name) for name in names})
    with served(desk) as address:
        port = port_of(address)
        assert {ask(port, f"/{name}")[:2] for name in names} == {(200, "public")}
        for name in names[:-1]:
            (tmp_path / name).unlink()
        (tmp_path / "link.txt").symlink_to(secret)
        (tmp_path / "changed.txt").write_text("SECRET")
        os.mkfifo(tmp_path / "pipe.txt")
        (tmp_path / "folder.txt").mkdir()
        for name in names[:-1]:
            status, body, _ = ask(port, f"/{name}")
            assert status == 404
            assert "SECRET" not in body
        assert ask(port, "/good.txt")[0] == 200


def events(client: socket.socket) -> Iterator[dict[str, Any]]:
    """What a stream tells."""
    with client.makefile("rb") as lines:
        for line in lines:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def stream(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(b"GET /_preview/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client


def test_a_stream_tells_all_at_first_and_then_what_is_new() -> None:
    desk = Desk({"a.html": File("a.html", b"a"), "b.html": File("b.html", b"b")})
    with served(desk) as address, stream(port_of(address)) as client:
        told = events(client)
        first = next(told)
        assert (first["number"], first["whole"]) == (1, True)
        assert first["digests"] == desk.edition.digests
        odd = Problem("bad \udcff\n\nname", "a\udcff.md", 3)
        desk.show(running=(Running("a.md", "a/", 1, 2),), troubles=(Trouble(odd, "a/"),))
        second = next(told)
        assert second["digests"] == {}
        assert second["running"] == [{"source": "a.md", "url": "a/", "cell": 1, "cells": 2}]
        assert second["troubles"][0]["message"] == odd.message
        assert second["troubles"][0]["url"] == "a/"
        desk.show(digests={"a.html": "other", "c.html": "new"})
        assert next(told)["digests"] == {"a.html": "other", "b.html": None, "c.html": "new"}


def test_a_thousand_editions_end_with_the_newest() -> None:
    desk = Desk({"a.html": File("a.html", b"a")})
    with served(desk) as address, stream(port_of(address)) as client:
        told = events(client)
        next(told)
        for number in range(1000):
            desk.show(digests={"a.html": str(number)})
        known: dict[str, str] = {}
        for event in told:
            known |= event["digests"]
            if event["number"] == desk.edition.number:
                break
        assert known == {"a.html": "999"}


def test_two_hundred_tabs_hear_of_each_edition_and_the_server_answers() -> None:
    desk = Desk({"index.html": File("index.html", b"HOME")})
    with ExitStack() as stack:
        port = port_of(stack.enter_context(served(desk)))
        clients = [stack.enter_context(stream(port)) for _ in range(200)]
        told = [stack.enter_context(closing(events(client))) for client in clients]
        assert {next(each)["number"] for each in told} == {1}
        assert ask(port, "/")[0] == 200
        desk.show(digests={"index.html": "new"})
        assert [next(each)["digests"] for each in told] == [{"index.html": "new"}] * 200
        assert ask(port, "/")[0] == 200


def test_slow_and_silent_clients_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SECONDS", 0.5)
    desk = Desk({"index.html": File("index.html", b"HOME")})
    beginnings = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"\r\n",
                  b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HT"]  # fmt: skip
    with ExitStack() as stack:
        port = port_of(stack.enter_context(served(desk)))
        open_stream = events(stack.enter_context(stream(port)))
        next(open_stream)
        clients = []
        for beginning in beginnings * 20:
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            clients.append(stack.enter_context(client))
            client.sendall(beginning)
        assert ask(port, "/")[0] == 200
        for client in clients:
            with suppress(ConnectionError):
                while client.recv(10_000):
                    pass
        desk.show(building=True)  # a stream may be silent for as long as it likes
        assert next(open_stream)["building"]


def test_who_sends_a_little_at_a_time_is_sent_away_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SECONDS", 0.5)
    with (
        served(Desk({"index.html": File("index.html", b"HOME")})) as address,
        socket.create_connection(("127.0.0.1", port_of(address)), timeout=0.05) as client,
    ):
        deadline = time.monotonic() + 20
        client.sendall(b"GET / HTTP/1.1\r\nX: ")
        with suppress(ConnectionError):
            while time.monotonic() < deadline:
                client.sendall(b"x")
                with suppress(TimeoutError):
                    if not client.recv(1):
                        break
        assert time.monotonic() < deadline


def test_who_never_reads_holds_up_nobody() -> None:
    big = File("big.bin", bytes(30_000_000))
    with (
        served(Desk({"big.bin": big, "index.html": File("index.html", b"HOME")})) as address,
        ExitStack() as stack,
    ):
        port = port_of(address)
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", port), timeout=20)
            stack.enter_context(client)
            client.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ask(port, "/")[0] == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000,
        b"GET /" + b"x" * 200_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_odd_requests_are_answered_or_ended(
    port: int, request_: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as client,
        suppress(ConnectionError),
    ):
        client.sendall(request_)
        assert client.recv(100).startswith(b"HTTP/1.1 ")
    assert ask(port, "/")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_nothing_of_a_request_is_printed(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    ask(port, "/?token=SECRET", headers={"Cookie": "token=SECRET", "Authorization": "token SECRET"})
    _, body, headers = ask(port, "/gone?token=SECRET", headers={"Cookie": "token=SECRET"})
    assert "SECRET" not in body + str(headers)
    assert capfd.readouterr() == ("", "")


def test_the_server_listens_on_this_machine_only(desk: Desk) -> None:
    with served(desk) as address:
        assert address.startswith("http://127.0.0.1:")
        listening = [
            connection.laddr.ip
            for connection in psutil.Process().net_connections("inet")
            if connection.status == "LISTEN" and connection.laddr.port == port_of(address)
        ]
        assert listening == ["127.0.0.1"]


@pytest.mark.parametrize("number", [70_000, -1])
def test_a_port_that_is_none_is_an_error(desk: Desk, number: int) -> None:
    with pytest.raises(ConfigError, match=f"port {number} cannot be used"):
        serve(app(desk), port=number, ready=print)


def test_a_port_that_is_taken_is_an_error_with_a_hint(desk: Desk, port: int) -> None:
    with pytest.raises(ConfigError, match=f"port {port} cannot be used") as caught:
        serve(app(desk), port=port, ready=print)
    assert caught.value.hint is not None


def over_socket(path: Path, request_: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        client.sendall(request_)
        return client.recv(10_000)


def test_a_socket_is_its_owners_and_goes_with_the_server(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    before = os.umask(0)
    try:
        with served(desk, port=None, socket=path) as address:
            assert address == str(path)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            found = over_socket(path, b"GET / HTTP/1.1\r\nHost: hub.example.org\r\n\r\n")
            assert found.startswith(b"HTTP/1.1 200")
            with pytest.raises(ConfigError, match="another preview is running"):
                serve(app(desk), socket=path, ready=print)
    finally:
        os.umask(before)
    assert not path.exists()


def test_a_dead_socket_is_replaced_and_a_file_is_not(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with served(desk, port=None, socket=path):
        assert over_socket(path, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
    path.write_text("mine")
    with pytest.raises(ConfigError, match="is no socket"):
        serve(app(desk), socket=path, ready=print)
    assert path.read_text() == "mine"
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(app(desk), socket=tmp_path / ("x" * 200), ready=print)
    with pytest.raises(ConfigError, match="cannot be used"):
        serve(app(desk), socket=tmp_path / "none" / "socket", ready=print)


SERVING = """
import sys
from publisher.model import File
from publisher.preview.app import app
from publisher.preview.documents import with_client
from publisher.preview.edition import Edition
from publisher.preview.serving import serve

class Desk:
    edition = Edition(1, {"big.bin": File("big.bin", bytes(30_000_000))}, {})
    def listen(self, tell):
        return lambda: None

serve(app(Desk()), port=0, ready=lambda address: print(address, flush=True))
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_streams(number: int) -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVING], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout as told, ExitStack() as stack:
        port = port_of(told.readline().strip())
        clients = [stack.enter_context(stream(port)) for _ in range(3)]
        for client in clients:
            next(events(client))
        stuck = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        stuck.sendall(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert stuck.recv(4) == b"HTTP"
        server.send_signal(number)
        assert told.readline() == "ended\n"
        assert server.wait(20) == 0


def test_in_the_sandbox_every_page_and_file_has_an_origin_of_its_own(desk: Desk) -> None:
    with served(desk, sandboxed=True) as address:
        port = port_of(address)

        def policy(path: str, kind: str = "document") -> str:
            headers = ask(port, path, headers={"Sec-Fetch-Dest": kind})[2]
            return headers.get("Content-Security-Policy", "")

        sandboxed = ("/?_page", "/gone?_page", "/static/style.css", "/picture.svg", "/film.mp4")
        for path in (*sandboxed, "/posts", "/_preview/events2"):
            assert "allow-same-origin" not in policy(path)
        for path in sandboxed:
            assert policy(path).startswith("sandbox allow-scripts")
            assert policy(path, "iframe").startswith("sandbox allow-scripts")
        assert policy("/", "empty").startswith("sandbox allow-scripts")
        assert policy("/").startswith("default-src 'none'; script-src 'self'")
        assert policy("/gone").startswith("default-src 'none'; script-src 'self'")
        assert policy("/paper.pdf") == ""  # browsers show none in a sandbox
        assert "HOME" not in ask(port, "/")[1]
        assert "HOME" in ask(port, "/?_page")[1]
