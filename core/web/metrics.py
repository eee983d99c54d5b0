"""Numbers for operators: requests by audience and status, page cache, plugins' hooks, waiting jobs."""

import os
import time
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from core.hooks.dispatch import Dispatcher
from core.web.page_cache import PageCache

_REQUESTS = Counter("pinpu_requests", "Requests answered.", ["audience", "endpoint", "status"])
_SECONDS = Histogram(
    "pinpu_request_seconds",
    "Time from the first look at a request to its answer.",
    ["audience"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
# Several web processes count together when this names a folder (see prometheus-client).
_SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def count_requests(app: Flask, audience: str) -> None:
    """Count what `app` answers under the name `audience`."""

    def begin() -> None:
        g.request_began = time.perf_counter()

    # Before all others: one of them may answer.
    app.before_request_funcs.setdefault(None, []).insert(0, begin)

    @app.after_request
    def end(response: Response) -> Response:
        _REQUESTS.labels(audience, request.endpoint or "-", response.status_code).inc()
        if "request_began" in g:
            _SECONDS.labels(audience).observe(time.perf_counter() - g.request_began)
        return response


class _OfThisProcess:
    """Numbers that this process holds anyway: they are read when somebody asks."""

    def __init__(self, dispatcher: Dispatcher, cache: PageCache | None) -> None:
        self._dispatcher = dispatcher
        self._cache = cache

    def collect(self) -> Iterable[Metric]:
        """What prometheus-client asks for."""
        if self._cache is not None:
            pages = CounterMetricFamily(
                "pinpu_page_cache", "Pages asked of the page cache.", labels=["answer"]
            )
            pages.add_metric(["hit"], self._cache.hits)
            pages.add_metric(["miss"], self._cache.misses)
            yield pages
        calls = CounterMetricFamily("pinpu_hook_calls", "Calls of plugins' hooks.", labels=["plugin", "hook"])
        errors = CounterMetricFamily("pinpu_hook_errors", "Calls that failed.", labels=["plugin", "hook"])
        for row in self._dispatcher.counts():
            calls.add_metric([row.plugin, row.hook], row.calls)
            errors.add_metric([row.plugin, row.hook], row.errors)
        yield from (calls, errors)


def metrics_answer(dispatcher: Dispatcher, cache: PageCache | None) -> Response:
    """All numbers in the text format that Prometheus reads."""
    registry = CollectorRegistry()
    if os.environ.get(_SHARED_FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for one in (_REQUESTS, _SECONDS):
            registry.register(one)
    own: Any = _OfThisProcess(dispatcher, cache)
    registry.register(own)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
