import datetime as dt
import signal
from collections.abc import Iterator

import pydantic
import pytest
from hypothesis import HealthCheck, settings

# A shared machine stalls now and then, which is no failure, and the tree may be read-only.
_TOO_SLOW = [HealthCheck.too_slow]
settings.register_profile("suite", max_examples=30, deadline=None, database=None, suppress_health_check=_TOO_SLOW)
settings.load_profile("suite")

# pydantic keeps the datetime that it finds when it makes its first schema: make one before a test freezes the clock.
pydantic.TypeAdapter(dt.datetime)


def pytest_configure() -> None:
    if not __debug__:
        raise pytest.UsageError("The suite needs assertions: run it without -O and without PYTHONOPTIMIZE.")
    # A shell ignores interrupts in what it runs in the background, and processes that tests interrupt would inherit it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def terminal() -> Iterator[None]:
    """Help that tests print in this process has 80 columns and no colours, whatever the caller's terminal is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.delenv("FORCE_COLOR", raising=False)
        patch.delenv("PYTHON_COLORS", raising=False)
        yield
