"""A stand-in for Alipay: checks signatures as it does, keeps trades and refunds, signs what it answers."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from core.sdk.clock import now
from core.sdk.payments import GatewayCredentials

APP_ID = "2021000122671234"
BEIJING = timezone(timedelta(hours=8))
PAGES = ("alipay.trade.page.pay", "alipay.trade.wap.pay")


@cache
def key_named(name: str) -> rsa.RSAPrivateKey:
    """One key per name and process, made when it is first needed."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey, shape=serialization.PrivateFormat.PKCS8) -> str:
    return key.private_bytes(serialization.Encoding.PEM, shape, serialization.NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def signed(text: str, key: rsa.RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def sorted_text(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()))


def beijing_now() -> str:
    return now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Fault:
    """The next call of `method` meets it, before or after acting."""

    method: str
    code: str = "20000"
    sub_code: str = "isp.unknow-error"
    after_acting: bool = False
    hang_up: bool = False
    status: int = 200


@dataclass
class Provider:
    """The state of one application there."""

    trades: dict[str, dict] = field(default_factory=dict)
    refunds: dict[tuple[str, str], dict] = field(default_factory=dict)
    bills: dict[str, str] = field(default_factory=dict)
    balance_short: bool = False
    slow_refunds: bool = False
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, dict]] = field(default_factory=list)
    signing_key: str = "alipay"
    lock: Lock = field(default_factory=Lock)
    address: str = ""

    @property
    def credentials(self) -> GatewayCredentials:
        values = {
            "app_id": APP_ID,
            "private_key": private_pem(key_named("app")),
            "public_key": public_pem(key_named("alipay")),
        }
        return GatewayCredentials(f"{self.address}/gateway.do", "live", values)

    # What a buyer and Alipay do

    def visit(self, address: str) -> dict:
        """The buyer opens the page and logs in: now there is a trade."""
        with urlopen(address, timeout=5) as page:
            return json.loads(page.read())

    def pay(self, number: str) -> None:
        trade = self.trades[number]
        assert trade["trade_status"] == "WAIT_BUYER_PAY", trade
        trade |= {"trade_status": "TRADE_SUCCESS", "send_pay_date": beijing_now()}

    def notification(
        self, number: str, *, refund: str = "", at: str = "", **more
    ) -> tuple[dict[str, str], bytes]:
        """How a trade stands, as Alipay would report it; asked again, the same event again."""
        trade = self.trades[number]
        fields = {
            "notify_time": at or beijing_now(),
            "notify_type": "trade_status_sync",
            "notify_id": f"{trade['trade_status']}{number}{refund}",
            "charset": "utf-8",
            "version": "1.0",
            "app_id": APP_ID,
            "trade_no": trade["trade_no"],
            "out_trade_no": number,
            "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"],
            "subject": "订单 T1001 & 茶",
            "body": "",
        }
        if refund:
            back = self.refunds[number, refund]
            fields |= {"out_biz_no": refund, "refund_fee": back["refund_amount"], "gmt_refund": beijing_now()}
        fields |= more
        fields |= {"sign": signed(sorted_text(fields), key_named(self.signing_key)), "sign_type": "RSA2"}
        return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, urlencode(
            fields
        ).encode()

    # The API

    def request_problem(self, fields: dict[str, str]) -> str:
        """The sub_code of a request that is not the application's, or ""."""
        given = dict(fields)
        signature = base64.b64decode(given.pop("sign", ""))
        if given.get("app_id") != APP_ID:
            return "isv.invalid-app-id"
        at = datetime.strptime(given["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        # A page may stay open for a while; a call may not.
        old = abs(at - now()) > timedelta(minutes=15) and given["method"] not in PAGES
        if old or given["sign_type"] != "RSA2":
            return "isv.invalid-timestamp"
        try:
            key_named("app").public_key().verify(signature, sorted_text(given).encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return "isv.invalid-signature"
        return ""

    def act(self, fields: dict[str, str]) -> dict[str, str]:
        question, method = json.loads(fields["biz_content"]), fields["method"]
        acts = {
            "alipay.trade.query": self.query,
            "alipay.trade.close": self.close,
            "alipay.trade.refund": self.refund,
            "alipay.trade.fastpay.refund.query": self.refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self.bill,
        }
        with self.lock:
            if method in PAGES:
                return self.open_trade(question, fields)
            return acts[method](question)

    def open_trade(self, question: dict, fields: dict[str, str]) -> dict[str, str]:
        number, amount = question["out_trade_no"], question["total_amount"]
        product = {"alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY", "alipay.trade.wap.pay": "QUICK_WAP_WAY"}
        assert question["product_code"] == product[fields["method"]], question
        assert len(number) <= 64, number
        if datetime.strptime(question["time_expire"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING) <= now():
            return refused("ACQ.INVALID_PARAMETER")
        known = self.trades.get(number)
        if known and known["total_amount"] != amount:
            return refused("ACQ.CONTEXT_INCONSISTENT")
        if known and known["trade_status"] != "WAIT_BUYER_PAY":
            closed = known["trade_status"] == "TRADE_CLOSED"
            return refused("ACQ.TRADE_HAS_CLOSE" if closed else "ACQ.TRADE_HAS_SUCCESS")
        self.trades.setdefault(
            number,
            {
                "out_trade_no": number,
                "trade_no": f"20261123220014{len(self.trades):014}",
                "total_amount": amount,
                "trade_status": "WAIT_BUYER_PAY",
                "asked": {**question, **{name: fields[name] for name in ("return_url", "notify_url")}},
            },
        )
        return done(out_trade_no=number)

    def query(self, question: dict) -> dict[str, str]:
        trade = self.trades.get(question["out_trade_no"])
        if trade is None:
            return refused("ACQ.TRADE_NOT_EXIST")
        return done(**{name: value for name, value in trade.items() if name != "asked"})

    def close(self, question: dict) -> dict[str, str]:
        trade = self.trades.get(question["out_trade_no"])
        if trade is None:
            return refused("ACQ.TRADE_NOT_EXIST")
        if trade["trade_status"] != "WAIT_BUYER_PAY":
            return refused("ACQ.TRADE_STATUS_ERROR")
        trade["trade_status"] = "TRADE_CLOSED"
        return done(out_trade_no=trade["out_trade_no"])

    def refund(self, question: dict) -> dict[str, str]:
        number, request, amount = (
            question["out_trade_no"],
            question["out_request_no"],
            question["refund_amount"],
        )
        trade = self.trades.get(number)
        if trade is None:
            return refused("ACQ.TRADE_NOT_EXIST")
        known = self.refunds.get((number, request))
        if known:
            same = known["refund_amount"] == amount
            return (
                done(fund_change="N", refund_fee=amount) if same else refused("ACQ.DISCORDANT_REPEAT_REQUEST")
            )
        if trade["trade_status"] != "TRADE_SUCCESS":
            return refused("ACQ.TRADE_STATUS_ERROR")
        before = sum(cents(one["refund_amount"]) for (of, _), one in self.refunds.items() if of == number)
        if before + cents(amount) > cents(trade["total_amount"]):
            return refused("ACQ.REASON_TRADE_REFUND_FEE_ERR")
        if self.balance_short:
            return refused("ACQ.SELLER_BALANCE_NOT_ENOUGH")
        self.refunds[number, request] = {
            "refund_amount": amount,
            "refund_status": "" if self.slow_refunds else "REFUND_SUCCESS",
        }
        if before + cents(amount) == cents(trade["total_amount"]):
            trade["trade_status"] = "TRADE_CLOSED"
        return done(fund_change="N" if self.slow_refunds else "Y", refund_fee=amount)

    def refund_query(self, question: dict) -> dict[str, str]:
        if question["out_trade_no"] not in self.trades:
            return refused("ACQ.TRADE_NOT_EXIST")
        found = self.refunds.get((question["out_trade_no"], question["out_request_no"]))
        return done(**(found or {}))

    def bill(self, question: dict) -> dict[str, str]:
        if question["bill_date"] not in self.bills:
            return refused("isp.bill_not_exist")
        return done(bill_download_url=f"{self.address}/bill.zip?day={question['bill_date']}")

    def bill_file(self, day: str) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as files:
            for name, text in (("业务明细(汇总)", "#汇总\n"), ("业务明细", self.bills[day])):
                files.writestr(f"20881_{day}_{name}.csv", text.encode("gb18030"))
        return content.getvalue()

    def fault_for(self, method: str) -> Fault | None:
        fault = next((one for one in self.faults if one.method == method), None)
        if fault:
            self.faults.remove(fault)
        return fault


def cents(amount: str) -> int:
    whole, _, parts = amount.partition(".")
    assert len(parts) == 2, amount
    return int(whole + parts)


def done(**more: str) -> dict[str, str]:
    return {"code": "10000", "msg": "Success", **more}


def refused(sub_code: str, code: str = "40004") -> dict[str, str]:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "不行"}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        fields = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path == "/bill.zip":
            self.send(200, self.provider.bill_file(fields["day"]))
        else:
            self.serve(fields)

    def serve(self, fields: dict[str, str]) -> None:
        provider, method = self.provider, fields["method"]
        provider.asked.append((method, fields))
        fault = provider.fault_for(method)
        if fault and not fault.after_acting:
            self.spoil(fault, method)
            return
        if problem := provider.request_problem(fields):
            self.send(200, json.dumps({"error_response": refused(problem, "40002")}).encode())
            return
        answer = provider.act(fields)
        if fault:
            self.spoil(fault, method)
        elif method in PAGES:
            self.send(200, json.dumps(answer).encode())
        else:
            self.answer(method, answer)

    def spoil(self, fault: Fault, method: str) -> None:
        if fault.hang_up:
            self.close_connection = True
        elif fault.status != 200:
            self.send(fault.status, b"<html>busy</html>")
        else:
            self.answer(method, refused(fault.sub_code, fault.code))

    def answer(self, method: str, content: dict[str, str]) -> None:
        said = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        name = method.replace(".", "_") + "_response"
        signature = signed(said, key_named(self.provider.signing_key))
        self.send(200, f'{{"{name}":{said},"sign":"{signature}"}}'.encode())

    def send(self, status: int, raw: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html;charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": provider}))
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
