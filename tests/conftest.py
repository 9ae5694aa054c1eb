import datetime as dt
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pydantic
import pytest
from hypothesis import HealthCheck, settings

import type_checkers

# A shared machine stalls now and then, which is no failure, and the tree may be one that cannot be written.
_TOO_SLOW = [HealthCheck.too_slow]
settings.register_profile("suite", max_examples=30, deadline=None, database=None, suppress_health_check=_TOO_SLOW)
settings.load_profile("suite")

# pydantic keeps the datetime that it finds when it makes its first schema: now, while no test has frozen the clock.
pydantic.TypeAdapter(dt.datetime)


@pytest.fixture(autouse=True, scope="session")
def terminal() -> Iterator[None]:
    """A terminal of 80 columns without colours, to what tests run in this process, whatever that of the caller is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        for name in "FORCE_COLOR", "PYTHON_COLORS":
            patch.delenv(name, raising=False)
        yield


_OUTCOMES = pytest.StashKey[dict[str, Future[type_checkers.Outcome]]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.collectonly and any("type_checked" in item.fixturenames for item in session.items):  # type: ignore[attr-defined]
        session.stash[_OUTCOMES] = type_checkers.start()


@pytest.fixture(scope="session")
def type_checked(request: pytest.FixtureRequest) -> Callable[[str], type_checkers.Outcome]:
    """Wait for a type checker that was started when the tests were collected."""
    return lambda checker: request.session.stash[_OUTCOMES][checker].result()


def pytest_make_parametrize_id(val: object) -> str | None:
    # A case is called by its value where pytest would number it; what has an address has another in every process.
    if isinstance(val, (dt.datetime, dt.timedelta)):
        return str(val)
    text = ascii(val) if isinstance(val, (dict, list, tuple, Exception)) else " at 0x"
    return None if " at 0x" in text else text[:80]


def pytest_configure() -> None:
    if not __debug__:
        raise pytest.UsageError("The suite needs assertions: run it without -O and without PYTHONOPTIMIZE.")
    # A shell that runs it in the background has it ignore interrupts, and so would the processes that tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
