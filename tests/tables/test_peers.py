"""What other tools get wrong on tables, as measured with their newest releases: each wrong number beside the truth."""

import math

import numpy as np
import pyarrow as pa
import pytest

import kullback as kb
from kullback.comparison import Verdict
from kullback.intervals.sampling import Independent
from kullback.special import chi_square_sf
from kullback.testing import g_test
from tests.close import assert_close

LN2 = math.log(2.0)


def table(**columns):
    return pa.table(columns)


def repeated(*runs):
    """A column given by its runs (value, count)."""
    return pa.chunked_array([pa.repeat(pa.scalar(value), count) for value, count in runs])


def categories(rows, kinds, seed):
    codes = np.random.default_rng(seed).integers(0, kinds, rows).astype(np.int32)
    names = pa.array([f"c{i:05d}" for i in range(kinds)])
    return table(c=pa.DictionaryArray.from_arrays(pa.array(codes), names))


def plug_in_js(reference, current):
    p, q = np.bincount(reference) / len(reference), np.bincount(current, minlength=reference.max() + 1) / len(current)
    return float(kb.js(p, q))


@pytest.fixture(scope="module")
def half_years(flights):
    return kb.compare(*flights)


class TestFlights:
    """166,158 flights against 170,618: the same columns, for which each tool has its own truth."""

    def test_identical_column_of_unequal_length_is_zero(self, half_years):
        """popmon: PSI 118.1, JSD 14.8, computed from raw counts instead of shares."""
        year = half_years["year"]
        n, m = half_years.reference.rows, half_years.current.rows
        assert_close((m - n) * math.log(m / n), 118.15, 1e-3)  # where popmon's number comes from
        for name in ("js", "kl", "kl_reverse", "jeffreys", "hellinger", "tv", "chi2"):
            assert year.measures[name].value == 0.0
        assert year.estimate.diagnostics["plug-in"] == 0.0
        assert year.p_value == 1.0
        assert year.verdict is Verdict.STABLE

    def test_disjoint_column_reaches_its_ceiling_in_a_named_unit(self, half_years):
        """evidently: 0.8326 (the root of nats), nannyml: 1.0 (the root of bits), popmon: 1.2e5, frouros: KL = inf."""
        month = half_years["month"]
        assert_close(month.estimate.value, LN2, 1e-8)
        assert month.estimate.name == "JS(P‖Q)"
        assert month.estimate.unit == "nats"
        assert f"{month.estimate}".startswith("JS(P‖Q) = 0.693 nats")
        bits = half_years.to("bits")["month"].estimate
        assert bits.unit == "bits"
        assert_close(bits.value, 1.0, 1e-8)
        assert f"{bits}".startswith("JS(P‖Q) = 1 bits")

    def test_drift_of_a_column_with_4043_values_is_found(self, half_years):
        """whylogs: p = 1.0, χ² = 0, "NO_DRIFT"; deepchecks: 0; popmon drops the column."""
        tailnum = half_years["tailnum"]
        assert tailnum.verdict is Verdict.DRIFT
        assert tailnum.p_value < 1e-100
        # The plug-in of all 4,043 cells is .0329; the bias of about .006 is not in our value.
        assert 0.024 < tailnum.estimate.low < tailnum.estimate.high < 0.0329

    def test_datetimes_are_compared(self, half_years):
        """evidently leaves time_hour out of its report without a word, whylogs gives None, nannyml has no method."""
        time = half_years["time_hour"]
        assert time.kind == "datetime"
        assert time.verdict is Verdict.DRIFT
        assert_close(time.estimate.value, LN2, 1e-7)
        moved = time.measures["wasserstein"]
        assert moved.low < 181.2 < moved.high  # days: half a year
        assert_close(moved.value, 181.2, 0.01)
        assert moved.low > 80.0

    def test_small_differences_have_the_size_they_have(self, half_years):
        """air_time: popmon PSI 3416, JSD 412 (above ln 2); carrier: popmon 451, alibi p = 9e-26: "drift"."""
        assert_close(half_years["carrier"].estimate.diagnostics["plug-in"], 2.39e-4, 0.01)
        assert_close(half_years["air_time"].estimate.diagnostics["plug-in"], 0.00197, 0.05)
        for name in ("carrier", "air_time"):
            assert half_years[name].verdict is Verdict.STABLE
            assert half_years[name].p_value < 1e-6  # real, and too small to matter
            for measure in half_years[name].measures.values():
                assert measure.low <= measure.value <= measure.high
        assert all(0.0 <= difference.measures["js"].high <= LN2 for difference in half_years)


def test_a_small_shift_of_a_boolean_is_seen():
    """popmon reads 0 for .30 → .31 at 5 million rows."""
    shifted = kb.compare(
        table(b=repeated((True, 1_500_000), (False, 3_500_000))),
        table(b=repeated((True, 1_550_000), (False, 3_450_000))),
    )["b"]
    truth = float(kb.js([0.30, 0.70], [0.31, 0.69]))
    assert shifted.estimate.low < truth < shifted.estimate.high
    assert_close(shifted.estimate.value, truth, 2e-3)
    assert shifted.estimate.low > 0.0
    assert_close(shifted.measures["tv"].value, 0.01, 1e-2)
    assert shifted.p_value < 1e-100


@pytest.mark.parametrize(("kinds", "false_alarms_of_evidently"), [(5, 0.33), (10, 0.46), (50, 0.98)])
def test_false_alarms_of_the_test_are_at_their_level(kinds, false_alarms_of_evidently):
    """evidently and whylogs take the reference as exact (one-sample χ²): 33, 46 and 98 % false alarms at 5 %."""
    rng = np.random.default_rng(kinds)
    repeats = 4_000
    p, q = rng.multinomial(900, np.full(kinds, 1.0 / kinds), size=(2, repeats))
    ours = np.mean([g_test(Independent(a), Independent(b)).p_value < 0.05 for a, b in zip(p, q, strict=True)])
    assert 0.04 < ours < 0.06
    one_sample = ((q - p) ** 2 / p).sum(axis=1)
    theirs = np.mean([chi_square_sf(float(statistic), kinds - 1.0) < 0.05 for statistic in one_sample])
    assert abs(theirs - false_alarms_of_evidently) < 0.06


def test_one_row_of_a_new_category_is_no_proof():
    """evidently and whylogs: p = 0, "drift", because the expected count of the new category is 0."""
    before = {"a": 300, "b": 300, "c": 200, "d": 100}
    result = kb.compare(table(c=repeated(*before.items())), table(c=repeated(*{**before, "a": 299, "new": 1}.items())))
    difference = result["c"]
    assert difference.p_value > 0.5
    assert difference.verdict is not Verdict.DRIFT
    assert difference.appeared == (("new", 1.0),)
    new = difference.measures["new_mass"]
    assert_close(new.value, 1 / 900)
    assert new.low < 1e-4
    assert new.high < 0.01


class TestOutlier:
    """N(0, 1) against N(1, 1), 100,000 rows each: one value of 1e6 must change nothing.

    With it evidently's PSI falls from .981 to .028 and its JS from .330 to .0019, its normed Wasserstein from 1.00 to
    .0035; nannyml's JS from .398 to .002 and its KS from .382 to .00001; frouros's PSI from .926 to .007.
    """

    @pytest.fixture
    def sides(self):
        rng = np.random.default_rng(1)
        return rng.normal(0.0, 1.0, 100_000), rng.normal(1.0, 1.0, 100_000)

    @staticmethod
    def with_outlier(values):
        return np.concatenate([[1e6], values[1:]])

    @pytest.mark.parametrize("where", ["reference", "current", "both"])
    def test_hides_nothing(self, sides, where):
        plain = kb.compare(table(x=sides[0]), table(x=sides[1]))["x"]
        x = self.with_outlier(sides[0]) if where != "current" else sides[0]
        y = self.with_outlier(sides[1]) if where != "reference" else sides[1]
        found = kb.compare(table(x=x), table(x=y))["x"]
        for measure in ("js", "hellinger", "tv"):
            assert_close(found.measures[measure].value, plain.measures[measure].value, 0.01)
        assert_close(found.measures["ks"].value, plain.measures["ks"].value, 0.01)
        assert_close(found.measures["ks"].value, 0.3829, 0.02)  # 2Φ(½) − 1
        assert_close(found.estimate.value, 0.1115, 0.02)  # JS of the two normals by quadrature, less what cells hide
        assert found.verdict is Verdict.DRIFT


class TestUndrifted:
    """Columns of one and the same distribution. whylogs calls 6 of 9 numeric ones DRIFT at 500,000 rows, all 9 and both
    categorical ones at 5 million, with p down to 1e-19: the error of its sketch is not in its p-value."""

    @staticmethod
    def nine(seed, rows):
        rng = np.random.default_rng(seed)
        return table(
            normal=rng.normal(size=rows),
            exponential=rng.exponential(size=rows),
            third_zeros=np.where(rng.random(rows) < 0.3, 0.0, rng.gamma(2.0, size=rows)),
            whole=rng.integers(0, 1000, rows),
            poisson=rng.poisson(3.0, rows),
            single=rng.standard_cauchy(rows).astype(np.float32),
            lognormal=rng.lognormal(size=rows),
            rounded=rng.normal(100.0, 15.0, rows).round(1),
            uniform=rng.random(rows),
        )

    def test_nine_numeric_columns_of_a_million_rows_are_stable(self):
        result = kb.compare(self.nine(1, 1_000_000), self.nine(2, 1_000_000), joint="none")
        assert [difference.verdict for difference in result] == [Verdict.STABLE] * 9
        assert min(difference.q_value for difference in result) > 0.05
        assert max(difference.estimate.high for difference in result) < 1e-4

    def test_five_million_rows_are_stable(self):
        rng = np.random.default_rng(3)
        result = kb.compare(table(x=rng.normal(size=5_000_000)), table(x=rng.normal(size=5_000_000)))["x"]
        assert result.verdict is Verdict.STABLE
        assert result.p_value > 1e-3
        assert result.estimate.high < 1e-5

    def test_ten_thousand_categories_are_stable(self):
        """The plug-in JS is .0055 here, all of it bias."""
        before, after = categories(500_000, 10_000, 1), categories(500_000, 10_000, 2)
        found = kb.compare(before, after)["c"]
        plain = plug_in_js(
            before["c"].combine_chunks().indices.to_numpy(), after["c"].combine_chunks().indices.to_numpy()
        )
        assert_close(plain, 0.005, 0.05)
        assert found.verdict is Verdict.STABLE
        assert found.estimate.value < 1e-4
        assert found.p_value > 0.01

    @pytest.mark.parametrize(("kinds", "psi_of_evidently"), [(1_000, 0.21), (5_000, 4.6)])
    def test_many_categories_and_few_rows_are_no_alarm(self, kinds, psi_of_evidently):
        """evidently: PSI .21 and 4.6, KL .10 and 2.4 at 1,000 and 5,000 categories of 10,000 rows: always "drift"."""
        drifts, p_values = [], []
        for seed in range(10):
            found = kb.compare(categories(10_000, kinds, 2 * seed), categories(10_000, kinds, 2 * seed + 1))["c"]
            drifts.append(found.verdict is Verdict.DRIFT)
            p_values.append(found.p_value)
            assert found.estimate.value < 0.005
            psi = found.measures["jeffreys"]
            assert psi.low < 0.01
            assert psi.value < 0.2 * psi_of_evidently or "infinite" in psi.notes[0]  # a cell may be empty on one side
        assert not any(drifts)
        assert np.mean(np.array(p_values) < 0.05) <= 0.3
        assert max(p_values) > 0.2

    def test_noise_of_300_rows_is_no_drift(self):
        """nannyml: JS .105 at n = 300 without any drift, above its documented threshold of .1."""
        drifts = []
        for seed in range(10):
            result = kb.compare(self.nine(seed, 300), self.nine(seed + 100, 300), joint="none")
            drifts += [difference.verdict for difference in result]
        assert drifts.count(Verdict.DRIFT) == 0
        assert drifts.count(Verdict.UNSURE) > 0  # 300 rows do not always settle a margin of .01

    def test_the_level_of_the_test_holds_over_many_columns(self):
        rng = np.random.default_rng(11)
        before = table(**{f"x{i}": rng.normal(size=2_000) for i in range(200)})
        after = table(**{f"x{i}": rng.normal(size=2_000) for i in range(200)})
        p_values = np.array([difference.p_value for difference in kb.compare(before, after, joint="none")])
        assert 0.01 < np.mean(p_values < 0.05) < 0.10
        assert 0.4 < np.mean(p_values < 0.5) < 0.6


def test_half_of_500_categories_vanished_is_found():
    """deepchecks: 0, because each holds less than 1 % and all become "Other"."""
    found = kb.compare(categories(100_000, 500, 1), categories(100_000, 250, 2))["c"]
    truth = float(kb.js(np.full(500, 1 / 500), np.where(np.arange(500) < 250, 1 / 250, 0.0)))
    assert found.verdict is Verdict.DRIFT
    assert found.estimate.low < truth < found.estimate.high
    assert_close(found.measures["vanished_mass"].value, 0.5, 0.02)
    assert len(found.vanished) == 10
    assert found.appeared == ()


def test_drift_of_the_dependence_alone_is_found():
    """Correlation +.8 → −.8, same marginals: invisible to every tool that looks at columns; evidently: 0 of 10."""

    def correlated(rho, seed, rows=20_000):
        rng = np.random.default_rng(seed)
        a, noise = rng.normal(size=(2, rows))
        others = {f"other{i}": rng.normal(size=rows) for i in range(8)}
        return table(a=a, b=rho * a + math.sqrt(1 - rho * rho) * noise, **others)

    result = kb.compare(correlated(0.8, 1), correlated(-0.8, 2))
    assert len(result) == 10
    assert {difference.verdict for difference in result} == {Verdict.STABLE}
    assert result.joint.source == "pair a × b"
    # The JS of the two normals is .313 nats; no cells can show more.
    assert 0.25 < result.joint.bound.low < 0.313
    assert [(pair.first, pair.second) for pair in result.joint.pairs] == [("a", "b")]
    assert result.joint.pairs[0].interaction > 0.25
    undrifted = kb.compare(correlated(0.8, 1), correlated(0.8, 3))
    assert undrifted.joint.bound.low < 0.001
    assert undrifted.joint.pairs == ()


def test_unequal_sample_sizes_do_not_lower_the_ceiling():
    """Weighted by the sample sizes, the JS of 10⁶ reference rows and 10³ live rows can never exceed .008 nats."""
    n, m = 1_000_000, 1_000
    share = n / (n + m)
    ceiling = -share * math.log(share) - (1 - share) * math.log1p(-share)
    assert_close(ceiling, 0.0079, 0.01)
    found = kb.compare(table(c=repeated(("before", n))), table(c=repeated(("after", m))))["c"]
    assert_close(found.estimate.value, LN2, 1e-9)
    assert found.estimate.low > 0.68 > 80 * ceiling


@pytest.mark.parametrize("rows", [10_000, 1_000_000])
def test_a_new_value_in_few_live_rows_does_not_vanish_in_a_long_reference(rows):
    """Merging cells by what is expected of them in the reference would leave JS = .0003 and call this stable."""
    reference = table(c=repeated(("US", rows * 6 // 10), ("UK", rows * 4 // 10)))
    found = kb.compare(reference, table(c=repeated(("US", 540), ("UK", 360), ("CA", 100))))["c"]
    truth = float(kb.js([0.6, 0.4, 0.0], [0.54, 0.36, 0.1]))
    assert found.estimate.low < truth < found.estimate.high
    assert found.verdict is Verdict.DRIFT
    assert found.appeared == (("CA", 100.0),)


def test_large_samples_of_a_real_but_small_difference_are_no_drift():
    """KS and χ² tests alarm at any difference once there are enough rows; significance and size are two things."""
    rng = np.random.default_rng(4)
    found = kb.compare(table(x=rng.normal(size=1_000_000)), table(x=rng.normal(0.01, 1.0, size=1_000_000)))["x"]
    assert found.p_value < 1e-4
    assert found.verdict is Verdict.STABLE


def test_the_ends_of_bins_are_no_argument_about_epsilons():
    """frouros: PSI 135 in its own documentation, KL = inf or an epsilon of 1e-4 elsewhere: JS needs neither."""
    found = kb.compare(table(c=repeated(("a", 500), ("b", 500))), table(c=repeated(("a", 1_000))))["c"]
    assert found.measures["kl"].value == math.inf
    assert "infinite" in found.measures["kl"].notes[0]
    assert 0.0 < found.measures["kl"].low < math.inf
    assert_close(found.estimate.diagnostics["plug-in"], float(kb.js([0.5, 0.5], [1.0, 0.0])))


def test_a_precomputed_reference_is_as_good_as_its_rows(flights, tmp_path):
    """Asked of evidently (#506) and served nowhere."""
    saved = kb.profile(flights[0], columns=["carrier", "air_time"]).save(tmp_path / "reference.json")
    assert saved.stat().st_size < 100_000
    direct = kb.compare(*flights, columns=["carrier", "air_time"])
    again = kb.compare(saved, flights[1])
    for difference in direct:
        assert again[difference.name].measures == difference.measures
        assert again[difference.name].p_value == difference.p_value
