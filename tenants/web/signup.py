"""Pages on which merchants sign up and open a shop: e-mail and password, then a name and what they sell."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from flask import Response, request

from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, current_language, gettext, known_language
from core.rendering.console.render import render_console
from core.rendering.console.visits import CONSOLE_PATH, LOGIN_PATH, SIGNUP_PATH, START_PATH, current_visit
from core.rendering.extensions import StaffMember
from tenants.actions.opening import open_furnished_shop
from tenants.actions.signup import ShopWish, may_open_shops, sign_up
from tenants.presets.content import drawing, industries, said
from tenants.web.answers import go_to
from tenants.web.entry import entry, with_session
from tenants.web.hints import signup_address

CURRENCIES = {
    "CNY": N_("Chinese yuan"),
    "HKD": N_("Hong Kong dollar"),
    "GBP": N_("British pound"),
    "EUR": N_("Euro"),
    "USD": N_("US dollar"),
}
_ZONES = {
    "CNY": "Asia/Shanghai",
    "HKD": "Asia/Hong_Kong",
    "GBP": "Europe/London",
    "EUR": "Europe/Berlin",
    "USD": "America/New_York",
}
# By the end of a browser's language tag, then by its beginning.
_OF_TAGS = {
    "cn": "CNY", "hk": "HKD", "gb": "GBP", "us": "USD", "ie": "EUR",
    "zh": "CNY", "en": "USD", "de": "EUR", "fr": "EUR", "es": "EUR", "it": "EUR", "nl": "EUR", "pt": "EUR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of business as a picture to press."""

    key: str
    label: str
    hint: str
    picture: str


@entry.get(SIGNUP_PATH)
def signup_form() -> Response:
    """The page to sign up; whoever is logged in already goes on to their shop."""
    _require_open()
    if current_visit().staff is not None:
        return go_to(START_PATH)
    return _signup_page()


@entry.post(SIGNUP_PATH)
def take_signup() -> Response:
    """Make the merchant, log them in, and lead on to their shop."""
    _require_open()
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        token = sign_up(
            email=email,
            password=password,
            language=current_language(),
            user_agent=request.headers.get("User-Agent", ""),
            address=request.remote_addr or "",
        )
    except PinpuError as error:
        return _signup_page(email=email[:254], error=error)
    return with_session(go_to(START_PATH), token)


@entry.get(START_PATH)
def start_form() -> Response:
    """What do you sell: name and line of business of a new shop; where nobody may open one, that is said."""
    staff = current_visit().staff
    if staff is not None and not signup_address() and not staff.shops:
        return Response(render_console("core/no_shop.html"), mimetype="text/html")
    staff = _starter()
    if staff is None:
        return go_to(SIGNUP_PATH)
    if staff.shops and "more" not in request.args:
        return go_to(CONSOLE_PATH)
    return _start_page()


@entry.post(START_PATH)
def take_start() -> Response:
    """Open the shop, furnished, and lead on to its first product."""
    staff = _starter()
    if staff is None:
        return go_to(SIGNUP_PATH)
    try:
        scope = open_furnished_shop(
            staff_id=staff.id,
            email=staff.email,
            wish=_wish(),
            industry=request.form.get("industry", ""),
        )
    except PinpuError as error:
        return _start_page(error=error)
    return go_to(f"/console/{scope.handle}/first-hour/product")


@entry.get("/console/industries/<key>.svg")
def industry_picture(key: str) -> Response:
    """The picture of a line of business."""
    found = industries().get(key)
    if not signup_address() or found is None:
        raise NotFound
    answer = Response(drawing(found.hero), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer


def _require_open() -> None:
    if not signup_address():
        raise NotFound


def _starter() -> StaffMember | None:
    """Who may open a shop here; None must sign up first."""
    _require_open()
    staff = current_visit().staff
    if staff is not None and not may_open_shops(staff):
        raise NotFound
    return staff


def _wish() -> ShopWish:
    """What the form says; what it leaves out, or says wrongly, follows from the browser's languages."""
    form = request.form
    currency = form.get("currency", "")
    currency = currency if currency in CURRENCIES else _usual_currency()
    zone = form.get("zone", "")
    return ShopWish(
        name=form.get("name", "")[:200],
        currency=currency,
        language=known_language(form.get("language")) or current_language(),
        timezone=zone if zone in available_timezones() else _ZONES[currency],
    )


def _usual_currency() -> str:
    for tag in [*request.accept_languages.values(), current_language()]:
        first, _, last = tag.lower().partition("-")
        for part in (last, first):
            if part in _OF_TAGS:
                return _OF_TAGS[part]
    return "USD"


def _signup_page(*, email: str = "", error: PinpuError | None = None) -> Response:
    html = render_console(
        "tenants/signup.html",
        action=SIGNUP_PATH,
        login_path=LOGIN_PATH,
        email=email,
        error=None if isinstance(error, InputRefused) else error,
        faults=_faults(error),
    )
    return Response(html, error.status if error else 200, mimetype="text/html")


def _start_page(*, error: PinpuError | None = None) -> Response:
    language = current_language()
    lines = [
        Line(
            one.key, said(one.label, language), said(one.hint, language), f"/console/industries/{one.key}.svg"
        )
        for one in industries().values()
    ]
    asked = request.form
    html = render_console(
        "tenants/start.html",
        action=START_PATH,
        lines=lines,
        name=asked.get("name", "")[:200],
        industry=asked.get("industry", ""),
        currency=asked.get("currency") or _usual_currency(),
        currencies={key: gettext(words) for key, words in CURRENCIES.items()},
        language=known_language(asked.get("language")) or language,
        shop_languages={"zh-CN": "简体中文", "en": "English"},
        zone=asked.get("zone", "")[:60],
        error=None if isinstance(error, InputRefused) else error,
        faults=_faults(error),
    )
    return Response(html, error.status if error else 200, mimetype="text/html")


def _faults(error: PinpuError | None) -> dict[str, str]:
    if not isinstance(error, InputRefused):
        return {}
    return {name: str(said_of[0]) for name, said_of in error.fields.items()}
