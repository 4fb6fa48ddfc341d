"""A site's table is taken whole or refused in one sentence that names the row."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest

from triage.errors import BadLevels
from triage.finding import LABELS
from triage.levels import MAX_BYTES, SHIPPED, SHIPPED_FILE, levels_from, read_levels
from triage.study import Urgency

TEXT = SHIPPED_FILE.read_text("utf-8")


def refused(text):
    with pytest.raises(BadLevels) as wrong:
        levels_from(text.encode(), "site.toml")
    sentence = str(wrong.value)
    assert sentence.startswith("site.toml")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def without(code):
    return re.sub(rf'\[\[finding\]\]\ncode = "{code}"\n(.+\n)+', "", TEXT)


def test_the_shipped_table_is_such_a_file_and_says_its_version():
    assert read_levels(SHIPPED_FILE) == SHIPPED
    assert SHIPPED.version == f"shipped {sha256(TEXT.encode()).hexdigest()[:12]}"
    assert {rule.code for rule in SHIPPED.findings} == set(LABELS)
    assert all(
        rule.source for rule in (*SHIPPED.levels, *SHIPPED.findings, SHIPPED.pathology, *SHIPPED.notes)
    )


def test_a_changed_byte_is_another_version():
    assert levels_from((TEXT + "\n").encode(), "x").version != SHIPPED.version


def test_a_level_gives_way_longer_when_the_ai_called_it_negative_and_stat_never_does():
    for level in Urgency:
        plain, negative = (SHIPPED.gives_way(level, ai_negative=n) for n in (False, True))
        assert (plain < negative) == (level is not Urgency.STAT)
    assert SHIPPED.gives_way(Urgency.STAT, ai_negative=True) == timedelta()
    assert SHIPPED.gives_way(Urgency.ROUTINE, ai_negative=True) == timedelta(days=28)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('code = "edema"', 'code = "oedema"', "finding row 2 (oedema): code is one of"),
        ('code = "edema"', "code = 7", "finding row 2: code is missing or is no short text"),
        ('code = "edema"', 'code = "pneumothorax"', "edema has no [[finding]] row"),
        (
            "from_probability = 0.5",
            "from_probability = 0.1",
            "(pneumothorax): from_probability is a number from 0.2",
        ),
        ("from_probability = 0.5", "from_probability = true", "from_probability is a number"),
        ("from_probability = 0.5", "from_probability = nan", "from_probability is a number"),
        ("from_probability = 0.7", 'from_probability = "high"', "pathology: from_probability is a number"),
        ('level = "stat"', 'level = "emergency"', "level row 1: level is one of stat, asap, urgent, routine"),
        ('level = "stat"', 'level = "asap"', "need one [[level]] row each"),
        ("when_ai_negative_hours = 0 ", "when_ai_negative_hours = 1 ", "stat: it gives way to nobody"),
        ("when_ai_negative_hours = 36", "when_ai_negative_hours = 20", "would punish whoever refused the AI"),
        ("when_ai_negative_hours = 36", "when_ai_negative_hours = 168", "must be above all hours of asap"),
        ("gives_way_hours = 24", "gives_way_hours = -1", "level row 2: gives_way_hours is a number from 0"),
        ("gives_way_hours = 504", "gives_way_hours = 1e9", "gives_way_hours is a number from 0"),
        (
            "gives_way_hours = 24",
            'gives_way_hours = 24\ncolour = "red"',
            "level row 2: colour is not known here",
        ),
        ('words = ["button battery"]', "words = []", "note row 6: words is a list"),
        ('words = ["button battery"]', 'words = ["Button battery"]', "note row 6: words is a list"),
        ('words = ["button battery"]', 'words = ["*"]', "note row 6: words is a list"),
        ('words = ["button battery"]', 'words = ["a.b"]', "note row 6: words is a list"),
        ('words = ["button battery"]', "words = [1]", "note row 6: words is a list"),
        ('name = "shipped"', "", "the table: name is missing"),
        ('name = "shipped"', 'name = "a\\nb"', "the table: name is missing or is no short text"),
        ('name = "shipped"', 'name = "s"\nnews2 = 9', "the table: news2 is not known here"),
        ("[pathology]", "[else]", "else is not known here"),
        ("[[level]]", "[level", "is not TOML"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_in_one_sentence(was, becomes, says):
    assert was in TEXT
    assert says in refused(TEXT.replace(was, becomes, 1))


def test_a_table_that_is_no_table_is_refused():
    assert "written as [[level]]" in refused('name = "x"\nlevel = 3')
    assert "[pathology] is missing" in refused('name = "x"')
    with pytest.raises(BadLevels, match="is not TOML"):
        levels_from(b"\xff", "x")
    with pytest.raises(BadLevels, match="is larger than"):
        levels_from(b" " * (MAX_BYTES + 1), "x")


def test_every_finding_needs_a_row_so_that_silence_is_a_decision():
    assert "emphysema has no [[finding]] row" in refused(without("emphysema"))
    assert "more than 500 rows" in refused(
        TEXT + '\n[[note]]\nwords = ["xx"]\nlevel = "stat"\nsource = "s"\n' * 600
    )


def test_a_finding_may_have_steps_but_not_twice_the_same():
    step = '\n[[finding]]\ncode = "mass"\nfrom_probability = {}\nlevel = "asap"\nsource = "site"\n'
    assert "mass stands twice from 0.5 on" in refused(TEXT + step.format(0.5))
    stepped = levels_from((TEXT + step.format(0.9)).encode(), "x")
    assert [r.urgency for r in stepped.findings if r.code == "mass"] == [Urgency.URGENT, Urgency.ASAP]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(BadLevels, match=r"none\.toml cannot be read: No such file"):
        read_levels(tmp_path / "none.toml")
