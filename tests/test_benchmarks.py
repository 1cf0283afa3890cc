"""The harness of the benchmarks: what is not the work is not timed, and targets are judged as they are stated."""

import importlib
import math
import sys
import time

import pytest

from tests.conftest import ROOT


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    names = ("measure", "interleaved", "exact")
    yield [importlib.import_module(name) for name in names]
    for name in names:
        sys.modules.pop(name, None)


def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return 1.0


def test_a_race_times_what_does_the_work(modules):
    _, interleaved, _ = modules

    def error(found):
        return abs(found - 1.0)

    def broken():
        raise RuntimeError("no such kernel")

    times, failed = interleaved.race(
        {
            "slow": interleaved.Contender(lambda: spin(0.02), error, 0.1),
            "half": interleaved.Contender(lambda: spin(0.01), error, 0.1, part=0.5),
            "many": interleaved.Contender(lambda: spin(0.01), error, 0.1, calls=100),
            "wrong": interleaved.Contender(lambda: 2.0, error, 0.1),
            "nan": interleaved.Contender(lambda: math.nan, error, 0.1),
            "broken": interleaved.Contender(broken, error, 0.1),
        },
        seconds=0.1,
        least_rounds=3,
    )
    assert set(times) == {"slow", "half", "many"} and set(failed) == {"wrong", "nan", "broken"}
    assert "does something else" in failed["wrong"] and "no such kernel" in failed["broken"]
    assert 0.02 <= times["slow"].cpu_s < 0.03 and 0.02 <= times["half"].cpu_s < 0.03
    assert 1e-4 <= times["many"].cpu_s < 2e-4


def test_targets(modules):
    _, _, exact = modules
    assert exact.Target(18).met(18.0) and not exact.Target(18).met(17.9)
    assert exact.Target(18).met(6.0, 3.0) and exact.Target(18).words(3.0) == "≥ 6×"
    limit = exact.Target(at_most=1.3)
    assert limit.met(1 / 1.29) and not limit.met(1 / 1.31) and limit.met(1 / 3.89, 3.0)
    assert exact.Target().met(0.0) is None and exact.Target().words() == ""


def test_judging(modules):
    _, _, exact = modules
    record = {"cpu_s": {"kullback": 1.0, "peer": 7.0}, "rounds": 3, "part": {}, "failed": {}, "baseline": False}
    record["relative_error"] = {"kullback": 1e-16, "peer": 1e-12}
    for instructions, baseline, met in (
        ("x86-64-v4", False, False),
        ("x86-64-v4", True, True),
        ("x86-64-v3", False, True),
        ("numpy", False, False),  # no allowance where the kernels are missing
    ):
        found = exact.judged(record | {"instructions": instructions}, "peer", exact.Target(18), baseline=baseline)
        assert found["met"] is met and found["times"] == 7.0, instructions
    found = exact.judged(record | {"failed": {"kullback": "MemoryError: "}}, "peer", exact.Target(18), baseline=False)
    assert "kullback failed: MemoryError" in found["failed"] and "met" not in found


def test_every_work_has_a_peer_and_a_name_of_its_own(modules):
    _, _, exact = modules
    for quick in (False, True):
        works = list(exact.works(quick=quick))
        assert len({work.name for work in works}) == len(works) > 10
        assert all(work.targets for work in works)


def test_a_quick_run_is_rendered(modules):
    _, _, exact = modules
    record = {
        "quick": True,
        "times": exact.rows_of(exact.timed("n = 100", quick=True), quick=True),
        "memory": [],
        "imports": [],
        "install": [],
    }
    assert exact.failures(record) == []
    text = exact.section(record)
    assert "A quick run" in text and "n = 100" in text and "rel_entr" in text and "its time" in text
