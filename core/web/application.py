"""One WSGI application per process: the host decides whether a request is for a storefront or for the console."""

import re
from collections.abc import Callable, Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from core.hooks.trace import begin_trace
from core.kernel.ids import new_code
from core.kernel.logs import log_context
from core.platform import Platform
from core.web.api.admin.rooms import make_admin_api
from core.web.api.problems import REQUEST_ID
from core.web.api.store.rooms import make_store_api
from core.web.console.application import make_console
from core.web.dev_panel import add_dev_panel
from core.web.health import observe
from core.web.hosts import DOOR, OWN_MACHINE, host_name
from core.web.metrics import count_requests
from core.web.storefront.application import make_storefront, storefront_parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_REQUEST_ID = "X-Request-ID"
_ADMIN_API, _STORE_API = "/api/admin/", "/api/v1/"
_APIS: dict[str, Callable[[Platform], Flask]] = {"admin_api": make_admin_api, "store_api": make_store_api}
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class _MadeLate:
    """An application that is made for its first request: a shop without programs pays neither time nor memory."""

    def __init__(self, name: str, make: Callable[[Platform], Flask], platform: Platform) -> None:
        self._name, self._make, self._platform = name, make, platform
        self._lock = Lock()
        self._made: Flask | None = None

    @property
    def app(self) -> Flask:
        """The application."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    made = self._make(self._platform)
                    count_requests(made, self._name)
                    self._made = made
        return self._made


class HostDispatch:
    """Hands a request to the console's application on its own hosts and to the storefront's everywhere else."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        # The console, webhooks and health checks answer here; every other host is a shop's or nobody's.
        self._console_hosts = frozenset({*platform.settings.console_hosts, OWN_MACHINE})
        self._doors = {str(port): host for port, host in platform.settings.lan_doors}
        self.console = make_console(platform)
        self.storefront = make_storefront(platform)
        self._apis = {name: _MadeLate(name, make, platform) for name, make in _APIS.items()}
        if platform.settings.dev:
            add_dev_panel(self.console)
            add_dev_panel(self.storefront)
        observe(self.console, platform, storefront_parts(self.storefront).cache)
        count_requests(self.console, "console")
        count_requests(self.storefront, "storefront")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:  # noqa: D102
        if door := self._doors.get(environ.get("SERVER_PORT", "")):
            environ[DOOR] = door
        host = host_name(environ)
        app = self._application(host, str(environ.get("PATH_INFO", "")))
        request_id = environ[REQUEST_ID] = self._request_id(environ)
        if self.platform.settings.dev:
            begin_trace()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, (_REQUEST_ID, request_id)], *more)

        with log_context(request=request_id):
            answer: Iterable[bytes] = app(environ, start)
        return answer

    def _application(self, host: str, path: str) -> Flask:
        if host not in self._console_hosts:
            return self._apis["store_api"].app if path.startswith(_STORE_API) else self.storefront
        return self._apis["admin_api"].app if path.startswith(_ADMIN_API) else self.console

    def _request_id(self, environ: "WSGIEnvironment") -> str:
        """What a trusted proxy calls the request, else a name of our own; log lines and the answer carry it."""
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self.platform.settings.trusted_proxies else ""
        return given if _GOOD_ID.fullmatch(given) else new_code(12)


def make_application(platform: Platform) -> "WSGIApplication":
    """The WSGI application, behind as many proxies as the settings trust."""
    application: WSGIApplication = HostDispatch(platform)
    proxies = platform.settings.trusted_proxies
    if proxies:
        application = ProxyFix(application, x_for=proxies, x_proto=proxies, x_host=proxies)
    return application
