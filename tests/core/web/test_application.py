"""The whole web application of a process: which host reaches what."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from core.app import web_application
from core.platform import Platform
from core.rendering import engine
from core.testing.browsers import host_of


@pytest.fixture(scope="module")
def application(platform):
    made = web_application(platform)
    engine.configure(strict=True)
    return made


def asked(application, host, path, method="GET", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(application).open(path, method=method, headers={"Host": host, **named})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:8000", "LOCALHOST.", "[::1]:8000"]
)
def test_platform_hosts_reach_the_console(application, host):
    assert asked(application, host, "/livez").get_json() == {"status": "ok"}
    assert asked(application, host, "/console/").status_code in (302, 303)
    assert asked(application, host, "/cart").status_code == 404


def test_shop_hosts_reach_their_storefront_and_nothing_of_the_platform(application, shop):
    host = host_of(shop)
    assert shop.name in asked(application, host, "/").text
    for path in (
        "/livez",
        "/readyz",
        "/metrics",
        "/console/",
        f"/console/{shop.handle}/orders/",
        "/static/console/console.css",
    ):
        assert asked(application, host, path).status_code == 404
    posted = asked(
        application, host, f"/webhooks/{shop.handle}/payments/test", "POST", Sec_Fetch_Site="same-origin"
    )
    assert posted.status_code == 404


def test_a_shops_own_port_in_the_local_network_leads_to_it_alone(platform, application, shop, other_shop):
    doors = ((8010, host_of(shop)), (8011, host_of(other_shop)))
    settings = replace(platform.settings, lan_address="192.168.1.5", lan_doors=doors)
    opened = web_application(Platform(settings, platform.registry, platform.dispatcher))
    engine.configure(strict=True)
    for port, expected in ((8010, shop), (8011, other_shop)):
        phone = Client(opened)
        network = {"base_url": f"http://192.168.1.5:{port}", "environ_overrides": {"SERVER_PORT": str(port)}}
        assert expected.name in phone.get("/", **network).text
        assert phone.get("/console/", **network).status_code == 404
        foreign = {"Origin": "http://192.168.1.6:8010"}
        assert phone.post("/cart", headers=foreign, **network).status_code == 403


def test_webhooks_need_no_form_of_ours(application, shop):
    answer = asked(application, "127.0.0.1:8000", f"/webhooks/{shop.handle}/payments/test", "POST")
    assert (answer.status_code, answer.text) == (400, "unsigned\n")


def test_metrics_know_both_audiences_and_the_page_cache(application, shop):
    for _ in range(2):
        asked(application, host_of(shop), "/collections")
    text = asked(application, "localhost", "/metrics").text
    assert 'audience="storefront",endpoint="browse.collections",status="200"' in text
    assert 'pinpu_page_cache_total{answer="hit"}' in text
    assert 'pinpu_page_cache_total{answer="hit"} 0.0' not in text


def test_trusted_proxy_may_say_host_and_scheme(platform, shop):
    behind = web_application(
        Platform(replace(platform.settings, trusted_proxies=1), platform.registry, platform.dispatcher)
    )
    engine.configure(strict=True)
    answer = asked(behind, "10.0.0.7", "/login", X_Forwarded_Host=host_of(shop), X_Forwarded_Proto="https")
    assert answer.status_code == 200
    assert shop.name in answer.text
    language = asked(
        behind, "10.0.0.7", "/lang?to=en", X_Forwarded_Host=host_of(shop), X_Forwarded_Proto="https"
    )
    assert language.headers["Set-Cookie"].startswith("__Host-lang=en;")
    assert "Secure" in language.headers["Set-Cookie"]


def test_answers_name_their_request_and_believe_only_trusted_proxies(application, platform, shop):
    first, second = (asked(application, host_of(shop), "/", X_Request_ID="from-outside-1") for _ in range(2))
    ids = [answer.headers["X-Request-ID"] for answer in (first, second)]
    assert len({*ids, "from-outside-1"}) == 3
    proxied = web_application(replace(platform, settings=replace(platform.settings, trusted_proxies=1)))
    engine.configure(strict=True)
    for given, believed in (("from-outside-1", True), ("short", False), ("with\tspace or more", False)):
        answer = asked(proxied, host_of(shop), "/", X_Request_ID=given)
        assert (answer.headers["X-Request-ID"] == given) is believed


def test_console_answers_under_the_names_that_the_settings_give_it(platform, shop):
    named = replace(platform.settings, console_hosts=("console.example.com",))
    application = web_application(replace(platform, settings=named))
    engine.configure(strict=True)
    for host in ("console.example.com", "Console.Example.com:443", "127.0.0.1:8000"):
        assert asked(application, host, "/livez").get_json() == {"status": "ok"}
    assert asked(application, "localhost", "/livez").status_code == 421
    assert shop.name in asked(application, host_of(shop), "/").text
