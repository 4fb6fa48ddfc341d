from datetime import timedelta

import pytest

from triage.call_list import LIMITS, PEOPLE, BadCallList, CallList, OnCall, parse
from triage.critical import Category, Limit

SITE = """
version = "2026-11, Ward 7"
[minutes]
within_minutes = 30
step_minutes = 10
[[people]]
name = "Ward 7"
address = "ward7@hospital.example"
[[people]]
name = "Senior doctor"
"""


def test_a_site_sets_its_list_and_its_limits():
    read = parse(SITE)
    assert read.version == "2026-11, Ward 7"
    assert read.limits[Category.MINUTES] == Limit(timedelta(minutes=30), timedelta(minutes=10))
    assert read.limits[Category.HOURS] == LIMITS[Category.HOURS]
    assert read.names == ("Ward 7", "Senior doctor")
    assert (read.address("Ward 7"), read.address("Senior doctor"), read.address("Nobody")) == (
        "ward7@hospital.example",
        "",
        "",
    )


def test_what_is_shipped_is_a_whole_list():
    assert CallList().people == PEOPLE
    assert set(CallList().limits) == set(Category)
    assert LIMITS[Category.MINUTES].within == timedelta(hours=1)
    assert timedelta(hours=6) <= LIMITS[Category.HOURS].within <= timedelta(hours=12)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = ", "no TOML"),
        ("peple = 1", "peple"),
        ("people = 1", r"\[\[people\]\]"),
        ("", "at least one person"),
        ('[[people]]\naddress = "a@b"', "has a name"),
        ('[[people]]\nname = "A"\nphone = "1"', "nothing else"),
        ('[[people]]\nname = " "', "a name"),
        ("[[people]]\nname = 7", "one line of text"),
        ('[[people]]\nname = "A\\nB"', "one line of text"),
        ('[[people]]\nname = "A"\n[[people]]\nname = "A"', "twice"),
        ('[[people]]\nname = "A"\naddress = "nobody"', "mail address"),
        ('[[people]]\nname = "A"\naddress = "a@b, c@d"', "mail address"),
        ('[minutes]\nwithin_minutes = 5\n[[people]]\nname = "A"', "step_minutes"),
        ('[minutes]\nwithin_minutes = 5\nstep_minutes = 0\n[[people]]\nname = "A"', "whole minutes"),
        ('[minutes]\nwithin_minutes = true\nstep_minutes = 1\n[[people]]\nname = "A"', "whole minutes"),
        ('[minutes]\nwithin_minutes = 5\nstep_minutes = 6\n[[people]]\nname = "A"', "longer than"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_the_reason(text, says):
    with pytest.raises(BadCallList, match=says):
        parse(text)


def test_a_list_made_in_code_keeps_the_same_rules():
    with pytest.raises(BadCallList, match="limits"):
        CallList("v", (OnCall("A"),), {})
