"""kullback explain --article: the claims, and numbers that are computed when they are asked for."""

import itertools
import re
from pathlib import Path

import mpmath
import pytest

import kullback as kb
from kullback.cli import article
from tests.cli.command import command, refusal
from tests.close import assert_close

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "article.md"


@pytest.fixture(scope="module")
def shown():
    """Every line of code with the result under it."""
    lines = list(article.lines())
    found = {}
    for code, result in itertools.pairwise(lines):
        if code.startswith("    >>> ") and result.startswith("    ") and not result.startswith("    >>>"):
            found.setdefault(code.removeprefix("    >>> "), result.strip())
    return found


def test_it_fits(capsys):
    ran = command(capsys, "explain", "--article")
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 80
    for number, claim in enumerate(article.CLAIMS, 1):
        assert f"\n{number}. {claim.title}\n" in ran.out
        assert f"\n{claim.verdict}. " in ran.out


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_narrow_and_wide(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = command(capsys, "explain", "--article").out.splitlines()
    prose = [line for line in lines if not line.startswith("    ")]
    assert max(map(len, prose)) <= min(columns, 80)


def test_what_the_programs_of_the_article_print(shown):
    """Both are negative, which no divergence is: −0.405465 and −2.22266."""
    with mpmath.workdps(40):
        p, q = [[mpmath.mpf(x) for x in row] for row in (("0.1", "0.2", "0.3", "0.4"), ("0.2", "0.2", "0.3", "0.3"))]
        first = mpmath.fsum(mpmath.log(a / b) for a, b in zip(p, q, strict=True))
        mean = mpmath.fsum(p) / 4
        variance = mpmath.fsum((a - mean) ** 2 for a in p) / 4
        second = (mpmath.log(variance) + mean**2 / (variance - 1)) / 2
        right = -mpmath.log(variance) / 2 + (variance + mean**2) / 2 - mpmath.mpf("0.5")
        divergence = mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True))
    assert_close(float(shown["np.sum(np.log(P / Q))"]), float(first), relative=1e-5)
    wrong = next(code for code in shown if code.startswith("0.5 * (np.log("))
    assert_close(float(shown[wrong]), float(second), relative=1e-5)
    assert first < 0 and second < 0
    closed = next(code for code in shown if code.startswith("np.log(1 / sigma)"))
    assert_close(float(shown[closed]), float(right), relative=1e-5)
    assert_close(float(shown["kb.kl(normal, standard)"]), float(right), relative=1e-5)
    assert_close(float(shown["kb.kl(P, Q)"]), float(divergence), relative=1e-5)
    assert_close(float(shown["np.sum(P * np.log(P / Q))"]), float(divergence), relative=1e-5)


def test_the_sums_over_cells_are_the_closed_forms():
    """To 12 digits: what stands in the article are sums of the library, not numbers written down."""
    known = {}
    for part in (*article._INTRODUCTION, *(part for claim in article.CLAIMS for part in claim.why)):
        if part.startswith(">>>"):
            for code in part.splitlines():
                article._run(code, known)
    mu, sigma = mpmath.mpf(float(known["mu"])), mpmath.mpf(float(known["sigma"]))
    closed = float(-mpmath.log(sigma) + (sigma**2 + mu**2) / 2 - mpmath.mpf("0.5"))
    assert_close(float(kb.kl(known["normal"], known["standard"])), closed, relative=1e-12)
    poisson = float(2 - 3 * mpmath.log(mpmath.mpf(5) / 3))
    assert_close(float(kb.kl(known["three"], known["five"])), poisson, relative=1e-12)


def test_the_claims_hold(shown):
    assert float(shown["kb.kl(P, P)"]) == 0
    assert shown["kb.kl(A, B)"] != shown["kb.kl.reverse(A, B)"]
    assert float(shown["kb.kl(A, M) + kb.kl(M, B)"]) < float(shown["kb.kl(A, B)"]) / 2
    assert float(shown["kb.js(A, M) ** 0.5 + kb.js(M, B) ** 0.5"]) > float(shown["kb.js(A, B) ** 0.5"])
    assert shown["kb.kl([1 - 1e-12, 1e-12], [1, 0])"] == "∞"
    assert shown["kb.kl([1, 0], [1, 0])"] == "0"
    assert shown["kb.kl(np.outer(A, P).ravel(), np.outer(B, Q).ravel())"] == shown["kb.kl(A, B) + kb.kl(P, Q)"]
    assert float(shown["kb.kl(coins.sum(axis=0), [0.5, 0.5])"]) == 0
    assert float(shown["kb.kl(coins, np.full((2, 2), 0.25), axis=(0, 1))"]) > 0.19
    assert shown["P @ f - np.log(Q @ np.exp(f))"] == shown["kb.kl(P, Q)"]
    assert float(shown["P @ (f / 2) - np.log(Q @ np.exp(f / 2))"]) < float(shown["kb.kl(P, Q)"])
    assert shown["5 - 3 - 3 * np.log(5 / 3)"] == shown["kb.kl(three, five)"]
    assert shown["kb.cross_entropy([0, 1, 0], [0.2, 0.7, 0.1])"] == shown["kb.kl([0, 1, 0], [0.2, 0.7, 0.1])"]
    assert shown["bool((kb.kl.terms(R, S) >= 0).all())"] == "True"
    naive = float(shown["np.sum(R * np.log(R / S))  # rounding"])
    assert abs(naive) > 10 * float(shown["kb.kl(R, S)"])  # cancellation has left nothing of it


def test_numbers_are_computed_now(capsys, monkeypatch):
    """If the library said something else, so would the article."""
    monkeypatch.setattr(kb, "kl", lambda *_, **__: 0.123456)
    monkeypatch.setattr(kb.kl, "reverse", kb.js, raising=False)
    monkeypatch.setattr(kb.kl, "terms", kb.js.terms, raising=False)
    assert "    >>> kb.kl(P, Q)\n    0.123456\n" in command(capsys, "explain", "--article").out


def test_the_page_says_the_same():
    """docs/article.md is `article.markdown()`: python -m tests.cli.test_article writes it."""
    assert PAGE.read_text("utf-8") == article.markdown()


def test_the_page_leaves_last_digits_open():
    """No result on the page has more than six digits, so that it is true on any machine."""
    results = re.findall(r"^np\.float64\(([^)]*)\)$", article.markdown(), re.MULTILINE)
    assert len(results) > 20
    assert all(len(re.sub(r"^-?0\.0*|\D", "", result.split("e")[0])) <= 6 for result in results)


def test_no_vectors(capsys):
    assert "--article takes no vectors" in refusal(command(capsys, "explain", "0.5,0.5", "0.5,0.5", "--article"))
    assert "P and Q are missing" in refusal(command(capsys, "explain"))


if __name__ == "__main__":
    PAGE.write_text(article.markdown(), "utf-8")
