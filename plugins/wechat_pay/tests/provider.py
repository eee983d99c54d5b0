"""A stand-in for WeChat Pay: checks signatures as it does, keeps orders and refunds, signs what it answers."""

import base64
import gzip
import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from core.sdk.clock import now
from core.sdk.payments import GatewayCredentials

MCHID, APPID = "1900000109", "wx8888888888888888"
SERIAL = "444F4864EA9B34415F2D4A3C8B1E7D9A0C6B5E21"
API_KEY = "0123456789abcdefghijklmnopqrstuv"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026112300382"
BEIJING = timezone(timedelta(hours=8))
SCHEME = "WECHATPAY2-SHA256-RSA2048"


@cache
def key_named(name: str) -> rsa.RSAPrivateKey:
    """One key per name and process, made when it is first needed."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


@cache
def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Tenpay.com")])
    key, today = key_named("platform"), datetime.fromtimestamp(time.time(), UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(0x5157F09EFDC096DE15EBE81A47057A72).not_valid_before(today - timedelta(days=9))
    return made.not_valid_after(today + timedelta(days=90)).sign(key, SHA256())


def signed(text: str, key: rsa.RSAPrivateKey | None = None) -> str:
    return base64.b64encode((key or key_named("platform")).sign(text.encode(), PKCS1v15(), SHA256())).decode()


def sealed(plain: str, associated: str, nonce: str, key: str = API_KEY) -> str:
    return base64.b64encode(
        AESGCM(key.encode()).encrypt(nonce.encode(), plain.encode(), associated.encode())
    ).decode()


@dataclass
class Fault:
    """The next request whose path contains `part` meets it, before or after acting."""

    part: str
    status: int = 500
    code: str = "SYSTEM_ERROR"
    after_acting: bool = False
    hang_up: bool = False


@dataclass
class Provider:
    """The state of one merchant number there."""

    certificates_only: bool = False
    orders: dict[str, dict] = field(default_factory=dict)
    refunds: dict[str, dict] = field(default_factory=dict)
    bills: dict[str, str] = field(default_factory=dict)
    closed_products: set[str] = field(default_factory=set)
    next_refund: str = "SUCCESS"
    balance_short: bool = False
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str, dict]] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    signing_key: str = "platform"
    lock: Lock = field(default_factory=Lock)
    address: str = ""

    @property
    def credentials(self) -> GatewayCredentials:
        values = {
            "mchid": MCHID,
            "appid": APPID,
            "serial": SERIAL,
            "private_key": private_pem(key_named("merchant")),
            "api_v3_key": API_KEY,
        }
        if not self.certificates_only:
            values |= {"public_key_id": PUBLIC_KEY_ID, "public_key": public_pem(key_named("platform"))}
        return GatewayCredentials(self.address, "live", values)

    @property
    def serial(self) -> str:
        return f"{certificate().serial_number:X}" if self.certificates_only else PUBLIC_KEY_ID

    # What a buyer, the merchant and WeChat do

    def pay(self, number: str) -> None:
        order = self.orders[number]
        assert order["trade_state"] == "NOTPAY", order
        order |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"42000{len(self.orders):023}",
            "success_time": now().astimezone(BEIJING).replace(microsecond=0).isoformat(),
        }

    def signature_headers(self, body: str, *, at: int | None = None) -> dict[str, str]:
        at, nonce = at if at is not None else int(now().timestamp()), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": str(at),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature": signed(f"{at}\n{nonce}\n{body}\n", key_named(self.signing_key)),
            "Wechatpay-Signature-Type": SCHEME,
        }

    def notification(self, number: str, *, at: int | None = None, **more) -> tuple[dict[str, str], bytes]:
        """How a payment or a refund stands, as WeChat Pay would report it; asked again, the same event again."""
        if number in self.refunds:
            refund = self.refunds[number]
            event = {"SUCCESS": "REFUND.SUCCESS", "ABNORMAL": "REFUND.ABNORMAL"}.get(
                refund["status"], "REFUND.CLOSED"
            )
            resource = {
                "mchid": MCHID,
                "out_trade_no": refund["out_trade_no"],
                "out_refund_no": number,
                "refund_status": refund["status"],
                "amount": refund["amount"],
            }
        else:
            event, resource = "TRANSACTION.SUCCESS", self.orders[number]
        nonce, associated = "fdasfjihihih"[:12], "transaction"
        message = {
            "id": f"EV-{event}-{number}",
            "create_time": now().astimezone(BEIJING).replace(microsecond=0).isoformat(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功",
            "resource": {
                "original_type": "transaction",
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": sealed(json.dumps(resource | more), associated, nonce),
                "associated_data": associated,
                "nonce": nonce,
            },
        }
        body = json.dumps(message, ensure_ascii=False)
        return self.signature_headers(body, at=at), body.encode()

    # The API

    def answer(self, method: str, path: str, query: dict, body: dict) -> tuple[int, dict | bytes]:
        for pattern, verb, act in (
            (r"/v3/pay/transactions/(native|h5|jsapi)", "POST", self.open_order),
            (r"/v3/pay/transactions/out-trade-no/(\w+)/close", "POST", self.close_order),
            (r"/v3/pay/transactions/out-trade-no/(\w+)", "GET", self.order),
            (r"/v3/refund/domestic/(refunds)", "POST", self.refund),
            (r"/v3/refund/domestic/refunds/(\w+)", "GET", self.refund_named),
            (r"/v3/bill/(tradebill)", "GET", self.bill),
            (r"/v3/billdownload/(file)", "GET", self.bill_file),
            (r"/v3/(certificates)", "GET", self.all_certificates),
        ):
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                with self.lock:
                    return act(found[1], query, body)
        return refused(404, "RESOURCE_NOT_EXISTS", "no such path")

    def open_order(self, product: str, _query: dict, body: dict) -> tuple[int, dict]:
        if product in self.closed_products:
            return refused(403, "NO_AUTH", "商户号该产品权限未开通")
        if body.get("mchid") != MCHID:
            return refused(400, "PARAM_ERROR", "mchid")
        if body.get("appid") != APPID:
            return refused(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")
        if problem := misshapen(product, body):
            return refused(400, "PARAM_ERROR", problem)
        number, amount = body["out_trade_no"], body["amount"]
        known = self.orders.get(number)
        if known and (known["amount"]["total"], known["product"]) != (amount["total"], product):
            return refused(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致，请核对后再重试")
        if known and known["trade_state"] == "SUCCESS":
            return refused(400, "ORDERPAID", "该订单已支付")
        if known and known["trade_state"] == "CLOSED":
            return refused(400, "ORDER_CLOSED", "该订单已关闭，请重新下单")
        self.orders.setdefault(
            number,
            {
                "appid": APPID,
                "mchid": MCHID,
                "out_trade_no": number,
                "trade_state": "NOTPAY",
                "amount": {"total": amount["total"], "currency": "CNY"},
                "product": product,
                "asked": body,
            },
        )
        if product == "h5":
            return 200, {
                "h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx{number}"
            }
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:9]}"}

    def close_order(self, number: str, _query: dict, _body: dict) -> tuple[int, dict]:
        order = self.orders.get(number)
        if order is None:
            return refused(404, "ORDER_NOT_EXIST", "订单不存在")
        if order["trade_state"] in ("SUCCESS", "REFUND"):
            return refused(400, "ORDERPAID", "订单已支付")
        order["trade_state"] = "CLOSED"
        return 204, {}

    def order(self, number: str, query: dict, _body: dict) -> tuple[int, dict]:
        if number not in self.orders or query.get("mchid") != [MCHID]:
            return refused(404, "ORDER_NOT_EXIST", "订单不存在")
        return 200, self.orders[number]

    def refund(self, _: str, _query: dict, body: dict) -> tuple[int, dict]:
        number, order = body["out_refund_no"], self.orders.get(body["out_trade_no"])
        if order is None or order["trade_state"] not in ("SUCCESS", "REFUND"):
            return refused(404, "RESOURCE_NOT_EXISTS", "订单号不存在")
        amount, known = body["amount"], self.refunds.get(number)
        if known:
            same = known["amount"]["refund"] == amount["refund"]
            return (
                (200, known)
                if same
                else refused(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致")
            )
        if amount["total"] != order["amount"]["total"] or type(amount["refund"]) is not int:
            return refused(400, "PARAM_ERROR", "订单金额")
        back = sum(
            one["amount"]["refund"]
            for one in self.refunds.values()
            if one["out_trade_no"] == order["out_trade_no"]
        )
        if back + amount["refund"] > order["amount"]["total"]:
            return refused(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额")
        if self.balance_short:
            return refused(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")
        order["trade_state"] = "REFUND"
        self.refunds[number] = {
            "refund_id": f"50000{len(self.refunds):023}",
            "out_refund_no": number,
            "out_trade_no": order["out_trade_no"],
            "status": self.next_refund,
            "amount": amount,
            "reason": body["reason"],
        }
        return 200, self.refunds[number]

    def refund_named(self, number: str, _query: dict, _body: dict) -> tuple[int, dict]:
        found = self.refunds.get(number)
        return (200, found) if found else refused(404, "RESOURCE_NOT_EXISTS", "退款单不存在")

    def bill(self, _: str, query: dict, _body: dict) -> tuple[int, dict]:
        (day,) = query["bill_date"]
        if day not in self.bills:
            return refused(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        digest = hashlib.sha1(self.bills[day].encode()).hexdigest()
        address = f"{self.address}/v3/billdownload/file?token={day}"
        return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": address}

    def bill_file(self, _: str, query: dict, _body: dict) -> tuple[int, bytes]:
        return 200, gzip.compress(self.bills[query["token"][0]].encode())

    def all_certificates(self, _: str, _query: dict, _body: dict) -> tuple[int, dict]:
        if not self.certificates_only:
            return refused(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书")
        pem = certificate().public_bytes(serialization.Encoding.PEM).decode()
        content = {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": "61f9c719728a",
            "associated_data": "certificate",
            "ciphertext": sealed(pem, "certificate", "61f9c719728a"),
        }
        one = {"serial_no": self.serial, "effective_time": "2026-01-01T00:00:00+08:00"}
        return 200, {
            "data": [one | {"expire_time": "2031-01-01T00:00:00+08:00", "encrypt_certificate": content}]
        }

    def signature_problem(self, method: str, target: str, header: str, body: str) -> str:
        """Why a request is not the merchant's, or ""."""
        scheme, _, rest = header.partition(" ")
        given = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if scheme != SCHEME or given.get("mchid") != MCHID or given.get("serial_no") != SERIAL:
            return "mchid"
        if abs(time.time() - int(given["timestamp"])) > 300 or given["nonce_str"] in self.nonces:
            return "timestamp"
        self.nonces.add(given["nonce_str"])
        text = f"{method}\n{target}\n{given['timestamp']}\n{given['nonce_str']}\n{body}\n"
        try:
            key_named("merchant").public_key().verify(
                base64.b64decode(given["signature"]), text.encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return "signature"
        return ""

    def fault_for(self, path: str) -> Fault | None:
        fault = next((one for one in self.faults if one.part in path), None)
        if fault:
            self.faults.remove(fault)
        return fault


def refused(status: int, code: str, words: str) -> tuple[int, dict]:
    return status, {"code": code, "message": words}


def misshapen(product: str, body: dict) -> str:
    """Which field of an order is not as the documentation wants it, or ""."""
    amount, number = body["amount"], body["out_trade_no"]
    limits = {"description": 127, "out_trade_no": 32, "notify_url": 255}
    for name, most in limits.items():
        if len(body[name].encode()) > most:
            return name
    if not number.isalnum() or type(amount["total"]) is not int or amount["total"] < 1:
        return "out_trade_no or total"
    if amount["currency"] != "CNY" or datetime.fromisoformat(body["time_expire"]) <= now():
        return "currency or time_expire"
    if product == "h5" and not (body.get("scene_info") or {}).get("payer_client_ip"):
        return "payer_client_ip"
    return ""


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self.serve("GET", "")

    def do_POST(self) -> None:
        self.serve("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

    def serve(self, method: str, body: str) -> None:
        provider, parts = self.provider, urlsplit(self.path)
        content = json.loads(body) if body else {}
        provider.asked.append((method, self.path, content))
        fault = provider.fault_for(self.path)
        if fault and not fault.after_acting:
            self.spoil(fault)
            return
        if provider.signature_problem(method, self.path, self.headers.get("Authorization", ""), body):
            self.say(*refused(401, "SIGN_ERROR", "签名错误"))
            return
        answer = provider.answer(method, parts.path, parse_qs(parts.query), content)
        if fault:
            self.spoil(fault)
        else:
            self.say(*answer)

    def spoil(self, fault: Fault) -> None:
        if fault.hang_up:
            self.close_connection = True
        else:
            self.say(*refused(fault.status, fault.code, "稍后重试"))

    def say(self, status: int, content: dict | bytes) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        raw = b"" if status == 204 else raw
        self.send_response(status)
        kind = "application/x-gzip" if isinstance(content, bytes) else "application/json; charset=utf-8"
        self.send_header("Content-Type", kind)
        if not isinstance(content, bytes):
            # Its answers carry the real time, whatever the test's clock says.
            for name, value in self.provider.signature_headers(raw.decode(), at=int(time.time())).items():
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@contextmanager
def running_provider(**options) -> Iterator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider(**options)
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
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
