"""Time contenders against each other inside one process: CPU seconds per call, in turns, the least of all rounds.

A contender is first called once without being timed, which warms caches and allocators, and what it returned is held
against the truth: a contender that does not do the work is not timed.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PATIENCE = 10.0


@dataclass(frozen=True)
class Contender:
    """Something to call, and how to see that it does the work."""

    call: Callable[[], Any]
    error: Callable[[Any], float]
    """The greatest relative error of what was returned, over the entries whose truth is known."""
    tolerance: float
    calls: int = 1
    """How many calls of the public function one call of `call` is."""
    part: float = 1.0
    """The part of the work that it does; its time is divided by this."""


@dataclass(frozen=True)
class Time:
    """CPU seconds of the whole work: the least, how often it was measured, and how wrong the result was."""

    cpu_s: float
    rounds: int
    error: float


def warmed(contender: Contender) -> float:
    """Call once and return the error of the result; raise if it is not what it should be."""
    error = float(contender.error(contender.call()))
    if not error <= contender.tolerance:
        raise ValueError(f"its relative error is {error:.2g}, above {contender.tolerance:g}: it does something else")
    return error


def race(
    contenders: Mapping[str, Contender], *, seconds: float, least_rounds: int
) -> tuple[dict[str, Time], dict[str, str]]:
    """Return the times of those that do the work, and why the others do not.

    Rounds go on until `seconds` of wall time have passed and there were `least_rounds`; after ten times as long no
    second round is begun, however few there were. Every round starts with another contender, so that none always
    follows the one that leaves the caches cold.
    """
    errors: dict[str, float] = {}
    failed: dict[str, str] = {}
    for name, contender in contenders.items():
        try:
            errors[name] = warmed(contender)
        except Exception as error:  # whatever a contender raises is its row's result
            failed[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
    names = list(errors)
    times: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    gc.disable()
    try:
        begin = time.perf_counter()
        rounds, passed = 0, 0.0
        while names and (not rounds or passed < seconds or (rounds < least_rounds and passed < PATIENCE * seconds)):
            first = rounds % len(names)
            for name in names[first:] + names[:first]:
                start = time.process_time()
                contenders[name].call()
                times[name].append(time.process_time() - start)
            rounds += 1
            passed = time.perf_counter() - begin
    finally:
        gc.enable()
    found = {}
    for name, all_times in times.items():
        contender = contenders[name]
        found[name] = Time(min(all_times) / contender.calls / contender.part, len(all_times), errors[name])
    return found, failed
