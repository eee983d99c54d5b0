"""Fetching pictures: bounded, https only, never into a private network; against a real server on a real socket."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.commerce.merchandising import picture_fetch
from core.commerce.merchandising.picture_fetch import FetchRefused, PictureFetcher, is_public


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.headers["Host"], self.path))
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in body if isinstance(body, list) else [body]:
                self.wfile.write(piece)
        except OSError:
            pass

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.answers, made.asked = {}, []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def fetcher(server):
    """Names resolve as the test says, TLS is left out, and every connection ends at the local server."""
    names = {"pictures.example": ["93.184.215.14"], "other.example": ["8.8.8.8"], "inside.example": ["10.0.0.5"],
             "two.example": ["93.184.215.14", "192.168.1.1"], "none.example": []}  # fmt: skip
    connected = []

    def resolve(host):
        if host not in names:
            raise socket.gaierror("unknown")
        return names[host]

    def connect(host, address, seconds):
        connected.append((host, address))
        return socket.create_connection(server.server_address, timeout=seconds)

    made = PictureFetcher(resolve=resolve, connect=connect)
    made_for_test[id(made)] = connected
    return made


made_for_test = {}


def connections(fetcher):
    return made_for_test[id(fetcher)]


def refusal(fetcher, url):
    with pytest.raises(FetchRefused) as refused:
        fetcher.fetch(url)
    return refused.value.message


def test_picture_is_fetched_from_the_address_that_was_checked(fetcher, server):
    server.answers["/a%20b.png?v=1"] = (200, {"Content-Length": "3"}, b"png")
    assert fetcher.fetch("https://pictures.example/a b.png?v=1") == b"png"
    assert connections(fetcher) == [("pictures.example", "93.184.215.14")]
    assert server.asked == [("pictures.example", "/a%20b.png?v=1")]


def test_redirects_are_followed_and_checked_each_time(fetcher, server):
    server.answers["/1"] = (302, {"Location": "/2"}, b"")
    server.answers["/2"] = (301, {"Location": "https://other.example/3"}, b"")
    server.answers["/3"] = (200, {}, b"png")
    assert fetcher.fetch("https://pictures.example/1") == b"png"
    assert [host for host, _ in connections(fetcher)] == [
        "pictures.example",
        "pictures.example",
        "other.example",
    ]


@pytest.mark.parametrize(
    "target",
    [
        "https://inside.example/x",
        "http://other.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "file:///etc/passwd",
    ],
)
def test_redirect_into_a_private_network_or_out_of_https_is_refused(fetcher, server, target):
    server.answers["/1"] = (302, {"Location": target}, b"")
    refusal(fetcher, "https://pictures.example/1")
    assert len(server.asked) == 1


def test_endless_redirects_end(fetcher, server):
    server.answers["/1"] = (302, {"Location": "/1"}, b"")
    assert "on and on" in refusal(fetcher, "https://pictures.example/1")
    assert len(server.asked) == picture_fetch.MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "url",
    [
        "", "pot.png", "//e.com/x", "http://pictures.example/a", "ftp://pictures.example/a", "javascript:alert(1)",
        "data:image/png;base64,AAAA", "file:///etc/passwd", "https://", "https:///a", "https://user:pw@pictures.example/a",
        "https://pictures.example:8443/a", "https://pictures.example:99999/a", "https://[::1", "https://pictures.example\x00/a",
        "https://inside.example/a", "https://two.example/a", "https://none.example/a", "https://unknown.example/a",
        "https://" + "x" * 300 + ".example/a", "https://ä" + "ö" * 100 + "/a",
    ],
)  # fmt: skip
def test_addresses_that_are_not_loaded_touch_no_network(fetcher, url):
    assert refusal(fetcher, url)
    assert connections(fetcher) == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.0.1", False), ("127.0.0.1", False), ("169.254.169.254", False),
        ("100.64.0.1", False), ("0.0.0.0", False), ("255.255.255.255", False), ("224.0.0.1", False), ("240.0.0.1", False),
        ("::1", False), ("::", False), ("fe80::1%eth0", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:93.184.215.14", True), ("64:ff9b::7f00:1", False), ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False), ("2002:c0a8:101::1", False), ("not an address", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_open_internet_are_public(address, public):
    assert is_public(address) is public


def test_numeric_names_are_resolved_before_they_are_judged():
    real = PictureFetcher(connect=lambda *given: pytest.fail("connected"))
    for host in ("127.1", "2130706433", "0x7f.1", "localhost", "[::ffff:7f00:1]"):
        assert refusal(real, f"https://{host}/")


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_pictures_are_given_up(fetcher, server, monkeypatch, announced):
    monkeypatch.setattr(picture_fetch, "MAXIMUM_BYTES", 1000)
    body = [b"x" * 500] * 200
    server.answers["/big"] = (200, {"Content-Length": str(500 * 200)} if announced else {}, body)
    assert "too large" in refusal(fetcher, "https://pictures.example/big")


def test_slow_hosts_are_given_up(fetcher, server, monkeypatch):
    monkeypatch.setattr(picture_fetch, "WHOLE_SECONDS", 0.0)
    assert "slow" in refusal(fetcher, "https://pictures.example/a")


def test_answers_that_are_no_picture_are_refused(fetcher, server):
    server.answers["/short"] = (200, {"Content-Length": "100"}, b"x")
    assert refusal(fetcher, "https://pictures.example/missing")
    assert refusal(fetcher, "https://pictures.example/short")


def test_host_that_does_not_answer_is_asked_once():
    asked = []

    def connect(host, address, seconds):
        asked.append(host)
        raise TimeoutError

    fetcher = PictureFetcher(resolve=lambda host: ["8.8.8.8"], connect=connect)
    assert len({refusal(fetcher, f"https://slow.example/{number}") for number in range(3)}) == 1
    assert asked == ["slow.example"]


def test_real_connection_demands_a_certificate(server):
    def connect(host, address, seconds):
        plain = socket.create_connection(server.server_address, timeout=2)
        return picture_fetch.secured(plain, host)

    fetcher = PictureFetcher(resolve=lambda host: ["8.8.8.8"], connect=connect)
    assert "prove" in refusal(fetcher, "https://pictures.example/a")
