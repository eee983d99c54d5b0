"""WeChat's ticket and signature: the documented example, a server that answers like WeChat, and one that does not."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from core.commerce.sharing import actions
from core.commerce.sharing.actions import refresh_ticket, save_sharing
from core.commerce.sharing.queries import sharing_settings
from core.commerce.sharing.wechat import WeChat, WeChatRefused, page_signature
from core.kernel.clock import now
from core.kernel.db import reading

APP, SECRET = "wx0123456789abcdef", "s3cret"


@pytest.fixture
def wechat(monkeypatch):
    """A server that answers like WeChat's; `refusing` makes it say no."""

    class Answers(BaseHTTPRequestHandler):
        refusing, asked = None, []

        def do_GET(self):
            path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            type(self).asked.append((path, query))
            said = {"/cgi-bin/token": {"access_token": "tok", "expires_in": 7200}}.get(
                path,
                {"errcode": 0, "errmsg": "ok", "ticket": f"ticket-{len(self.asked)}", "expires_in": 7200},
            )
            body = json.dumps(self.refusing or said).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(
        actions, "WeChat", lambda *a: WeChat(*a, api=f"http://127.0.0.1:{server.server_port}")
    )
    yield Answers
    server.shutdown()
    server.server_close()


def configured(app=APP, secret=SECRET):
    save_sharing(prompts_per_week=2, prompts_per_day=None, wechat_app_id=app, wechat_secret=secret)


def settings():
    with reading():
        return sharing_settings()


def test_signature_is_that_of_the_documents_example():
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    from datetime import UTC, datetime

    signed = page_signature(
        ticket=ticket,
        url="http://mp.weixin.qq.com?params=value#part",
        nonce="Wm3WZYTPz0wzccnW",
        at=datetime.fromtimestamp(1414587457, UTC),
    )
    assert signed["signature"] == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_saved_account_gets_a_ticket_and_keeps_it_fresh(in_shop, wechat, run_jobs, clock):
    configured()
    assert settings().ticket == ""
    run_jobs()
    first = settings()
    assert first.ticket.startswith("ticket-")
    assert (first.ticket_until - now()).total_seconds() > 7000
    assert wechat.asked[0][1]["secret"] == [SECRET]
    refresh_ticket.run()
    assert settings().ticket == first.ticket
    clock.advance(minutes=101)
    run_jobs()
    assert settings().ticket not in ("", first.ticket)


def test_refusal_is_kept_in_wechats_words_and_another_account_starts_over(in_shop, wechat, run_jobs):
    wechat.refusing = {"errcode": 40125, "errmsg": "invalid appsecret"}
    configured()
    run_jobs()
    assert settings().trouble == "40125 invalid appsecret"
    wechat.refusing = None
    configured(secret="right")
    run_jobs()
    assert (settings().trouble, bool(settings().ticket)) == ("", True)
    configured(app="wxffffffffffffffff", secret="")
    assert (settings().ticket, settings().has_secret) == ("", False)


def test_secret_is_in_no_error_and_no_repr():
    broken = WeChat(APP, SECRET, api="http://127.0.0.1:9")
    assert SECRET not in repr(broken)
    with pytest.raises(WeChatRefused) as caught:
        broken.ticket()
    assert SECRET not in str(caught.value)
