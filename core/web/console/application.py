"""The merchants' Flask application: who comes in, which shop is bound, where pages stand, and what failures look like."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, g, redirect, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from whitenoise import WhiteNoise

from core.platform import Platform
from core.rendering.console.assets import CONSOLE_STATIC, VENDOR_STATIC
from core.rendering.console.render import shells_by
from core.rendering.console.visits import (
    CONSOLE_PATH,
    LOGIN_PATH,
    SHOP_COOKIE,
    SHOPS_PATH,
    START_PATH,
    current_visit,
)
from core.web.console import entry, failures, home, media, mounts, palette, sharing, storefront
from core.web.console.aftersale import settings as aftersale_settings
from core.web.console.aftersale import views as aftersale
from core.web.console.answers import go_to, show
from core.web.console.catalog import collections, imports, products
from core.web.console.customers import imports as customer_imports
from core.web.console.customers import links, segments
from core.web.console.customers.views import blueprint as customers
from core.web.console.design.routes import blueprint as design
from core.web.console.insights import views as insights
from core.web.console.messages import outbox
from core.web.console.messages import settings as message_settings
from core.web.console.orders import bulk, corrections, pickup, ship_file, tagging
from core.web.console.orders.views import blueprint as orders
from core.web.console.payments import reconciliation
from core.web.console.payments import views as console_payments
from core.web.console.promotions import backtests as promotions
from core.web.console.reviews import views as reviews
from core.web.console.settings.views import blueprint as settings
from core.web.console.shell import ShellBuilder
from core.web.console.webhooks import views as console_webhooks
from core.web.health import health, observe
from core.web.previews import EXTENSION as PREVIEWS
from core.web.previews import Previews
from core.web.security import add_security
from core.web.staff_visits import EXTENSION as STAFF_VISITS
from core.web.staff_visits import StaffVisits
from core.web.webhooks.blueprint import webhooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# Browsers keep files for a week; addresses in pages carry the content's mark, so a changed file is a new address.
_STATIC_SECONDS = 7 * 24 * 3600
# How long a browser is led to the shop that it worked in last.
_REMEMBERED_SECONDS = 180 * 24 * 3600
# Core's own pages, each at its place in every shop.
_PAGES = (
    ("", home.blueprint),
    ("/find", palette.blueprint),
    ("/storefront", storefront.blueprint),
    ("/media", media.blueprint),
    ("/orders/bulk", bulk.blueprint),
    ("/orders/ship-file", ship_file.blueprint),
    ("/orders/pick-up", pickup.blueprint),
    ("/orders/tags", tagging.blueprint),
    ("/orders", corrections.blueprint),
    ("/orders", orders),
    ("/aftersale", aftersale.blueprint),
    ("/products/import", imports.blueprint),
    ("/products", products.blueprint),
    ("/collections", collections.blueprint),
    ("/customers/import", customer_imports.blueprint),
    ("/customers", customers),
    ("/segments", segments.blueprint),
    ("/links", links.blueprint),
    ("/share", sharing.blueprint),
    ("/reviews", reviews.blueprint),
    ("/design", design),
    ("/messages", outbox.blueprint),
    ("/insights", insights.blueprint),
    ("/marketing", promotions.blueprint),
    ("/settings/aftersale", aftersale_settings.blueprint),
    ("/settings/messages", message_settings.blueprint),
    ("/settings/webhooks", console_webhooks.blueprint),
    ("/settings/payments", console_payments.blueprint),
    ("/settings/reconciliation", reconciliation.blueprint),
    ("/settings", settings),
)
# A form of a product with thousands of variants has this many fields.
_MOST_FIELDS = 20_000


class _Session(SecureCookieSessionInterface):
    """The signed browser session: its cookie is for https only where the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


class ConsoleApplication(Flask):
    """Flask with one stack of bindings per request: shop, person, language and read unit end when the answer is made."""

    session_interface = _Session()
    shell: ShellBuilder

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer one request."""
        with ExitStack() as stack:
            environ[entry.STACK] = stack
            stack.enter_context(shells_by(self.shell))
            return super().wsgi_app(environ, start_response)


def make_console(platform: Platform) -> ConsoleApplication:
    """The console of this installation, with the pages of tenants and plugins mounted."""
    app = ConsoleApplication(__name__, static_folder=None, template_folder=None)
    _configure(app, platform)
    app.extensions[PREVIEWS] = Previews(platform.secret("page previews"))
    app.extensions[STAFF_VISITS] = StaffVisits(platform.secret("staff visits"))
    csrf = CSRFProtect()
    mounted = _mount(app, platform, csrf)
    _bind_requests(app, mounted)
    csrf.init_app(app)
    failures.handle_failures(app)
    add_security(app)
    app.shell = ShellBuilder(app, platform.registry)
    _serve_files(app, platform)
    return app


def _configure(app: Flask, platform: Platform) -> None:
    app.config.update(
        SECRET_KEY=platform.secret("console sessions"),
        SESSION_COOKIE_NAME="pinpu_console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form may stay open for as long as the browser's session lasts.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=entry.USUAL_BODY,
        MAX_FORM_MEMORY_SIZE=entry.USUAL_BODY,
        MAX_FORM_PARTS=_MOST_FIELDS,
        DEBUG=platform.settings.dev,
    )
    app.url_map.strict_slashes = False


def _mount(app: Flask, platform: Platform, csrf: CSRFProtect) -> mounts.Mounts:
    app.register_blueprint(health)
    observe(app, platform)
    app.register_blueprint(webhooks)
    csrf.exempt(webhooks)
    mounted = mounts.mount_parts(app, platform.registry)
    app.add_url_rule("/", "root", lambda: redirect(CONSOLE_PATH))
    app.add_url_rule(CONSOLE_PATH, "front", _front)
    for path, blueprint in _PAGES:
        mounts.mount_core(app, blueprint, path)
    return mounted


def _front() -> Response:
    """To the shop that this browser worked in last, to the choice of one, or to the log-in."""
    staff = current_visit().staff
    if staff is None:
        return go_to(LOGIN_PATH)
    if not staff.shops:
        return go_to(START_PATH) if _is_page(START_PATH) else show("no_shop")
    last = staff.shop(request.cookies.get(SHOP_COOKIE, ""))
    chooses = last is None and len(staff.shops) > 1
    if chooses and _is_page(SHOPS_PATH):
        return go_to(SHOPS_PATH)
    return go_to(f"/console/{(last or staff.shops[0]).handle}/")


def _is_page(path: str) -> bool:
    return any(rule.rule == path for rule in current_app.url_map.iter_rules())


def _bind_requests(app: Flask, mounted: mounts.Mounts) -> None:
    @app.url_value_preprocessor
    def take_shop(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and entry.SHOP_ARGUMENT in values:
            setattr(g, entry.SHOP_ARGUMENT, values.pop(entry.SHOP_ARGUMENT))

    @app.url_defaults
    def give_shop(endpoint: str, values: dict[str, Any]) -> None:
        handle = g.get(entry.SHOP_ARGUMENT)
        if handle and app.url_map.is_endpoint_expecting(endpoint, entry.SHOP_ARGUMENT):
            values.setdefault(entry.SHOP_ARGUMENT, handle)

    @app.before_request
    def begin() -> Response | None:
        entry.set_body_limit(app.view_functions.get(request.endpoint or ""))
        answer = entry.enter()
        plugin = mounted.gate(request.blueprints)
        if answer is None and plugin is not None:
            mounts.require_plugin(plugin)
        return answer

    @app.after_request
    def keep_out_of_caches(response: Response) -> Response:
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Vary", "Cookie, Accept-Language, HX-Request")
        return response

    @app.after_request
    def remember_shop(response: Response) -> Response:
        shop = g.get("bound_shop")
        if shop is not None and request.cookies.get(SHOP_COOKIE) != shop.handle:
            response.set_cookie(
                SHOP_COOKIE,
                shop.handle,
                max_age=_REMEMBERED_SECONDS,
                path=CONSOLE_PATH,
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return response


def _serve_files(app: Flask, platform: Platform) -> None:
    """Static files stand before everything else: they need neither log-in nor database."""
    files = WhiteNoise(app.wsgi_app, autorefresh=platform.settings.dev, max_age=_STATIC_SECONDS)
    files.add_files(str(CONSOLE_STATIC), prefix="static/console/")
    files.add_files(str(VENDOR_STATIC), prefix="static/vendor/")
    app.wsgi_app = files  # type: ignore[method-assign]
