"""The buyers' Flask application: the host names the shop, the shop is bound for the whole request."""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from itsdangerous import URLSafeSerializer
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from structlog import get_logger
from werkzeug.wrappers import Request

from core.commerce.customers.queries import customer_of_token
from core.hooks import current
from core.kernel.db import reading
from core.kernel.errors import NotFound
from core.kernel.i18n import known_language, speaking
from core.kernel.tenancy import GUEST, Actor, ShopScope, acting_as, shop_bound
from core.platform import Platform
from core.rendering import engine
from core.rendering.blocks import BlockTypes
from core.rendering.contexts import PluginPage
from core.rendering.sections import core_block_types
from core.rendering.visits import Visit, visiting
from core.web.hosts import host_name
from core.web.page_cache import PageCache
from core.web.previews import EXTENSION as PREVIEWS
from core.web.previews import Previews
from core.web.security import add_security, refuse_foreign_origin
from core.web.staff_visits import EXTENSION as STAFF_VISITS
from core.web.staff_visits import StaffVisits
from core.web.storefront.aftersale import aftersale, cases
from core.web.storefront.announcement import announcement
from core.web.storefront.answers import here, page_answer, slots_for
from core.web.storefront.bare import bare_page, reader_language
from core.web.storefront.browse import browse
from core.web.storefront.browser import LANGUAGE, SESSION, Browser, current_browser
from core.web.storefront.cart import cart
from core.web.storefront.checkout import checkout
from core.web.storefront.files import files
from core.web.storefront.finding import finding
from core.web.storefront.forms import fit_body, refuse_unreadable
from core.web.storefront.frame import Frames
from core.web.storefront.icons import icons
from core.web.storefront.limits import limiter
from core.web.storefront.login import login
from core.web.storefront.money_back import money_back
from core.web.storefront.notices import tell
from core.web.storefront.notifications import notifications
from core.web.storefront.orders import orders
from core.web.storefront.parts import EXTENSION, StorefrontParts
from core.web.storefront.paying import paying
from core.web.storefront.previews import previews
from core.web.storefront.refusals import handle_refusals
from core.web.storefront.reviews import reviews
from core.web.storefront.sharing import sharing
from core.web.storefront.sources import remember_touch, sources
from core.web.storefront.staff_view import put_bar, staff_view
from core.web.storefront.steps import count_steps
from core.web.storefront.wechat import put_script, wechat

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = get_logger(__name__)

LARGEST_BODY = 1_000_000
LARGEST_FORM = 500_000
_PAGES = (
    browse,
    cart,
    checkout,
    paying,
    orders,
    aftersale,
    cases,
    login,
    files,
    finding,
    icons,
    sources,
    notifications,
    money_back,
    previews,
    reviews,
    sharing,
    announcement,
    staff_view,
    wechat,
)
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class Storefront(Flask):
    """Binds shop, visitor and language around each request; a host that is nobody's never reaches a view."""

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:  # noqa: D102
        asked = Request(environ, populate_request=False)
        try:
            with ExitStack() as stack:
                if not _bind(asked, environ, stack):
                    return bare_page(421, reader_language(asked))(environ, start_response)
                return super().wsgi_app(environ, start_response)
        except _DATABASE_AWAY as error:
            # Only the look-ups of shop and visitor come here; what fails inside is answered inside.
            log.warning("database away", error=str(error).splitlines()[0], host=asked.host)
            return bare_page(503, reader_language(asked))(environ, start_response)


def _bind(asked: Request, environ: "WSGIEnvironment", stack: ExitStack) -> bool:
    """Bind the host's shop, who is looking and their language; False where the host is nobody's."""
    scope: ShopScope | None = current.answer("answer_scope_for_host", host=host_name(environ))
    if scope is None:
        return False
    browser = Browser(environ)
    browser.bind(environ)
    stack.enter_context(shop_bound(scope, GUEST))
    stack.enter_context(speaking(_language(asked, browser, scope)))
    stack.enter_context(reading())
    remember_touch(asked, browser, stack)
    token = browser.cookie(SESSION)
    browser.customer = customer_of_token(token) if token else None
    if browser.customer is not None:
        customer = browser.customer
        stack.enter_context(acting_as(Actor("customer", customer.id, customer.shown_name)))
    return True


def _language(asked: Request, browser: Browser, scope: ShopScope) -> str:
    """What the address asks for, else what this browser chose, else the shop's own."""
    wanted = known_language(asked.args.get("lang"))
    if wanted:
        browser.keep(LANGUAGE, wanted)
    return wanted or known_language(browser.cookie(LANGUAGE)) or scope.language


def make_storefront(platform: Platform) -> Storefront:
    """The application for all shops' hosts; themes must have been installed."""
    app = Storefront(__name__, static_folder=None, template_folder=None)
    settings = platform.settings
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=500,
        PERMANENT_SESSION_LIFETIME=timedelta(0),
        SECRET_KEY=None,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.autoescape = True
    blocks = _block_types(platform)
    app.extensions[EXTENSION] = StorefrontParts(
        platform=platform,
        blocks=blocks,
        frames=Frames(blocks),
        cache=PageCache(),
        notices=URLSafeSerializer(platform.secret("storefront notices")),
    )
    app.extensions[PREVIEWS] = Previews(platform.secret("page previews"))
    app.extensions[STAFF_VISITS] = StaffVisits(platform.secret("staff visits"))
    engine.configure(strict=settings.dev, reload=settings.dev)
    # Paying leads to a page of whichever gateway a shop chose, and some of those lead on.
    # Real gateways are on https; a stand-in for one may be next door.
    stand_ins = [_origin(address) for _, address in settings.gateway_urls]
    add_security(app, form_targets=" ".join([_origin(settings.test_gateway_pages), *stand_ins, "https:"]))
    app.before_request(fit_body)
    app.before_request(refuse_foreign_origin)
    app.before_request(refuse_unreadable)
    for part in _PAGES:
        app.register_blueprint(part)
    _mount_plugins(app, platform)
    limiter.init_app(app)
    handle_refusals(app)
    app.after_request(_write_cookies)
    app.after_request(put_bar)
    app.after_request(put_script)
    app.after_request(count_steps)  # the last one runs first: what it keeps is written with the rest
    return app


def _origin(address: str) -> str:
    """Browsers apply form-action to the redirect to the gateway as well."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _block_types(platform: Platform) -> BlockTypes:
    """Core's section types and those of every plugin; a plugin's templates are found from now on."""
    blocks = core_block_types()
    for declared in platform.registry.declarations("declare_blocks"):
        for block_type in declared.value:
            blocks.add(block_type, plugin=declared.plugin)
    for name, plugin in platform.registry.plugins.items():
        if plugin.loaded and plugin.folder is not None and (plugin.folder / "templates").is_dir():
            engine.add_plugin_templates(name, plugin.folder / "templates")
    return blocks


def _mount_plugins(app: Storefront, platform: Platform) -> None:
    """Put every plugin's pages below /x/<plugin>/, behind a door that is there only in shops that have it.

    A plugin's blueprint is known by the plugin's name, so that its endpoints are "<plugin>.<view>".
    """
    mounted = set()
    for plugin, pages in platform.registry.declarations("declare_pages"):
        if pages.storefront is not None and plugin not in platform.registry.internal:
            app.register_blueprint(pages.storefront, url_prefix=f"/x/{plugin.replace('_', '-')}", name=plugin)
            mounted.add(plugin)

    @app.before_request
    def refuse_absent_plugin() -> None:
        plugin = next((name for name in request.blueprints if name in mounted), None)
        if plugin is not None and plugin not in current.shop_hooks().sets.obligation:
            raise NotFound

    app.before_request(_open_visit)
    app.teardown_request(_close_visit)


_VISIT = "pinpu.visit"


def _open_visit() -> None:
    browser = current_browser()
    visit = Visit(
        path=here(),
        token=browser.token,
        device=browser.device,
        show=_show,
        tell=tell,
        address=lambda: request.remote_addr or "",
    )
    stack = request.environ[_VISIT] = ExitStack()
    stack.enter_context(visiting(visit))


def _close_visit(error: BaseException | None) -> None:
    stack = request.environ.pop(_VISIT, None)
    if stack is not None:
        stack.close()


def _show(page: PluginPage, status: int) -> Response:
    return page_answer(page, status=status, slots=slots_for(page))


def _write_cookies(response: Response) -> Response:
    current_browser().write(response)
    if response.mimetype == "text/html":
        response.headers.add("Vary", "Cookie")
    return response


def storefront_parts(app: Any) -> StorefrontParts:
    """The parts of a storefront application, for tests and metrics."""
    found = app.extensions[EXTENSION]
    assert isinstance(found, StorefrontParts)
    return found
