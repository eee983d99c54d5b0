"""What can be set from outside, read once from the environment into a frozen object."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.kernel.embedded_postgres import DatabaseUrls, make_home, write_private

ROOT = Path(__file__).resolve().parent.parent
# What a laptop calls itself.
CONSOLE_HOSTS = ("localhost", "127.0.0.1", "[::1]")
# The file in the data folder with the key that seals secrets, where none is given.
SEALING_KEY = "sealing_key"
_SHORTEST_KEY = 32
_YES = {"1", "true", "yes", "on"}
_HOST_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_NO = {"", "0", "false", "no", "off"}


class SettingsError(Exception):
    """A setting has a value that makes no sense; `message` is one sentence that names the variable."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the program is told from outside. The three addresses are empty until a database is known.

    Args:
        home: data folder: embedded database, uploads, secret key, logs.
        port: where the web listens on 127.0.0.1.
        database_url: application role; owns nothing.
        database_owner_url: role that owns the tables; migrations only.
        database_platform_url: role for the schema `platform`.
        secret_key: signs cookies, quotes and links.
        secret_keys: seal the secrets of merchants; separated by commas, the first seals and every one opens.
        demo: show demo helpers (mailbox page, log-in hints); never in production.
        dev: reload code and templates, show tracebacks.
        gateway_port: where the test gateway listens.
        test_gateway_url: address under which web and worker reach the test gateway.
        gateway_urls: where payment gateways' APIs live instead, for tests: pairs like stripe=http://127.0.0.1:9000.
        clock_file: a file with an offset in seconds that moves the clock of all processes.
        media_url: address of uploaded files as a browser sees it.
        plugin_folder: where plugins are discovered before the installed ones.
        web_workers: web processes.
        web_threads: threads in each.
        console_hosts: names under which the console answers, separated by commas; 127.0.0.1 always does as well.
        trusted_proxies: how many proxies in front may set X-Forwarded-*.
        log_format: "text" for people, "json" for machines.
        smtp_url: mail server for shops that have none of their own: smtp://user:password@host:587 (STARTTLS),
            smtps://… (TLS from the beginning), smtp+plain://… (not encrypted).
        mail_from: sender's address for that server.
        private_addresses: let merchants name servers in private networks; for installations of a single owner.
        lan_address: this machine's address in its network; `pinpu demo --lan` finds it out.
        signup: let anybody open a shop at /console/signup; empty means: in demo and dev, nowhere else.
        lan_doors: ports on which a shop's storefront answers in that network, each with the shop's host.
    """

    home: Path
    port: int = 8000
    database_url: str = field(default="", repr=False)
    database_owner_url: str = field(default="", repr=False)
    database_platform_url: str = field(default="", repr=False)
    secret_key: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    demo: bool = False
    dev: bool = False
    gateway_port: int = 8001
    test_gateway_url: str = "http://127.0.0.1:8001"
    gateway_urls: tuple[tuple[str, str], ...] = ()
    clock_file: Path | None = None
    media_url: str = "/media/"
    plugin_folder: Path = ROOT / "plugins"
    web_workers: int = 2
    web_threads: int = 8
    console_hosts: tuple[str, ...] = CONSOLE_HOSTS
    trusted_proxies: int = 0
    log_format: Literal["text", "json"] = "text"
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    private_addresses: bool = False
    lan_address: str = ""
    lan_doors: tuple[tuple[int, str], ...] = ()
    signup: bool | None = None

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Reads PINPU_* and DATABASE_* variables. Raises SettingsError, naming the variable, on nonsense."""
        home = Path(env.get("PINPU_HOME") or ".pinpu").expanduser().absolute()
        port = _number(env, "PINPU_PORT", 8000, 1, 65534)
        gateway_port = _number(env, "PINPU_GATEWAY_PORT", port + 1, 1, 65535)
        if gateway_port == port:
            raise SettingsError(f"PINPU_GATEWAY_PORT must differ from PINPU_PORT, and both are {port}.")
        clock_file = env.get("PINPU_CLOCK_FILE")
        log_format = env.get("PINPU_LOG_FORMAT") or "text"
        if log_format not in ("text", "json"):
            raise SettingsError(f'PINPU_LOG_FORMAT must be "text" or "json", not "{log_format}".')
        owner_url = _database(env, "DATABASE_OWNER_URL")
        settings = cls(
            home=home,
            port=port,
            database_url=_database(env, "DATABASE_URL"),
            database_owner_url=owner_url,
            database_platform_url=_database(env, "DATABASE_PLATFORM_URL") or owner_url,
            secret_key=_secret_key(env, home),
            secret_keys=_secret_keys(env, home),
            demo=_switch(env, "PINPU_DEMO"),
            dev=_switch(env, "PINPU_DEV"),
            gateway_port=gateway_port,
            test_gateway_url=_web_address(env, "PINPU_TEST_GATEWAY_URL", f"http://127.0.0.1:{gateway_port}"),
            gateway_urls=_gateway_urls(env),
            clock_file=Path(clock_file).expanduser().absolute() if clock_file else None,
            media_url=_media_address(env),
            plugin_folder=_plugin_folder(env),
            web_workers=_number(env, "PINPU_WEB_WORKERS", 2, 1, 64),
            web_threads=_number(env, "PINPU_WEB_THREADS", 8, 1, 128),
            console_hosts=_host_names(env, "PINPU_CONSOLE_HOSTS", CONSOLE_HOSTS),
            trusted_proxies=_number(env, "PINPU_TRUSTED_PROXIES", 0, 0, 10),
            log_format="json" if log_format == "json" else "text",
            smtp_url=_mail_server(env),
            mail_from=env.get("PINPU_MAIL_FROM", "").strip(),
            private_addresses=_switch(env, "PINPU_PRIVATE_ADDRESSES"),
            lan_address=_own_address(env),
            lan_doors=_doors(env),
            signup=_switch(env, "PINPU_SIGNUP") if env.get("PINPU_SIGNUP", "").strip() else None,
        )
        settings._check_databases()
        return settings

    @property
    def has_own_database(self) -> bool:
        """Whether an address of a database is known; if not, the embedded one is meant."""
        return bool(self.database_url)

    @property
    def takes_merchants(self) -> bool:
        """Whether anybody may sign up and open a shop."""
        return self.demo or self.dev if self.signup is None else self.signup

    @property
    def starts_test_gateway(self) -> bool:
        """Whether the test gateway is the one we start ourselves, not one that runs elsewhere."""
        return self.test_gateway_url == f"http://127.0.0.1:{self.gateway_port}"

    @property
    def test_gateway_pages(self) -> str:
        """Where a buyer's browser reaches the pay pages of our own test gateway."""
        if self.lan_doors and self.starts_test_gateway:
            return f"http://{self.lan_address}:{self.gateway_port}"
        return self.test_gateway_url

    def with_database(self, urls: DatabaseUrls) -> Self:
        """The same settings, with the embedded database's addresses."""
        return replace(
            self,
            database_url=urls.app,
            database_owner_url=urls.owner,
            database_platform_url=urls.platform,
        )

    def environment(self) -> dict[str, str]:
        """Variables from which a child process reads exactly these settings; they hold secrets."""
        return {
            "PINPU_HOME": str(self.home),
            "PINPU_PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "DATABASE_PLATFORM_URL": self.database_platform_url,
            "PINPU_SECRET_KEY": self.secret_key,
            "PINPU_SECRET_KEYS": ",".join(self.secret_keys),
            "PINPU_DEMO": str(int(self.demo)),
            "PINPU_DEV": str(int(self.dev)),
            "PINPU_GATEWAY_PORT": str(self.gateway_port),
            "PINPU_TEST_GATEWAY_URL": self.test_gateway_url,
            "PINPU_GATEWAY_URLS": ",".join(f"{name}={url}" for name, url in self.gateway_urls),
            "PINPU_CLOCK_FILE": str(self.clock_file or ""),
            "PINPU_MEDIA_URL": self.media_url,
            "PINPU_PLUGIN_FOLDER": str(self.plugin_folder),
            "PINPU_WEB_WORKERS": str(self.web_workers),
            "PINPU_WEB_THREADS": str(self.web_threads),
            "PINPU_CONSOLE_HOSTS": ",".join(self.console_hosts),
            "PINPU_TRUSTED_PROXIES": str(self.trusted_proxies),
            "PINPU_LOG_FORMAT": self.log_format,
            "PINPU_SMTP_URL": self.smtp_url,
            "PINPU_MAIL_FROM": self.mail_from,
            "PINPU_PRIVATE_ADDRESSES": str(int(self.private_addresses)),
            "PINPU_LAN_ADDRESS": self.lan_address,
            "PINPU_LAN_DOORS": ",".join(f"{port}={host}" for port, host in self.lan_doors),
            "PINPU_SIGNUP": "" if self.signup is None else str(int(self.signup)),
        }

    def _check_databases(self) -> None:
        if not self.database_url:
            if self.database_owner_url:
                raise SettingsError(
                    "DATABASE_OWNER_URL is set without DATABASE_URL: name both roles or neither."
                )
            return
        if not self.database_owner_url:
            raise SettingsError(
                "DATABASE_URL is set without DATABASE_OWNER_URL: migrations need the role that owns the tables."
            )
        if make_url(self.database_url).username == make_url(self.database_owner_url).username:
            raise SettingsError(
                "DATABASE_URL and DATABASE_OWNER_URL must name two roles: the application's role must not own "
                "the tables, or nothing would keep shops apart."
            )


def _number(env: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not lowest <= int(text[:9]) <= highest or len(text) > 9:
        raise SettingsError(f'{name} must be a whole number from {lowest} to {highest}, not "{text[:40]}".')
    return int(text)


def _switch(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").strip().lower()
    if text not in _YES | _NO:
        raise SettingsError(f'{name} must be 1 or 0, not "{text[:40]}".')
    return text in _YES


def _database(env: Mapping[str, str], name: str) -> str:
    """An address in SQLAlchemy's spelling; the password is never part of an error."""
    text = env.get(name, "").strip()
    if not text:
        return ""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError(
            f"{name} is not an address like postgresql://role:password@host/database."
        ) from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise SettingsError(
            f"{name} must begin with postgresql://, not {url.drivername}://: only PostgreSQL will do."
        )
    if not url.username or not url.database:
        raise SettingsError(
            f"{name} must name a role and a database: postgresql://role:password@host/database."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _mail_server(env: Mapping[str, str]) -> str:
    """The address of a mail server; the password is never part of an error."""
    text = env.get("PINPU_SMTP_URL", "").strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("smtp", "smtps", "smtp+plain") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SettingsError("PINPU_SMTP_URL is not an address like smtp://user:password@host:587.")
    if "@" not in env.get("PINPU_MAIL_FROM", ""):
        raise SettingsError("PINPU_SMTP_URL is set without PINPU_MAIL_FROM: name the sender's address.")
    return text


def _web_address(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name, "").strip() or default
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            f'{name} must be an address that begins with http:// or https://, not "{text[:80]}".'
        )
    return text.rstrip("/")


def _gateway_urls(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Pairs of gateway and address from "stripe=http://127.0.0.1:9000"."""
    found = []
    for pair in filter(None, (one.strip() for one in env.get("PINPU_GATEWAY_URLS", "").split(","))):
        name, _, address = pair.partition("=")
        if not name.isidentifier() or not address.startswith(("http://", "https://")):
            raise SettingsError(
                f'PINPU_GATEWAY_URLS must be like stripe=http://127.0.0.1:9000, not "{pair[:80]}".'
            )
        found.append((name, address.rstrip("/")))
    return tuple(found)


def _host_names(env: Mapping[str, str], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Host names as requests are compared with them: lower case, no port, no dot at the end."""
    given = [one.strip().lower().removesuffix(".") for one in env.get(name, "").split(",")]
    hosts = tuple(dict.fromkeys(one for one in given if one))
    for host in hosts:
        if not _HOST_NAME.fullmatch(host):
            raise SettingsError(
                f'{name} must be host names separated by commas, without http:// and port, not "{host[:80]}".'
            )
    return hosts or default


def _own_address(env: Mapping[str, str]) -> str:
    text = env.get("PINPU_LAN_ADDRESS", "").strip()
    try:
        return str(IPv4Address(text)) if text else ""
    except AddressValueError:
        raise SettingsError(f'PINPU_LAN_ADDRESS must be like 192.168.1.5, not "{text[:40]}".') from None


def _doors(env: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    """Pairs of port and host from "8010=tea.localhost,8011=wool.localhost"."""
    found = []
    for pair in filter(None, (one.strip() for one in env.get("PINPU_LAN_DOORS", "").split(","))):
        port, _, host = pair.partition("=")
        if not port.isdigit() or not 1 <= int(port) <= 65535 or not _HOST_NAME.fullmatch(host):
            raise SettingsError(f'PINPU_LAN_DOORS must be like 8010=tea.localhost, not "{pair[:80]}".')
        found.append((int(port), host))
    if found and not env.get("PINPU_LAN_ADDRESS"):
        raise SettingsError("PINPU_LAN_DOORS is set without PINPU_LAN_ADDRESS: name the address as well.")
    return tuple(found)


def _media_address(env: Mapping[str, str]) -> str:
    text = env.get("PINPU_MEDIA_URL", "").strip() or "/media/"
    if not text.startswith(("/", "http://", "https://")):
        raise SettingsError(f'PINPU_MEDIA_URL must begin with "/", http:// or https://, not "{text[:80]}".')
    return text.rstrip("/") + "/"


def _plugin_folder(env: Mapping[str, str]) -> Path:
    text = env.get("PINPU_PLUGIN_FOLDER", "").strip()
    folder = Path(text).expanduser().absolute() if text else ROOT / "plugins"
    if not folder.is_dir():
        raise SettingsError(f"PINPU_PLUGIN_FOLDER names {folder}, which is not a folder.")
    return folder


def _secret_key(env: Mapping[str, str], home: Path) -> str:
    """The given key, else one made on the first start and kept in the data folder."""
    given = env.get("PINPU_SECRET_KEY", "")
    if given:
        if len(given) < _SHORTEST_KEY:
            raise SettingsError("PINPU_SECRET_KEY is too short: use at least 32 random characters.")
        return given
    return _kept_key(home, "secret_key")


def _secret_keys(env: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """The given keys; else the one in the data folder, which is made where the database lies there as well."""
    given = tuple(filter(None, (one.strip() for one in env.get("PINPU_SECRET_KEYS", "").split(","))))
    if any(len(one) < _SHORTEST_KEY for one in given):
        raise SettingsError(
            f"A key in PINPU_SECRET_KEYS is too short: use at least {_SHORTEST_KEY} random characters and no comma."
        )
    playing = _switch(env, "PINPU_DEMO") or _switch(env, "PINPU_DEV")
    if given or (env.get("DATABASE_URL", "").strip() and not playing and not (home / SEALING_KEY).exists()):
        return given
    return (_kept_key(home, SEALING_KEY),)


def _kept_key(home: Path, name: str) -> str:
    """A key in the data folder, made on the first start."""
    kept = home / name
    try:
        if not kept.exists():
            make_home(home)
            write_private(kept, secrets.token_urlsafe(48))
        return kept.read_text().strip()
    except OSError as problem:
        raise SettingsError(
            f"PINPU_HOME names {home}, which cannot be used: {problem.strerror or problem}."
        ) from problem
