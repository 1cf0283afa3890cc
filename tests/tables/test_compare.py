"""compare: what holds for every comparison, whatever the data and wherever they come from."""

import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kullback as kb
from kullback.comparison import Verdict
from kullback.report import terminal
from tests.close import assert_close

ROWS = 4_000


def make(seed, shift=0.0, rows=ROWS):
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "x": rng.normal(shift, 1.0, rows),
            "whole": rng.poisson(3.0 + 2.0 * shift, rows),
            "k": pa.array(rng.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2]).tolist()),
            "flag": rng.random(rows) < 0.3 + 0.2 * shift,
            "maybe": pa.array(np.where(rng.random(rows) < 0.1, np.nan, rng.random(rows)), from_pandas=True),
            "when": pa.array(rng.integers(0, 10**6, rows) * 10**6, pa.timestamp("us")),
            "day": rng.integers(1, 31, rows),
            "segment": pa.array(rng.choice(["u", "v"], rows).tolist()),
        }
    )


@pytest.fixture(scope="module")
def sides():
    return make(1), make(2, 0.5)


@pytest.fixture(scope="module")
def result(sides):
    return kb.compare(*sides)


def without_time(comparison):
    return {key: value for key, value in json.loads(comparison.to_json()).items() if key != "created"}


class TestAnswer:
    def test_every_column_has_an_answer(self, sides, result):
        assert {d.name for d in result} == set(sides[0].column_names)
        assert len(result) == 8
        for difference in result:
            for measure in difference.measures.values():
                assert measure.low <= measure.value <= measure.high
                assert measure.low >= 0.0
                assert measure.level == 0.95
            assert 0.0 <= difference.p_value <= difference.q_value <= 1.0
            assert difference.verdict is (
                Verdict.DRIFT
                if difference.estimate.low > 0.01
                else Verdict.STABLE
                if difference.estimate.high <= 0.01
                else Verdict.UNSURE
            )

    def test_drift_is_where_it_was_put(self, result):
        assert {d.name for d in result if d.verdict is Verdict.DRIFT} == {"x", "whole"}
        assert result.verdict is Verdict.DRIFT
        assert all(result[name].verdict is Verdict.STABLE for name in ("k", "maybe", "when", "day", "segment"))

    def test_largest_first(self, result):
        order = [(list(Verdict).index(d.verdict), -d.estimate.value) for d in result]
        assert order == sorted(order)
        assert result.worst(2) == result.ranked()[:2]

    def test_contributions_sum_to_the_plug_in(self, result):
        for difference in result:
            contributions = sum(cell.contribution for cell in difference.cells)
            assert_close(contributions, difference.estimate.diagnostics["plug-in"], 1e-9, 1e-15)

    def test_counts_of_the_cells_are_those_of_the_rows(self, result):
        for difference in result:
            assert sum(cell.reference for cell in difference.cells) == ROWS
            assert sum(cell.current for cell in difference.cells) == ROWS

    def test_cells_of_a_category_are_its_counts(self, sides, result):
        counted = {cell.label: (cell.reference, cell.current) for cell in result["k"].cells}
        expected = {label: tuple(side["k"].to_pylist().count(label) for side in sides) for label in ("a", "b", "c")}
        assert counted == expected
        p, q = (np.array([counted[label][i] for label in "abc"]) / ROWS for i in (0, 1))
        assert_close(result["k"].estimate.diagnostics["plug-in"], float(kb.js(p, q)), 1e-12)

    def test_facts_are_those_of_the_data(self, sides, result):
        facts = {fact.name: (fact.reference, fact.current) for fact in result["x"].facts}
        for i, side in enumerate(sides):
            x = side["x"].to_numpy()
            assert_close(facts["mean"][i], x.mean(), 1e-12)
            assert_close(facts["standard deviation"][i], x.std(), 1e-12)
            assert_close([facts["minimum"][i], facts["maximum"][i]], [x.min(), x.max()])
            assert_close(facts["median"][i], np.median(x), 0.0, 0.05)
        nulls = {fact.name: fact for fact in result["maybe"].facts}["null share"]
        assert_close(nulls.reference, sides[0]["maybe"].null_count / ROWS)

    def test_unknown_names_are_answered_with_the_known_ones(self, result):
        with pytest.raises(KeyError, match="no column 'nope'; there are day, flag, k"):
            result["nope"]

    def test_it_says_itself_in_text(self, result):
        assert str(result).startswith("▲ DRIFT  2 of 8 columns drift beyond the margin")
        assert "JS(P‖Q), margin 0.01 nats" in str(result)
        assert result.headline.startswith("DRIFT: 8 columns compared, 2 DRIFT")
        assert all(len(line) <= 60 for line in terminal.render(result, width=60).splitlines())

    def test_rows_and_frame(self, result):
        rows = result.rows()
        assert [row["name"] for row in rows] == [d.name for d in result]
        frame = result.to_frame()
        assert frame.loc[0, "js"] == result.worst(1)[0].estimate.value
        assert set(frame.verdict) <= {"DRIFT", "UNSURE", "STABLE"}

    def test_saved_and_loaded(self, result, tmp_path):
        kb.report(result, tmp_path / "r.json")
        assert kb.Comparison.load(tmp_path / "r.json") == result


class TestOptions:
    def test_the_same_seed_gives_the_same_bits(self):
        rows = 30_000  # more than are sampled for pairs
        before, after = make(1, rows=rows), make(2, 0.2, rows=rows)
        first, again = (without_time(kb.compare(before, after, rng=7)) for _ in range(2))
        assert first == again
        other = without_time(kb.compare(before, after, rng=8))
        assert other["differences"] == first["differences"]  # counted from all rows, whatever the seed
        assert other["joint"] != first["joint"]

    def test_nothing_global_is_touched(self, sides):
        np.random.seed(3)  # noqa: NPY002
        before = np.random.get_state()[1].copy()  # noqa: NPY002
        kb.compare(*sides)
        assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002

    def test_direction(self, sides):
        forward, backward = kb.compare(*sides), kb.compare(*reversed(sides))
        for name in ("k", "flag", "segment"):
            assert_close(forward[name].measures["kl"].value, backward[name].measures["kl_reverse"].value, 1e-9, 1e-15)
            assert_close(forward[name].estimate.value, backward[name].estimate.value, 1e-9, 1e-15)
        assert forward["x"].measures["kl"].name == "KL(P‖Q)"
        assert forward["x"].measures["kl_reverse"].name == "KL(Q‖P)"

    @pytest.mark.parametrize("of", ["js", "kl", "kl_reverse", "jeffreys", "psi", "hellinger", "tv", "chi2"])
    def test_every_measure_can_be_ranked(self, sides, of):
        result = kb.compare(*sides, of=of)
        name = {"psi": "jeffreys"}.get(of, of)
        assert result.of == name
        assert {d.of for d in result} == {name}
        assert result["x"].verdict is Verdict.DRIFT
        assert of not in ("tv", "hellinger") or result["x"].estimate.unit == ""

    @pytest.mark.parametrize("of", ["ks", "wasserstein"])
    def test_distances_between_values_can_be_ranked(self, sides, of):
        result = kb.compare(*sides, of=of, columns=["x", "whole", "maybe"], margin=0.1)
        assert result["x"].verdict is Verdict.DRIFT
        assert result["maybe"].verdict is Verdict.STABLE
        truth = {"ks": 0.1974, "wasserstein": 0.5}[of]  # of the two normals: 2Φ(¼) − 1, and the shift
        assert result["x"].estimate.low < truth < result["x"].estimate.high

    def test_a_higher_level_is_wider(self, sides):
        narrow, wide = kb.compare(*sides, level=0.8), kb.compare(*sides, level=0.99)
        for difference in narrow:
            other = wide[difference.name].estimate
            assert other.low <= difference.estimate.low
            assert other.high > difference.estimate.high
            assert other.value == difference.estimate.value

    def test_the_margin_decides(self, sides):
        value = kb.compare(*sides)["x"].estimate
        assert kb.compare(*sides, margin=value.low * 0.99)["x"].verdict is Verdict.DRIFT
        assert kb.compare(*sides, margin=value.value)["x"].verdict is Verdict.UNSURE
        assert kb.compare(*sides, margin=value.high * 1.01)["x"].verdict is Verdict.STABLE

    def test_rows_to_settle_do(self):
        """As many times the rows as it says leave the margin."""
        before, after = make(1, rows=500).select(["x"]), make(2, 0.33, rows=500).select(["x"])
        unsure = kb.compare(before, after)["x"]
        assert unsure.verdict is Verdict.UNSURE
        times = math.ceil(unsure.rows_to_settle * 1.05)
        assert 1 < times < 10_000
        more = kb.compare(pa.concat_tables([before] * times), pa.concat_tables([after] * times))["x"]
        assert more.verdict is not Verdict.UNSURE

    def test_columns_and_ignore(self, sides):
        assert {d.name for d in kb.compare(*sides, columns=["x", "k"])} == {"x", "k"}
        assert {d.name for d in kb.compare(*sides, columns=["x", "k"], ignore=["k"])} == {"x"}
        alone = kb.compare(*sides, columns=["x"])["x"]
        assert alone.measures == kb.compare(*sides)["x"].measures

    def test_segments(self, sides):
        result = kb.compare(*sides, by="segment")
        assert set(result.segments) == {"u", "v"}
        assert result.segmented_by == "segment"
        for value, segment in result.segments.items():
            assert segment.reference.rows == sides[0]["segment"].to_pylist().count(value)
            assert "segment" not in {d.name for d in segment}
            mask = np.array(sides[0]["segment"].to_pylist()) == value
            other = np.array(sides[1]["segment"].to_pylist()) == value
            direct = kb.compare(sides[0].filter(mask), sides[1].filter(other))
            assert segment["k"].measures == direct["k"].measures

    def test_a_segment_that_drifts_alone_is_found(self):
        """Opposite shifts in two segments cancel in the whole."""
        rng = np.random.default_rng(0)
        group = np.array(["u", "v"] * ROWS)
        swing = np.where(group == "u", 1.0, -1.0)
        before = pa.table({"x": swing + rng.normal(size=2 * ROWS), "g": group.tolist()})
        after = pa.table({"x": -swing + rng.normal(size=2 * ROWS), "g": group.tolist()})
        result = kb.compare(before, after, by="g", fail_on="js>0.05")
        assert result["x"].verdict is Verdict.STABLE
        assert {segment["x"].verdict for segment in result.segments.values()} == {Verdict.DRIFT}
        assert result.verdict is Verdict.DRIFT
        assert result.gates[0].passed
        assert not result.passed

    def test_blocks_of_copies_are_counted_as_blocks(self):
        """Every row 50 times in a block of its own: rows are 50 times too sure, blocks are not."""
        rng = np.random.default_rng(0)
        once = [rng.choice(["a", "b", "c"], 100) for _ in range(2)]
        tables = [
            pa.table({"k": np.repeat(side, 50).tolist(), "block": np.repeat(np.arange(100), 50)}) for side in once
        ]
        rows = kb.compare(*tables, columns=["k"])["k"]
        blocks = kb.compare(*tables, columns=["k"], blocks="block")["k"]
        plain = kb.compare(*(pa.table({"k": side.tolist()}) for side in once))["k"]
        assert_close(blocks.estimate.diagnostics["plug-in"], rows.estimate.diagnostics["plug-in"], 1e-12)
        assert blocks.estimate.high > 5.0 * rows.estimate.high or blocks.p_value > 100 * rows.p_value
        assert_close(blocks.estimate.high, plain.estimate.high, 0.35)
        assert 0.5 * plain.p_value < blocks.p_value < min(1.0, 2.0 * plain.p_value)

    def test_weights(self):
        """Weights of 1 change nothing; a weight of 3 counts thrice in the shares."""
        one = make(1).append_column("w", pa.array(np.ones(ROWS)))
        two = make(2, 0.5).append_column("w", pa.array(np.ones(ROWS)))
        plain, weighted = kb.compare(one.drop(["w"]), two.drop(["w"])), kb.compare(one, two, weights="w")
        for difference in plain:
            assert_close(weighted[difference.name].estimate.value, difference.estimate.value, 1e-6, 1e-12)
        before = pa.table({"k": ["a", "b"] * 50, "w": [3.0, 1.0] * 50})
        after = pa.table({"k": ["a", "b"] * 50, "w": [1.0, 1.0] * 50})
        found = kb.compare(before, after, weights="w")["k"].estimate.diagnostics["plug-in"]
        assert_close(found, float(kb.js([0.75, 0.25], [0.5, 0.5])), 1e-12)

    def test_dependent_neighbours_are_noted(self):
        walk = np.cumsum(np.random.default_rng(0).normal(size=ROWS))
        result = kb.compare(pa.table({"x": walk}), pa.table({"x": walk}))
        assert any("neighbouring rows look dependent in x" in note for note in result.notes)
        calm = kb.compare(make(1), make(2))
        assert not any("look dependent" in note for note in calm.notes)


class TestSources:
    """The same rows give the same numbers, wherever they are."""

    @pytest.fixture(scope="class")
    @classmethod
    def files(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("sources")
        for name, table in (("p", make(1)), ("q", make(2, 0.5))):
            pq.write_table(table, folder / f"{name}.parquet", row_group_size=777)
            with pa.ipc.new_file(folder / f"{name}.arrow", table.schema) as writer:
                writer.write_table(table)
        return folder

    @pytest.mark.parametrize(
        "open_one",
        [
            lambda folder, name: folder / f"{name}.parquet",
            lambda folder, name: str(folder / f"{name}.arrow"),
            lambda folder, name: pq.read_table(folder / f"{name}.parquet").to_pandas(),
            lambda folder, name: pl.read_parquet(folder / f"{name}.parquet"),
            lambda folder, name: pl.scan_parquet(folder / f"{name}.parquet"),
            lambda folder, name: pq.read_table(folder / f"{name}.parquet").to_reader(max_chunksize=501),
            lambda folder, name: f"SELECT * FROM '{folder}/{name}.parquet'",
            lambda folder, name: f"{folder}/{name}*.parquet",
        ],
        ids=["parquet", "arrow", "pandas", "polars", "polars lazy", "stream", "sql", "pattern"],
    )
    def test_give_the_same_numbers(self, files, result, open_one):
        found = kb.compare(open_one(files, "p"), open_one(files, "q"))
        assert {d.name for d in found} == {d.name for d in result}
        for difference in result:
            other = found[difference.name]
            assert other.measures["js"] == difference.measures["js"]
            assert other.p_value == difference.p_value
            assert other.cells == difference.cells
        assert found.joint.bound == result.joint.bound
        assert found.joint.pairs == result.joint.pairs

    def test_both_sides_may_come_from_elsewhere(self, files, result):
        mixed = kb.compare(files / "p.parquet", pl.scan_parquet(files / "q.parquet"))
        assert [d.measures["js"] for d in mixed] == [d.measures["js"] for d in result]

    def test_a_database_beside_a_file(self, files, result, tmp_path):
        import duckdb

        path = tmp_path / "live.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE TABLE live AS SELECT * FROM '{files}/q.parquet'")
        found = kb.compare(files / "p.parquet", "SELECT * FROM live", database=path)
        assert found["x"].measures["js"] == result["x"].measures["js"]

    def test_a_profile_in_memory_or_saved(self, files, result, tmp_path):
        profile = kb.profile(files / "p.parquet")
        saved = profile.save(tmp_path / "p.json")
        for reference in (profile, saved, str(saved)):
            found = kb.compare(reference, files / "q.parquet")
            for difference in result:
                assert found[difference.name].measures == difference.measures
            assert found.joint.bound == result.joint.bound
        # The edges of the cells are values, about 200 of the 4,000; no more of them are in it.
        text = saved.read_text()
        assert sum(str(value) in text for value in make(1)["x"].to_pylist()) < 400

    def test_what_a_profile_cannot_do_is_said(self, files):
        profile = kb.profile(files / "p.parquet")
        with pytest.raises(ValueError, match="a saved profile has no segments"):
            kb.compare(profile, files / "q.parquet", by="k")
        with pytest.raises(ValueError, match="the classifier learns from rows"):
            kb.compare(profile, files / "q.parquet", joint="classifier")
        with pytest.raises(ValueError, match="make it with the same --blocks"):
            kb.compare(profile, files / "q.parquet", blocks="day")
        with pytest.raises(ValueError, match="make it with the same --weights"):
            kb.compare(profile, files / "q.parquet", weights="whole")

    def test_the_data_are_not_changed(self):
        frame = make(1).to_pandas()
        copy = frame.copy(deep=True)
        kb.compare(frame, frame)
        pd.testing.assert_frame_equal(frame, copy)

    def test_progress_is_told(self, files):
        told = []
        kb.compare(files / "p.parquet", files / "q.parquet", progress=lambda *news: told.append(news))
        assert {column for _, column, *_ in told} == set(make(1).column_names)
        assert sum(rows for rows, *_ in told) == 2 * 8 * ROWS
