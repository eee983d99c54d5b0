"""A real Chromium, and an application served for it: what every test of pages in a browser stands on."""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@contextmanager
def running_chromium(arguments: Sequence[str] = ("--no-sandbox",)) -> Iterator[Browser]:
    """The named Chromium (`PINPU_CHROMIUM`), the system's, or Playwright's own."""
    path = os.environ.get("PINPU_CHROMIUM") or shutil.which("chromium") or None
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(arguments))
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(application: "WSGIApplication", port: int = 0) -> Iterator[str]:
    """The address at which `application` answers inside the block; port 0 is a free one."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
