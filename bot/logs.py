"""Logging that can't hold a patient's words, at any level.

Rasa and its libraries put messages, slots and whole trackers into their log lines, many of them as f-strings, so a
list of what to hide would never be complete. Here it is the other way round: of a line from foreign code only its
constant words are kept, read from the source line that logs; every value in it becomes "{…}". Of exceptions, the types
and the places are kept, never the texts. Our own modules (`bot`, `actions`) log whole lines, and log no words.
"""

from __future__ import annotations

import ast
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
#: Loggers that may say whole lines: our own, and Rasa's file event broker, which writes the event stream (scrubbed,
#: and not a log) through a logger of this name.
TRUSTED = ("bot", "actions", "event-logger")
#: What stands for a line whose words are not constant.
WITHHELD = "(words withheld)"
VALUE = "{…}"
#: Frames of an exception that are told, innermost last.
MAX_FRAMES = 8
_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "msg"})

logger = logging.getLogger(__name__)


def configure_logging(level: str = "INFO") -> None:
    """Sends log lines of `level` and above to standard error, without anyone's words.

    Call it once, before a message is handled. It holds for every logger of the process, also for handlers that
    others add later.

    Args:
        level: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.

    Raises:
        ValueError: for another level.
    """
    number = logging.getLevelName(level.upper())
    if not isinstance(number, int):
        raise ValueError(f"unknown log level {level!r}; one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    protect()
    _configure_structlog(number)


def protect() -> None:
    """Makes every log record, warning and uncaught exception of this process wordless; handlers stay as they are."""
    logging.setLogRecordFactory(_record)
    logging.raiseExceptions = False  # else a line that can't be formatted is printed with its values
    warnings.showwarning = _show_warning
    sys.excepthook = _report
    sys.unraisablehook = lambda unraisable: _report(unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)
    threading.excepthook = lambda thrown: _report(thrown.exc_type, thrown.exc_value, thrown.exc_traceback)


class Protect(logging.Filter):
    """Lets a logging configuration file call `protect`: `filters: {words: {(): bot.logs.Protect}}`.

    So the stock commands are covered, too: `rasa run --logging-config-file logging.yml`.
    """

    def __init__(self) -> None:
        super().__init__()
        protect()


def describe(error: BaseException | None) -> str:
    """The types of an exception and its causes with the places they came through, and nothing of their texts."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
        places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
        parts.append(f"{type(error).__name__} at {places}" if places else type(error).__name__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " caused by ".join(parts)


def _record(
    name: str,
    level: int,
    pathname: str,
    lineno: int,
    msg: object,
    args: Any,
    exc_info: Any,
    func: str | None = None,
    sinfo: str | None = None,
    **kwargs: Any,
) -> logging.LogRecord:
    """A log record without words; see `logging.setLogRecordFactory`."""
    if name.split(".")[0] in TRUSTED:
        msg = type(msg).__name__ if isinstance(msg, BaseException) else msg
        args = _without_texts(args)
    else:
        pathname, lineno = _caller(pathname, lineno)
        msg, args = constant_words(pathname, lineno), None
    record = logging.LogRecord(name, level, pathname, lineno, msg, args, None, func, None)
    error = exc_info[1] if isinstance(exc_info, tuple) and len(exc_info) > 1 else None
    if error is not None:
        record.msg, record.args = f"{record.getMessage()} [{describe(error)}]", None
    return record


def _caller(pathname: str, lineno: int) -> tuple[str, int]:
    """Where the log call stands: for structlog, which hands on to `logging`, the place that called structlog."""
    if "/structlog/" not in Path(pathname).as_posix():
        return pathname, lineno
    frame = sys._getframe()
    while frame.f_back and _is_between(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _is_between(module: str) -> bool:
    return module == __name__ or module.split(".")[0] in ("structlog", "logging")


def _without_texts(args: Any) -> Any:
    """Values of a log line, with exceptions replaced by their types."""
    if isinstance(args, Mapping):
        return args
    return tuple(type(item).__name__ if isinstance(item, BaseException) else item for item in args) if args else args


@lru_cache(maxsize=4096)
def constant_words(pathname: str, lineno: int) -> str:
    """The constant words of the log call at this line of source, with "{…}" for each value."""
    calls = [call for call in _log_calls(pathname) if call.lineno <= lineno <= (call.end_lineno or call.lineno)]
    if not calls:
        return WITHHELD
    call = max(calls, key=lambda found: found.lineno)
    position = 1 if isinstance(call.func, ast.Attribute) and call.func.attr == "log" else 0
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("msg", "event")]
    words = call.args[position : position + 1] or named
    return _constant(words[0]) if words else WITHHELD


@lru_cache(maxsize=256)
def _log_calls(pathname: str) -> tuple[ast.Call, ...]:
    try:
        tree = ast.parse(Path(pathname).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return ()
    return tuple(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS
    )


def _constant(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else WITHHELD
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _constant(node.left) + _constant(node.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _constant(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _constant(node.func.value)
    return WITHHELD


def _short(filename: str) -> str:
    """A file's path from its package on, as an operator finds it."""
    return filename.rsplit("site-packages/", 1)[-1].removeprefix(f"{Path(__file__).resolve().parent.parent}/")


def _show_warning(message: Any, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    logger.warning("%s at %s:%d", category.__name__, _short(filename), lineno)


def _report(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("uncaught: %s", describe(error) if error is not None else kind.__name__)


def _configure_structlog(number: int) -> None:
    import structlog

    structlog.configure(
        processors=[_event_alone],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _event_alone(_: Any, __: str, event_dict: Mapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """What structlog hands on: the event's name, and the exception if there is one, without any other value."""
    error = event_dict.get("exc_info")
    return (str(event_dict.get("event", "")),), {"exc_info": error} if error else {}
