"""A saved profile stands for its data: the same comparison, no raw rows, and clear words for what it cannot do."""

import dataclasses
import json
import random

import numpy as np
import pyarrow as pa
import pytest

import kullback as kb
from kullback.tables import Profile
from tests.close import assert_close


@pytest.fixture(scope="module")
def saved(flights, tmp_path_factory):
    return kb.tables.profile(flights[0]).save(tmp_path_factory.mktemp("profiles") / "first.json")


def undated(comparison):
    return dataclasses.replace(comparison, created="")


def small(rows=3_000, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return pa.table({
        "x": rng.normal(shift, 1, rows), "n": rng.integers(0, 5, rows), "s": rng.choice(["a", "b", "c"], rows),
        "w": rng.choice([0.5, 1.0, 2.0], rows), "day": rng.integers(0, 30, rows),
        "list": pa.array([[1]] * rows),
    })  # fmt: skip


@pytest.mark.parametrize("of", ["js", "kl"])
def test_comparing_with_a_profile_is_comparing_with_its_data(flights, saved, of):
    from_profile, from_data = kb.compare(saved, flights[1], of=of), kb.compare(*flights, of=of)
    assert undated(from_profile) == undated(from_data)
    assert undated(from_profile).to_json() == undated(from_data).to_json()


@pytest.mark.parametrize(
    "design", [{}, {"blocks": "day"}, {"weights": "w"}, {"blocks": "day,s", "weights": "w"}, {"columns": ["x", "s"]}]
)
def test_so_it_is_in_blocks_and_with_weights(tmp_path, design):
    before, after = small(), small(2_000, 0.3, 1)
    made = kb.tables.profile(before, **design)
    path = made.save(tmp_path / "p.json")
    direct = undated(kb.compare(before, after, **design))
    for reference in (made, path, str(path), Profile.from_json(made.to_json())):
        assert undated(kb.compare(reference, after, **design)) == direct
    if "columns" not in design:  # the profile knows how it was counted
        assert undated(kb.compare(path, after)) == direct


def test_some_columns_of_a_profile_are_compared_as_if_they_were_all(flights, saved):
    chosen = ["carrier", "air_time"]
    from_profile = kb.compare(saved, flights[1], columns=chosen, joint="none")
    from_data = kb.compare(*flights, columns=chosen, joint="none")
    assert undated(from_profile) == undated(from_data)


def test_saving_is_exact(saved):
    text = saved.read_text(encoding="utf-8")
    profile = Profile.from_json(text)
    assert profile.to_json() == text
    again = Profile.from_json(profile.to_json())
    assert again.plan == profile.plan
    assert again.columns == profile.columns
    assert again.summary.rows == profile.rows == 166_158


def test_a_profile_is_small(saved, flights):
    size = saved.stat().st_size
    assert size < 300_000, f"{size} bytes"
    assert size < flights[0].stat().st_size / 5


def test_a_profile_holds_no_raw_rows(tmp_path):
    rng = np.random.default_rng(0)
    rows = 20_000
    secret = "my-secret-passphrase-71"
    text = [f"user {rng.integers(0, 1 << 60):x}" for _ in range(rows)]
    text[777] = secret
    numbers = rng.normal(size=rows)
    numbers[4_321] = 0.123454321678
    whole = rng.integers(0, 1 << 60, rows)
    whole[99] = 567_891_234_567_891_234
    dense = np.argsort(numbers)
    assert 100 < np.flatnonzero(dense == 4_321)[0] < rows - 100
    table = pa.table({"text": text, "x": numbers, "n": whole, "s": rng.choice(["red", "blue"], rows)})
    json_text = kb.tables.profile(table).to_json()
    assert secret not in json_text
    assert "my-secret" not in json_text
    assert "user " not in json_text
    assert "123454321678" not in json_text
    assert "567891234567891" not in json_text
    assert '"red"' in json_text  # categories are kept by name: that is what is compared
    kept = sum(repr(value) in json_text for value in numbers.tolist())
    assert kept <= 210  # the edges, which are quantiles
    comparison = kb.compare(table, table).to_json()
    assert secret not in comparison


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"by": "s"}, "segments"),
        ({"joint": "classifier"}, "classifier"),
        ({"blocks": "day"}, "blocks"),
        ({"weights": "w"}, "weights"),
        ({"columns": ["nothing"]}, "no column 'nothing'"),
    ],
)
def test_what_a_profile_cannot_do_is_refused(arguments, words):
    made = kb.tables.profile(small())
    with pytest.raises(ValueError, match=words):
        kb.compare(made, small(seed=1), **arguments)


def test_other_blocks_than_those_of_the_profile_are_refused():
    made = kb.tables.profile(small(), blocks="day")
    with pytest.raises(ValueError, match="blocks"):
        kb.compare(made, small(), blocks="s")
    with pytest.raises(ValueError, match="no column 'day'"):
        kb.compare(made, small().drop_columns("day"))


def test_a_truncated_profile_is_refused(tmp_path):
    text = kb.tables.profile(small()).to_json()
    path = tmp_path / "p.json"
    for end in (100, len(text) // 2, len(text) - 1):
        path.write_text(text[:end], encoding="utf-8")
        with pytest.raises(ValueError, match=r"p\.json is not a readable profile"):
            kb.compare(path, small())
        with pytest.raises(ValueError, match="not JSON"):
            Profile.from_json(text[:end])


def test_a_profile_of_another_format_is_refused(tmp_path):
    text = kb.tables.profile(small()).to_json()
    path = tmp_path / "p.json"
    path.write_text(text.replace("kullback.profile/1", "kullback.profile/2"), encoding="utf-8")
    with pytest.raises(ValueError, match="profile/1"):
        kb.compare(path, small())
    path.write_text(text.replace('"rows"', '"future_field":1,"rows"', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="newer kullback"):
        kb.compare(path, small())
    for wrong in ("[]", "3", '"kullback.profile/1"', "{}", '{"format":"kullback.profile/1"}'):
        with pytest.raises(ValueError, match=r"profile|Saved"):
            Profile.from_json(wrong)


def paths_of(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths_of(item, (*path, key))


def changed(content, path, new):
    """A copy of ``content`` in which the value at ``path`` is ``new``, or missing if that is ``...``."""
    if not path:
        return new
    copy = content.copy()
    if new is ... and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def test_a_damaged_profile_is_refused_or_read_never_crashes():
    """Every kind of value is dropped or replaced in turn: a clear ``ValueError``, or a profile that works."""
    table = small(400).select(["x", "s", "day"])
    content = json.loads(kb.tables.profile(table, blocks="day").to_json())
    places = [path for path in paths_of(content) if path]
    rng = random.Random(0)
    forms = {}
    for place in places:  # one place of every form, and some more
        form = tuple(0 if isinstance(part, int) or part.isdigit() else part for part in place)
        forms.setdefault(form, place)
    refused = 0
    chosen = [*forms.values(), *rng.sample(places, 20)]
    for place in chosen:
        for new in rng.sample([..., None, "?", -1, [], {}, 1e30, "nan", "inf"], 3):
            damaged = changed(content, place, new)
            try:
                kb.compare(Profile.from_json(json.dumps(damaged)), table)
            except ValueError as error:
                assert str(error)
                refused += 1
    assert refused > len(forms)


def test_rows_that_are_the_same_have_the_same_profile():
    assert kb.tables.profile(small()).to_json() == kb.tables.profile(small()).to_json()
    assert kb.tables.profile(small(), rng=1).rows == 3_000


def test_skipped_columns_are_remembered():
    made = Profile.from_json(kb.tables.profile(small()).to_json())
    assert made.columns["list"].kind == "skipped"
    assert "list" in kb.compare(made, small()).schema.skipped


def test_a_profile_of_no_rows_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        kb.tables.profile(small().slice(0, 0))
    with pytest.raises(ValueError, match="no column 'nothing'"):
        kb.tables.profile(small(), columns=["nothing"])
    with pytest.raises(ValueError, match="no rows"):
        kb.compare(small(), small().slice(0, 0))


def test_moments_survive(flights, saved):
    found = Profile.from_json(saved.read_text(encoding="utf-8")).summary.columns["air_time"].moments
    fresh = kb.tables.profile(flights[0], columns=["air_time"]).summary.columns["air_time"].moments
    assert found == fresh
    assert_close(found.mean, fresh.mean, 0.0)
