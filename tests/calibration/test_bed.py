"""The test bed itself: truths, splits, draws, the peers where their answer is known, the runner."""

import json
import math

import numpy as np
import pytest
from scipy.integrate import dblquad

import kullback as kb
from kullback import distributions as known
from kullback.sample import sample_of
from tests.calibration import bed, laws, pair, peers, tables, truth
from tests.calibration.problems import BY_NAME, GROUPS, PROBLEMS
from tests.close import assert_close


def test_there_are_problems_of_every_group_in_both_halves():
    finite = [p for p in PROBLEMS if math.isfinite(p.truth)]
    assert len(finite) >= 100
    for group in GROUPS:
        halves = [p.split for p in PROBLEMS if p.group == group]
        assert len(halves) >= 4
        assert abs(halves.count("tuning") - halves.count("held-out")) <= 1
    names = [p.name for p in PROBLEMS if p.split == "tuning"]
    assert len(names) == 61, "the halves have moved: what was held out is not any more"
    assert {"n1_kldest", "gmm_d2", "kldest10d", "cat_chain6"} <= set(names)


def test_truths_agree_with_draws_of_the_exact_log_ratio():
    assert truth.check(rows=20_000, seed=3) == []


@pytest.mark.parametrize(
    ("name", "p", "q"),
    [
        ("n1_kldest", known.normal(0, 1), known.normal(1, 2)),
        ("exp_kldest", known.exponential(rate=1), known.exponential(rate=1 / 12)),
        ("gamma_pair", known.gamma(3, rate=2), known.gamma(2, rate=1)),
        ("beta_pair", known.beta(2, 5), known.beta(2, 3)),
        ("flat_on_u_shape", known.beta(1, 1), known.beta(0.5, 0.5)),
        ("cauchy_shift", known.cauchy(0, 1), known.cauchy(1.5, 1)),
        ("lognormal_pair", known.log_normal(0, 1), known.log_normal(0.5, 1.2)),
        ("t3_shift", known.student_t(3), known.student_t(3, loc=1.0)),
        ("t3_vs_normal", known.student_t(3), known.normal(0, 3**0.5)),
    ],
)
def test_truths_agree_with_the_exact_divergences(name, p, q):
    found = BY_NAME[name].known
    assert_close(found.kl, float(kb.kl(p, q)), 1e-7)
    assert_close(found.reverse, float(kb.kl(q, p)), 1e-6)
    assert_close(found.js, float(kb.js(p, q)), 1e-6)
    assert_close(found.tv, float(kb.tv(p, q)), 1e-3)
    if math.isfinite(found.chi2):
        assert_close(found.chi2, float(kb.chi2(p, q)), 1e-6)


def test_closed_forms_agree_with_each_other():
    one = truth.normals(np.zeros(1), np.eye(1), np.ones(1), 4 * np.eye(1))
    line = BY_NAME["n1_kldest"].known
    for name in ("kl", "log_variance", "chi2", "reverse"):
        assert_close(getattr(one, name), getattr(line, name), 1e-7)
    shifted = truth.product([truth.line(laws.normal(), laws.normal(0.5))] * 4)
    assert_close(shifted.kl, 0.5, 1e-9)
    assert_close(shifted.chi2, math.expm1(1), 1e-7)


def test_the_plane_agrees_with_adaptive_quadrature():
    p, q = pair.bumps([[1.0, 0.0], [-1.0, 0.5]], 0.7), pair.bumps([[0.0, 0.0]], 1.4)

    def term(y, x):
        row = np.array([[x, y]])
        log_p = p.log_density(row)[0]
        return math.exp(log_p) * (log_p - q.log_density(row)[0])

    expected, _ = dblquad(term, -7, 7, -7, 7, epsabs=1e-6, epsrel=1e-6)
    assert_close(truth.plane(p.log_density, q.log_density, 9, 100).kl, expected, 1e-5)


def test_a_ratio_of_infinite_variance_has_no_efficient_error():
    for name in ("n1_narrowq", "t3_vs_normal", "narrowq_d5", "inf_support"):
        assert BY_NAME[name].efficient_error(1000, 1000) == math.inf
    assert BY_NAME["null_d5"].efficient_error(1000, 1000) == 0


@pytest.mark.parametrize("name", ["gmm_d10", "table_3cat_4cont", "zipf1k", "two_atoms"])
def test_draws_follow_the_seed_and_hold_the_categories_that_are_seen(name):
    problem = BY_NAME[name]
    x, y = problem.draw(50, 60, np.random.default_rng(bed.seed(name, 50, 60, 0, 0)))
    again, _ = problem.draw(50, 60, np.random.default_rng(bed.seed(name, 50, 60, 0, 0)))
    other, _ = problem.draw(50, 60, np.random.default_rng(bed.seed(name, 50, 60, 1, 0)))
    assert (x.rows, y.rows) == (50, 60)
    assert np.array_equal(x.numbers, again.numbers) and np.array_equal(x.codes, again.codes)
    assert not (np.array_equal(x.numbers, other.numbers) and np.array_equal(x.codes, other.codes))
    for column, size in enumerate(x.alphabet):
        both = np.concatenate([x.codes[:, column], y.codes[:, column]])
        assert sorted(set(both.tolist())) == list(range(size))


X, Y = np.array([0.0, 1.0, 3.0, 7.0]), np.array([0.5, 2.0, 9.0])
COUNTS = sample_of(np.empty((4, 0)), [0, 0, 1, 2]), sample_of(np.empty((5, 0)), [0, 1, 1, 2, 2])


def test_neighbour_peers_on_a_case_by_hand():
    # Within X the nearest are 1, 1, 2, 4 away; in Y 0.5, 0.5, 1, 2.
    fixed = np.mean(np.log(np.array([0.5, 0.5, 1, 2]) / [1, 1, 2, 4])) + math.log(3 / 3)
    assert_close(peers.kldest_nn(sample_of(X), sample_of(Y), None)["kldest nn k=1"], fixed)
    # Radii 1, 1, 2, 4: others of X within 1, 1, 1, 1; of Y within 1, 2, 1, 1... counted one by one.
    own = [sum(abs(X - a) <= r) - 1 for a, r in zip(X, [1, 1, 2, 4], strict=True)]
    other = [sum(abs(Y - a) <= r) for a, r in zip(X, [1, 1, 2, 4], strict=True)]
    harmonic = [0.0, 1.0, 1.5, 11 / 6]
    expected = np.mean([harmonic[a - 1] - harmonic[b - 1] for a, b in zip(own, other, strict=True)])
    assert_close(peers.kldest_brnn(sample_of(X), sample_of(Y), None)["kldest brnn"], expected)


def test_count_peers_on_a_case_by_hand():
    p, q = np.array([0.5, 0.25, 0.25]), np.array([0.2, 0.4, 0.4])
    assert_close(peers.discrete_plug_in(*COUNTS, None)["discrete plug-in"], p @ np.log(p / q))
    half_p, half_q = np.array([2.5, 1.5, 1.5]) / 5.5, np.array([1.5, 2.5, 2.5]) / 6.5
    assert_close(peers.add_half(*COUNTS, None)["add-half"], half_p @ np.log(half_p / half_q))
    assert_close(peers.augmented_plug_in(*COUNTS, None)["augmented plug-in"], p @ np.log(p / np.array([0.4, 0.6, 0.6])))


def _zhang_grabchak(counts_x, counts_y):
    """The sums of the paper, term by term."""
    n, m = sum(counts_x), sum(counts_y)
    total = 0.0
    for a, b in zip(counts_x, counts_y, strict=True):
        inner = sum(math.prod(1 - b / (m - j + 1) for j in range(1, v + 1)) / v for v in range(1, m - b + 1))
        inner -= sum(math.prod(1 - (a - 1) / (n - j) for j in range(1, v + 1)) / v for v in range(1, n - a + 1))
        total += a / n * inner
    return total


def test_zhang_grabchak_is_the_sum_of_the_paper():
    assert_close(peers.zhang_grabchak(*COUNTS, None)["Zhang-Grabchak"], _zhang_grabchak([2, 1, 1], [1, 2, 2]), 1e-12)


def test_fitted_peers_are_near_the_truth_where_they_should_be():
    problem = BY_NAME["n1_shift"]
    x, y = problem.draw(700, 700, np.random.default_rng(1))
    error = problem.efficient_error(700, 700)
    for name in ("gaussian", "mixtures", "logistic_linear", "logistic_quadratic", "boosting", "kldest_kde", "ulsif"):
        values = [v for key, v in peers.answer(name, x, y, np.random.default_rng(2)).items() if "DV" not in key]
        assert abs(values[0] - problem.truth) < 4 * error, name


def test_peers_keep_their_faults_and_say_what_they_cannot_do():
    tied = sample_of([0.0, 0.0, 1.0, 2.0]), sample_of([0.0, 1.0, 1.0, 3.0])
    assert not math.isfinite(peers.kldest_nn(*tied, None)["kldest nn k=1"])
    unseen = sample_of(np.empty((2, 0)), [0, 1]), sample_of(np.empty((2, 0)), [0, 0])
    assert peers.discrete_plug_in(*unseen, None)["discrete plug-in"] == math.inf
    with pytest.raises(peers.NotApplicable):
        peers.zhang_grabchak(sample_of(X), sample_of(Y), None)


def test_the_runner_scores_answers_against_the_truth():
    problem = BY_NAME["n1_shift"]
    truths = problem.truth
    found = [
        bed.Answer("one", problem.name, 100, 100, i, truths, truths + e, truths - 0.1, truths + h, truths + low, 1.0)
        for i, (e, h, low) in enumerate([(0.3, 0.1, -0.2), (-0.4, -0.05, 0.1)])
    ]
    found.append(bed.Answer("one", problem.name, 100, 100, 2, truths, None, None, None, None, 3.0, "failed"))
    found.append(bed.Answer("one", problem.name, 100, 100, 3, truths, math.inf, None, None, None, 1.0))
    s = bed.summary(problem, found)
    assert_close([s.bias, s.rmse, s.failed, s.given], [-0.05, math.sqrt(0.125), 0.5, 0.5], 1e-12)
    assert_close([s.coverage, s.lower, s.most_seconds], [0.5, 0.5, 3.0])
    assert_close(s.width, 0.125 / (2 * 1.959964 * problem.efficient_error(100, 100)), 1e-9)


def test_a_finite_answer_to_an_infinite_truth_is_a_failure():
    problem = BY_NAME["inf_support"]
    found = [
        bed.Answer("one", problem.name, 9, 9, i, math.inf, v, None, None, 1.0, 0.0)
        for i, v in [(0, 2.0), (1, math.inf)]
    ]
    s = bed.summary(problem, found)
    assert (s.failed, s.bias, s.rmse, s.lower) == (0.5, None, None, 1.0)


def test_other_divergences_are_held_against_their_own_truth():
    answer = bed.run("boosting()", BY_NAME["coin"], 100, 100, 0, "js")[0]
    assert (answer.of, answer.truth) == ("js", BY_NAME["coin"].known.js)
    assert answer.value is not None and 0 < answer.value < math.log(2)
    assert all(p.known.tv is not None for p in bed.chosen([], [], "all", "tv"))
    assert bed.run("npeet", BY_NAME["n1_shift"], 100, 100, 0, "js") == []


def test_a_run_is_repeatable_and_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(bed, "RESULTS", tmp_path)
    problems = [BY_NAME["cat10"]]
    first = [a for _, found in bed.answers("zhang_grabchak", problems, 80, 70, 2) for a in found]
    assert [a.repeat for a in sorted(first, key=lambda a: a.repeat)] == [0, 1]
    lines = bed.path_of("zhang_grabchak", 80, 70).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["method"] for line in lines] == ["Zhang-Grabchak"] * 2
    monkeypatch.setattr(bed, "run", None)  # nothing is left to run
    second = [a for _, found in bed.answers("zhang_grabchak", problems, 80, 70, 2) for a in found]
    assert sorted(second, key=lambda a: a.repeat) == sorted(first, key=lambda a: a.repeat)


def test_methods_of_kullback_are_evaluated_with_their_interval():
    answer = bed.run("nearest_neighbours(k=5)", BY_NAME["n1_shift"], 200, 200, 0)[0]
    assert answer.said == "" and answer.value is not None and answer.low is not None and answer.high is not None
    assert answer.low < answer.value < answer.high
    assert bed.run("nearest_neighbours(k=5)", BY_NAME["n1_shift"], 200, 200, 0)[0].value == answer.value
    with pytest.raises(AttributeError):
        bed.evaluate("no_such_estimator()")


def test_an_unknown_name_is_told(capsys):
    assert bed.main(["--method", "npeet", "--problem", "n1_shfit"]) == 2
    assert "n1_shfit" in capsys.readouterr().err
    assert bed.main(["--method", "no_such()", "--problem", "n1_shift"]) == 2
    assert "no_such" in capsys.readouterr().err


def test_the_table_names_the_best_peer_that_answers_everything():
    problems = [BY_NAME["cat10"], BY_NAME["coin"]]

    def row(method, problem, rmse, failed=0.0):
        return {"method": method, "problem": problem, "n": 1000, "rmse": rmse, "failed": failed}

    found = [
        *(row("steady", p.name, 0.03) for p in problems),
        row("fails", "cat10", 0.001),
        row("fails", "coin", 0.001, 0.5),
        row("partial", "coin", 0.001),
        *(row("(ours)", p.name, 0.001) for p in problems),
    ]
    rows = {(r["method"], r["problem"], r["n"]): r for r in found}
    assert tables.best_peer(rows, problems) == ("steady", 0.03)
    assert tables.group_mean(rows, "fails", problems, 1000) == (0.001, 1, 0)
    assert tables.group_mean(rows, "partial", problems, 1000) == (0.001, 0, 1)


def test_the_page_is_what_its_figures_say():
    figures = json.loads((tables.DOCS / "calibration.json").read_text(encoding="utf-8"))
    rows = {(row["method"], row["problem"], row["n"]): row for row in figures["answers"]}
    _, heading, section = (tables.DOCS / "calibration.md").read_text(encoding="utf-8").partition(tables.HEADING)
    assert heading + section == tables.section(rows)
    known = {p["name"]: p["kl"] for p in figures["problems"]}
    assert known.keys() == BY_NAME.keys()
    for name, value in known.items():
        assert_close(float(value), BY_NAME[name].truth, 1e-9, 1e-12)
