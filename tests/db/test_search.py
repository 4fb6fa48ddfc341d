import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column
from sqlalchemy.dialects import postgresql

from db.search import beginning, containing, storable


def pattern(condition) -> str:
    (value,) = condition.compile(dialect=postgresql.dialect()).params.values()
    return value


@pytest.mark.parametrize(
    ("typed", "kept"), [("50%", "50\\%"), ("a_b", "a\\_b"), ("a\\b", "a\\\\b"), ("plain", "plain")]
)
def test_signs_with_a_meaning_in_sql_are_letters(typed, kept):
    assert pattern(containing(column("name"), typed)) == f"%{kept}%"
    assert pattern(beginning(column("name"), typed)) == f"{kept}%"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_whatever_is_typed_can_be_kept(typed):
    assert "\0" not in storable(typed)
    storable(typed).encode("utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_ordinary_text_stays_as_it_is(typed):
    assert storable(typed) == typed
