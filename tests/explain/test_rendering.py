"""Explanations to look at: never wider than asked, safe with any label, whole without anything else."""

import io
import json
import math
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

import kullback as kb
from kullback.report import explanation

HOSTILE = [
    "<script>alert(1)</script>",
    "a\x1b[31mred\nline",
    "日本語のとても長い名前ですよ" * 3,
    "\u202eright",
    "&amp; é",
]


def many():
    rng = np.random.default_rng(1)
    p, q = kb.counts(rng.integers(1, 100, 40)), kb.counts(rng.integers(1, 100, 40))
    return kb.explain(p, q, [f"category {i}" for i in range(40)], base=2)


def endless():
    return kb.explain([0.5, 0.3, 0.15, 0.05, 0.0], [0.6, 0.3, 0.0, 0.0, 0.1], HOSTILE)


ALL = {
    "many": many,
    "endless": endless,
    "equal": lambda: kb.explain([0.5, 0.5], [0.5, 0.5]),
    "disjoint": lambda: kb.explain([1.0, 0.0], [0.0, 1.0]),
    "one": lambda: kb.explain([1.0], [1.0]),
    "tiny": lambda: kb.explain([0.1, 0.2, 0.7], [0.1 + 1e-13, 0.2 - 1e-13, 0.7]),
    "huge": lambda: kb.explain(kb.logits([0.0, 0.0, -1.0]), kb.logits([0.0, -3000.0, -900.0])),
    "weighted": lambda: kb.explain([1.0, 1.0, 1.0], [0.5, 2.0, 1.0], weights=[0.5, 0.25, 0.25]),
}


def printed(found, width, encoding="utf-8"):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=file, width=width, legacy_windows=False, color_system=None)
    explanation.print_explanation(found, console)
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("name", ALL)
def test_no_line_is_wider_than_the_terminal(name, width):
    found = ALL[name]()
    text = found.render(width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert all(line.isprintable() for line in text.splitlines())
    assert printed(found, width) == text + "\n"
    plain = found.render(width, encoding="ascii")
    assert plain.isascii() and max(map(len, plain.splitlines())) <= width
    assert printed(found, width, "ascii") == plain + "\n"
    assert "nan" not in plain.lower() and "unknown" not in plain


def test_str_is_the_text_at_100_columns():
    assert str(many()) == many().render(100)


def test_what_is_said_is_computed():
    found = many()
    text = " ".join(found.render(400).split())
    nats = found.telling.divergence
    for words in (
        f"KL(P‖Q) = {found.value:.3g} bits, KL(Q‖P) = {found[kb.kl.reverse].value:.3g} bits",
        f"spends {found.value:.3g} bits more per outcome of P",
        f"Entropy of P and Q: {found.entropy_p:.3g} and {found.entropy_q:.3g} bits",
        f"as of {found.effective_p:.3g} and {found.effective_q:.3g} equally likely outcomes",
        f"right with probability {100 * found.telling.one:.3g} %",
        f"by a factor of {math.exp(nats):.3g} on geometric average",
        f"about {math.ceil(math.log(20) / nats)} draws bring the chance",
        f"fewer than {found.telling.least:.0f} draws",
        f"the likelihood-ratio test does with {found.telling.enough:.0f} draws",
        f"Chernoff information {found.telling.chernoff / math.log(2):.3g} bits",
        "10: {:.3g} to {:.3g}".format(*found.telling.error_after(10)),
        f"30 other outcomes {100 * found.others.p:.3g} % {100 * found.others.q:.3g} % {found.others.value:.3g}",
    ):
        assert words in text, words


def test_what_makes_it_infinite_is_named():
    found = kb.explain([0.5, 0.3, 0.15, 0.05, 0.0], [0.6, 0.3, 0.0, 0.0, 0.1], ["rain", "sun", "snow", "hail", "fog"])
    text = " ".join(found.render(400).split())
    for words in (
        "KL(P‖Q) = ∞, KL(Q‖P) = ∞",
        "5 outcomes: 4 possible under P, 3 under Q.",
        "KL(P‖Q) is infinite: 2 outcomes hold 20 % of P and have q = 0: snow (15 %), hail (5 %).",
        "KL(Q‖P) is infinite: 1 outcome holds 10 % of Q and has p = 0: fog (10 %).",
        f"Finite all the same: JS(P‖Q) = {found[kb.js].value:.3g} nats, TV(P‖Q) = 0.2",
        "raises KL(P‖Q) by 0.461 nats and KL(Q‖P) by 0.23 nats",
        "a draw from P is one with probability 20 %, and 14 draws hold one with 95 %",
        "Both errors at most 5 %",
    ):
        assert words in text, words
    assert "Stein" not in text
    one_sided = kb.explain([0.5, 0.5], [1.0, 0.0]).render(400)
    assert "Stein" not in one_sided and "KL(Q‖P) is infinite" not in one_sided
    assert "proves Q at once" not in one_sided


@pytest.mark.parametrize("epsilon", [1e-6, 1e-9])
def test_what_smoothing_would_do(epsilon):
    """The growth that is stated is that of the smoothed divergence, for small ε."""
    p, q = np.array([0.5, 0.3, 0.2, 0.0]), np.array([0.6, 0.0, 0.0, 0.4])

    def smoothed(e):
        return kb.kl((1 - e) * p + e / 4, (1 - e) * q + e / 4)

    growth = smoothed(epsilon / 10) - smoothed(epsilon)
    stated = kb.explain(p, q).vanished.mass * math.log(10.0)
    assert abs(growth - stated) < 20 * epsilon * abs(math.log(epsilon))


def test_many_vanished_outcomes_are_counted():
    p, q = np.full(50, 1 / 50), np.zeros(50)
    q[0] = 1.0
    text = " ".join(kb.explain(p, q, [f"x{i}" for i in range(50)]).render(400).split())
    assert "49 outcomes hold 98 % of P and have q = 0: x1 (2 %), x2 (2 %)" in text and "and 44 more." in text
    assert "40 other outcomes 80 % 100 % ∞" in text


@pytest.mark.parametrize("name", ALL)
def test_the_picture_is_whole(name):
    found = ALL[name]()
    root = ElementTree.fromstring(found.figure())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    rows = len(found.contributions) + (found.others is not None)
    assert len(texts) >= 4 + 3 * rows
    assert not any("nan" in text for text in texts)
    assert all("href" not in attribute for element in root.iter() for attribute in element.attrib)


def test_bars_are_as_long_as_what_they_show():
    found = many()
    root = ElementTree.fromstring(found.figure())
    bars = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if r.get("x") == "334"]
    lengths = np.array([float(bar.get("width")) for bar in bars])
    shown = np.array([one.value for one in found.contributions] + [0.0])  # all others together have none
    assert len(bars) == 11
    assert np.max(np.abs(lengths / lengths.max() - shown / shown.max())) < 1e-3
    assert [bar.get("class") for bar in bars[:5]] == [one.direction for one in found.contributions[:5]]


def test_html_escapes_every_label():
    html = endless()._repr_html_()
    assert "<script>alert" not in html and "&lt;script&gt;" in html
    assert "\x1b" not in html and "\u202e" not in html
    assert html.count("<div") == html.count("</div>") == 1
    assert "http://www.w3.org/2000/svg" in html and html.count("http") == 1


def test_saving(tmp_path):
    found = many()
    for extension, part in ((".svg", "<svg"), (".html", "<!doctype html>"), (".txt", "KL(P‖Q)"), (".json", '{"unit"')):
        path = found.save(tmp_path / f"x{extension}")
        assert path.read_text(encoding="utf-8").startswith(part)
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == found.to_dict()
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == f"{found}\n"
    for bad in ("x.png", "x"):
        with pytest.raises(ValueError, match=r"saved as \.svg, \.html, \.txt or \.json"):
            found.save(tmp_path / bad)


def test_colour_marks_the_direction():
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True, color_system="standard", no_color=False)
    explanation.print_explanation(many(), console)
    assert "\x1b[" in file.getvalue()
