"""Measuring: everything that is compared takes turns, in an order shuffled anew in every round.

Time is CPU time, which leaves out what else the machine does; nothing here waits.
"""

import random
import statistics
import subprocess
import sys
import time
import timeit
import tracemalloc
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

_SAMPLE = 0.006  # seconds: long against a reading of the clock, short enough for many rounds

_Key = TypeVar("_Key", bound=Hashable)


def call_sampler(call: Callable[..., Any], argument: Any, statement: str = "call(argument)") -> Callable[[], float]:
    """Return what measures the seconds of one call, as the mean of enough calls to fill a sample."""
    timer = timeit.Timer(statement, timer=time.process_time, globals={"call": call, "argument": argument})
    number = max(1, round(_SAMPLE / min(timer.repeat(repeat=20, number=1))))
    return lambda: timer.timeit(number) / number


def program_sampler(command: list[str], text: str = "", place: int = 0) -> Callable[[], float]:
    """Return what measures the seconds that a program prints, in this place of its output."""

    def sample() -> float:
        done = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True)
        return float(done.stdout.split()[place])

    return sample


def import_sampler(statement: str) -> Callable[[], float]:
    """Return what measures the seconds of an import in a fresh process, by that process's own clock."""
    code = f"import time; start = time.process_time(); {statement}; print(time.process_time() - start)"
    # -I: no environment variable may keep the child from using compiled modules.
    sample = program_sampler([sys.executable, "-I", "-c", code])
    sample()  # the first import compiles
    return sample


def take_turns(samplers: Mapping[_Key, Callable[[], float]], rounds: int) -> dict[_Key, list[float]]:
    """Return the samples of each sampler, one for each round."""
    samples: dict[_Key, list[float]] = {key: [] for key in samplers}
    order = [*samplers]
    for _ in range(rounds):
        random.shuffle(order)
        for key in order:
            samples[key].append(samplers[key]())
    return samples


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the ratios round by round, which a slow spell of the machine leaves alone."""
    return statistics.median([our / their for our, their in zip(ours, theirs, strict=True)])


def bytes_each(read: Callable[[str], Any], text: str, count: int) -> float:
    """Return the memory that a value read from a text keeps, one of ``count``."""
    values = [None] * count
    tracemalloc.start()
    for index in range(count):
        values[index] = read(text)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / count
