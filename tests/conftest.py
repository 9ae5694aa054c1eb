import datetime as dt
import signal
from collections.abc import Iterator

import pydantic
import pytest
from hypothesis import HealthCheck, settings

# A test must not fail because a shared machine is slow or the tree is read-only.
_TOO_SLOW = [HealthCheck.too_slow]
settings.register_profile("suite", max_examples=30, deadline=None, database=None, suppress_health_check=_TOO_SLOW)
settings.load_profile("suite")

# pydantic keeps the datetime class that it finds when it makes its first schema. Make one before a test replaces it.
pydantic.TypeAdapter(dt.datetime)


def pytest_configure() -> None:
    if not __debug__:
        raise pytest.UsageError("The suite needs assertions: run it without -O and without PYTHONOPTIMIZE.")
    # A shell starts background jobs with SIGINT ignored. The processes that tests interrupt would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def terminal() -> Iterator[None]:
    """Let argparse write for 80 columns without colours in this process, regardless of the caller's terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.delenv("FORCE_COLOR", raising=False)
        patch.delenv("PYTHON_COLORS", raising=False)
        yield
