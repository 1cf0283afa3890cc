"""Figures of estimates: which panels they have, that nothing lies outside, and that pyplot is left alone."""

import dataclasses
import importlib.util
import io
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import kullback as kb
from kullback.estimate import Estimate
from tests.close import assert_close

matplotlib = pytest.importorskip("matplotlib")

CURVE, METHODS, SCORES, COLUMNS = (
    "What more rows change",
    "What the methods say",
    "Log-ratios of the rows",
    "What each column adds",
)


def fit(n=1000, shift=0.5):
    rng = np.random.default_rng(0)
    scores = rng.normal(shift, 1, n), rng.normal(-shift, 1, n)
    return SimpleNamespace(scores=scores, learning_curve=[(125, 0.38, 0.16, 0.62), (500, 0.47, 0.36, 0.58)])


WHOLE = Estimate(
    0.486,
    0.41,
    0.563,
    method="stack of linear, quadratic, boosting and neighbours",
    sizes=(1000, 1000),
    lower_limit=0.42,
    diagnostics={"by shared radius (k=5)": 0.44, "by linear logistic": 0.21, "log m": 6.9, "ties": 0.0},
    contributions={"age": 0.2, "income": 0.15, "kind": 0.05, "day": -0.01},
    fit=fit(),
)
LONG = "a column with a name that is far too long for any figure, and goes on"
CASES = {
    "whole": WHOLE,
    "in bits": WHOLE.to("bits"),
    "no fit": dataclasses.replace(WHOLE, fit=None),
    "nothing": Estimate(0.4, 0.3, 0.5),
    "infinite": dataclasses.replace(
        WHOLE, value=math.inf, high=math.inf, outcome="infinite", notes=("infinite: 3.1 % of P lies where Q has none",)
    ),
    "a lower bound": dataclasses.replace(WHOLE, high=math.inf, outcome="lower bound only"),
    "long names": dataclasses.replace(
        WHOLE,
        method="of many parts " * 20,
        contributions={f"{i} {LONG}": 1.0 / (i + 1) for i in range(40)},
        diagnostics={f"by {i} {LONG}": 0.1 * i for i in range(20)},
    ),
    "names that steer": dataclasses.replace(WHOLE, contributions={"$x_1$ and $": 0.2, "a\nb\x1b[31m": 0.1, "‮c": 0.1}),
    "equal scores": dataclasses.replace(WHOLE, fit=SimpleNamespace(scores=(np.zeros(20), np.zeros(20)))),
    "far apart": dataclasses.replace(WHOLE, fit=fit(shift=200.0)),
    "zero": Estimate(0.0, 0.0, 0.0, sizes=(10, 10), contributions={"a": 0.0, "b": 0.0}, fit=fit(10, 0.0)),
    "a share": Estimate(0.3, 0.2, 0.4, divergence="TV", unit="", sizes=(10, 20), fit=fit(10)),
    "tiny": dataclasses.replace(WHOLE, value=3e-9, low=1e-9, high=5e-9, diagnostics={"by other": 2e-9}),
    "huge": dataclasses.replace(WHOLE, value=3e9, low=1e9, high=5e9, sizes=(10**8, 10**8)),
}


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def texts(figure):
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("estimate", CASES.values(), ids=CASES.keys())
def test_everything_is_within_the_figure(estimate):
    figure = estimate.plot()
    figure.canvas.draw()
    whole = figure.bbox
    # Matplotlib keeps labels beyond the ends of an axis, which it does not draw.
    ticks = [one for axes in figure.axes for one in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    for text in texts(figure):
        box = text.get_window_extent()
        if text.axes is not None and not text.get_in_layout():
            continue
        inside = whole.x0 - 1 <= box.x0 and box.x1 <= whole.x1 + 1 and whole.y0 - 1 <= box.y0 and box.y1 <= whole.y1 + 1
        assert inside or text in ticks, f"{text.get_text()!r} at {box}, outside of {whole}"
    pixels = np.asarray(figure.canvas.buffer_rgba())
    assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 10


def test_panels_are_those_that_the_estimate_has_something_for():
    assert titles(WHOLE.plot()) == [CURVE, METHODS, SCORES, COLUMNS]
    assert titles(CASES["no fit"].plot()) == [METHODS, COLUMNS]
    assert titles(CASES["nothing"].plot()) == []
    assert titles(CASES["equal scores"].plot()) == [METHODS, SCORES, COLUMNS]
    assert titles(CASES["a share"].plot()) == [CURVE, SCORES]
    assert titles(CASES["zero"].plot()) == [CURVE, SCORES]


def test_an_infinite_value_stands_beside_what_the_methods_say():
    methods = CASES["infinite"].plot().axes[1]
    assert "∞" in [text.get_text() for text in methods.texts]


def test_the_head_says_what_the_line_says():
    said = " ".join(text.get_text() for text in WHOLE.plot().texts)
    for part in ("KL(P‖Q) = 0.486 nats", "[0.41, 0.563] at 95 %", "n=1000, m=1000"):
        assert part in said
    said = " ".join(text.get_text() for text in CASES["infinite"].plot().texts)
    for part in ("= ∞ nats", "≥ 0.42 at 97.5 %", "infinite: 3.1 % of P lies where Q has none"):
        assert part in said


def points(axes, count):
    """The lines of an axes that have so many points, as arrays."""
    return [np.asarray(line.get_xydata()) for line in axes.lines if len(line.get_xydata()) == count]


def test_the_curve_ends_in_the_estimate():
    curve = points(WHOLE.plot().axes[0], 3)[0]
    assert_close(curve, [[125, 0.38], [500, 0.47], [1000, 0.486]], relative=1e-12)
    in_bits = points(WHOLE.to("bits").plot().axes[0], 3)[0]
    assert_close(in_bits[:, 1], np.array([0.38, 0.47, 0.486]) / math.log(2), relative=1e-12)
    infinite = points(CASES["infinite"].plot().axes[0], 2)[0]
    assert infinite[:, 0].tolist() == [125, 500]


def test_every_row_is_counted():
    from matplotlib.patches import StepPatch

    axes = WHOLE.plot().axes[2]
    outlines = [one for one in axes.patches if isinstance(one, StepPatch)]
    assert len(outlines) == 4
    for one in outlines:
        assert_close(one.get_data().values.sum(), 1.0, relative=1e-12)
    means = sorted(line.get_xdata()[0] for line in axes.lines)
    assert_close(means, sorted(float(side.mean()) for side in WHOLE.fit.scores), relative=1e-12)


def test_bars_are_the_largest_contributions_and_the_rest():
    bars = [bar.get_width() for bar in CASES["long names"].plot().axes[-1].patches]
    assert len(bars) == 13
    assert bars[:12] == sorted(bars[:12], reverse=True)
    assert_close(sum(bars), sum(1.0 / (i + 1) for i in range(40)), relative=1e-12)


def test_it_is_saved_and_shown_by_notebooks():
    content = io.BytesIO()
    WHOLE.plot().savefig(content, format="png")
    assert content.getvalue().startswith(b"\x89PNG")
    assert WHOLE.plot()._repr_png_() == content.getvalue()  # the same estimate, the same bytes


def test_pyplot_and_its_settings_are_left_alone():
    program = (
        "import sys, matplotlib, kullback as kb\n"
        "read = lambda: {name: dict.__getitem__(matplotlib.rcParams, name) for name in matplotlib.rcParams}\n"
        "before = read()\n"
        "kb.Estimate(0.4, 0.3, 0.5, contributions={'a': 0.1, 'b': 0.3}).plot().canvas.draw()\n"
        "assert read() == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr


def test_without_matplotlib(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name))
    with pytest.raises(ImportError, match=r'a plot needs matplotlib: pip install "kullback\[plots\]"'):
        kb.Estimate(0.4, 0.3, 0.5).plot()
