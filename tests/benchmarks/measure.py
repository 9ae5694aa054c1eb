"""Measuring: all that is compared takes turns, in a new random order each round.

Times are CPU times, so that other work on the machine does not count.
"""

import random
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from typing import Any

_SAMPLE = 0.006  # seconds: much longer than reading the clock takes, but short enough for many rounds


def call_sampler(call: Callable[..., Any], argument: Any, statement: str = "call(argument)") -> Callable[[], float]:
    """Return a function that measures the seconds of one call, as the mean of enough calls to fill a sample."""
    timer = timeit.Timer(statement, timer=time.process_time, globals={"call": call, "argument": argument})
    number = max(1, round(_SAMPLE / min(timer.repeat(repeat=20, number=1))))
    return lambda: timer.timeit(number) / number


def program_sampler(command: list[str], text: str = "", index: int = 0) -> Callable[[], float]:
    """Return a function that runs a program and returns the seconds that it prints, at this index of its output."""

    def sample() -> float:
        done = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True)
        return float(done.stdout.split()[index])

    return sample


def import_sampler(statement: str) -> Callable[[], float]:
    """Return a function that measures the seconds of an import in a new process, by that process's clock."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    # -I, because environment variables such as PYTHONDONTWRITEBYTECODE may prevent the use of compiled modules.
    sample = program_sampler([sys.executable, "-I", "-c", code])
    sample()  # the first import compiles
    return sample


def take_turns(samplers: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the samples of each sampler, one for each round."""
    samples: dict[str, list[float]] = {key: [] for key in samplers}
    order = [*samplers]
    for _ in range(rounds):
        random.shuffle(order)
        for key in order:
            samples[key].append(samplers[key]())
    return samples


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the ratios of each round, which a slow period of the machine hardly changes."""
    return statistics.median([our / their for our, their in zip(ours, theirs, strict=True)])
