"""What balancers and operators ask."""

import pytest
from flask import Flask

from core.cli.doctor import require_no_parked_jobs
from core.cli.problems import CommandProblem
from core.kernel import db
from core.kernel.db import make_engine
from core.testing.goods import make_product
from core.web import health
from core.web.metrics import count_requests
from core.web.page_cache import PageCache


@pytest.fixture
def client(platform):
    app = Flask("platform")
    count_requests(app, "console")
    app.register_blueprint(health.health)
    health.observe(app, platform, PageCache())
    health._behind.forget()
    return app.test_client()


def test_process_that_answers_lives(client):
    assert client.get("/livez").get_json() == {"status": "ok"}


def test_ready_process_tells_database_tables_and_queue(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["checks"]["database"] == "ok"
    assert answer.get_json()["checks"]["migrations"] == "ok"


def test_process_without_database_is_not_ready_but_lives(client, platform):
    working = db.app_engine()
    gone = make_engine("postgresql+psycopg://nobody:x@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    db.install_engine(gone)
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["checks"]["database"]) == (503, "unreachable")
        assert client.get("/livez").status_code == 200
    finally:
        db.install_engine(working)
        gone.dispose()


def test_tables_that_are_behind_are_named(client, monkeypatch):
    monkeypatch.setattr(health, "pending", lambda settings: ["group_buy"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["migrations"]) == (503, "behind: group_buy")


def test_late_queue_is_told_and_stays_ready(client, clock, buyer, run_jobs):
    run_jobs()
    assert health.queue_lag() == 0
    buyer().order([(make_product().variant_id, 1)])
    clock.advance(minutes=20)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "late"
    assert answer.get_json()["checks"]["queue_lag_seconds"] >= 1100
    run_jobs()


def test_parked_jobs_are_counted_and_harm_no_readiness(client, in_shop, park):
    before = client.get("/readyz").get_json()["checks"]["parked_jobs"]
    park("payments.send_refund", refund_id="x")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.get_json()["checks"]["parked_jobs"] == before + 1
    with pytest.raises(CommandProblem, match=r"× payments\.send_refund"):
        require_no_parked_jobs()


def test_metrics_count_requests_pages_and_hooks(client):
    client.get("/livez")
    client.get("/nothing")
    text = client.get("/metrics").text
    assert 'pinpu_requests_total{audience="console",endpoint="health.livez",status="200"}' in text
    assert 'endpoint="-",status="404"' in text
    assert 'pinpu_page_cache_total{answer="hit"} 0.0' in text
    assert "pinpu_request_seconds_bucket" in text
