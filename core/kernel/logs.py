"""Where log lines go and what they carry: one shape for ours and the libraries', without secrets and personal data."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.kernel.tenancy import current_actor, scope_or_none

# Ours tell what they do; libraries are heard when something is wrong.
_OURS = ("core", "pinpu", "plugins", "tenants")
_SECRET_NAMES = re.compile(
    r"pass(word|wd|phrase)|secret|token|cookie|authorization|credential|api_?key|e_?mail|phone|mobile|recipient",
    re.IGNORECASE,
)
# What is hidden in any text, and what stands in its place.
_HIDDEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"), "[hidden]"),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_[A-Za-z0-9_]{8,}|\btest_[0-9a-f]{32}\b"), "[hidden]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (
        re.compile(r"(?i)\b([\w-]*(?:password|secret|token)[\w-]*[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;)]+"),
        r"\1[hidden]",
    ),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![\w.+-])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.+-])\+\d{1,3}[ -]?(?:\(?\d{1,4}\)?[ -]?){2,5}\d{2,4}(?!\w)"), "[phone]"),
)


def configure_logging(log_format: str, *, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard error); calling it again replaces what it did before.

    Args:
        log_format: "json" for machines, one object per line; anything else is text for people.
        stream: another place, for tests.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _who,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_private_data,
                _renderer(log_format, handler.stream),
            ],
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)


class _Handler(logging.StreamHandler[TextIO]):
    """The one handler of ours, to be found again."""


def log_context(**values: str) -> AbstractContextManager[None]:
    """Every line of the block carries `values`, such as the id of the request."""
    return structlog.contextvars.bound_contextvars(**values)


def _renderer(log_format: str, stream: TextIO) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    # Never the rich tracebacks: they print the values of variables.
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


def _who(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The bound shop and who acts, by id: names are personal."""
    scope, actor = scope_or_none(), current_actor()
    if scope is not None:
        event.setdefault("shop", scope.handle)
        event.setdefault("actor", f"{actor.kind} {actor.id}" if actor.id else actor.kind)
    return event


def without_private_data(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The line without passwords, keys, e-mail addresses and phone numbers, wherever in it they stand."""
    return {name: _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if value is not None and not isinstance(value, bool) and _SECRET_NAMES.search(name):
        return "[hidden]"
    if isinstance(value, Mapping):
        return {key: _clean(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", one) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    for pattern, stand_in in _HIDDEN:
        text = pattern.sub(stand_in, text)
    return text
