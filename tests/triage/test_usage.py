from datetime import UTC, date, datetime
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from triage.usage import Day, Hour, Usage, words_changed

texts = st.lists(st.sampled_from("abc"), max_size=8)


def test_words_changed_by_hand():
    assert words_changed(["no", "pleural", "effusion"], ["a", "small", "pleural", "effusion"]) == 2
    assert words_changed([], ["new"]) == 1
    assert words_changed(["a", "b", "c"], ["a", "b", "c"]) == 0


@given(texts, texts, texts)
def test_words_changed_is_a_distance(a, b, c):
    assert words_changed(a, b) == words_changed(b, a)
    assert (words_changed(a, b) == 0) == (a == b)
    assert words_changed(a, c) <= words_changed(a, b) + words_changed(b, c)
    assert abs(len(a) - len(b)) <= words_changed(a, b) <= max(len(a), len(b))


@given(texts, texts)
def test_words_changed_is_what_the_plain_table_says(a, b):
    table = [[max(i, j) if not (i and j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i, word in enumerate(a, 1):
        for j, other in enumerate(b, 1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (word != other))
    assert words_changed(a, b) == table[-1][-1]


def test_the_longest_texts_are_compared_in_a_moment():
    """Everybody who writes waits for a signature; the plain table needs a minute for as much."""
    long = ["a", "b"] * 5000
    began = perf_counter()
    assert words_changed(long, ["c", *long[1:-1]]) == 2
    assert perf_counter() - began < 5


def test_days_are_counted_from_hours_and_quiet_ones_are_there():
    hours = (
        Hour(datetime(2026, 11, 18, 23, tzinfo=UTC), 2, 1, 0),
        Hour(datetime(2026, 11, 20, 0, tzinfo=UTC), 1, 0, 1),
        Hour(datetime(2026, 11, 20, 5, tzinfo=UTC), 1, 0, 0),
    )
    assert Usage(hours=hours).days == (
        Day(date(2026, 11, 18), 2, 1, 0),
        Day(date(2026, 11, 19), 0, 0, 0),
        Day(date(2026, 11, 20), 2, 0, 1),
    )
    assert Usage().days == ()
