"""One WSGI application per process: the host decides whether a request is for a storefront or for the console."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from core.platform import Platform
from core.web.console.application import make_console
from core.web.health import observe
from core.web.hosts import PLATFORM_HOSTS, host_name
from core.web.metrics import count_requests
from core.web.storefront.application import make_storefront, storefront_parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class HostDispatch:
    """Hands a request to the console's application on platform hosts and to the storefront's everywhere else."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.console = make_console(platform)
        self.storefront = make_storefront(platform)
        observe(self.console, platform, storefront_parts(self.storefront).cache)
        count_requests(self.console, "console")
        count_requests(self.storefront, "storefront")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:  # noqa: D102
        host = host_name(environ)
        app = self.console if host in PLATFORM_HOSTS else self.storefront
        answer: Iterable[bytes] = app(environ, start_response)
        return answer


def make_application(platform: Platform) -> "WSGIApplication":
    """The WSGI application, behind as many proxies as the settings trust."""
    application: WSGIApplication = HostDispatch(platform)
    proxies = platform.settings.trusted_proxies
    if proxies:
        application = ProxyFix(application, x_for=proxies, x_proto=proxies, x_host=proxies)
    return application
