import pytest

from triage.errors import BadSetting
from triage.waiting.classes import read_classes
from triage.waiting.setting import Disease, Group

GOOD = """
[[group]]
name = "head CT"
share = 0.4
read_minutes = 8

  [[group.disease]]
  name = "bleed"
  prevalence = 0.1
  read_minutes = 12.5
  severity = 1
  sensitivity = 0.95
  specificity = 0.9

[[group]]
name = "chest film"
share = 0.6
read_minutes = 5

  [[group.disease]]
  name = "mass"
  prevalence = 0.05
  read_minutes = 6
"""


def test_groups_with_and_without_a_device():
    head, chest = read_classes(GOOD)
    assert head == Group("head CT", 0.4, 8.0, (Disease("bleed", 0.1, 12.5, 1, 0.95, 0.9),))
    assert chest.diseases == (Disease("mass", 0.05, 6.0),)
    assert not chest.diseases[0].has_ai


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = [", "The classes are no TOML"),
        ("", "name no group"),
        ("groups = 1", "no key groups"),
        ("group = 3", "Write each group as a table"),
        (GOOD.replace("share = 0.4", "shares = 0.4"), "The group head CT has an unknown key shares"),
        (GOOD.replace("share = 0.4", ""), "The group head CT lacks share"),
        (
            GOOD.replace("prevalence = 0.1", 'prevalence = "0.1"'),
            "The disease bleed: prevalence must be a number",
        ),
        (GOOD.replace("severity = 1", "severity = 1.5"), "severity must be a whole number"),
        (GOOD.replace("severity = 1", "severity = true"), "severity must be a whole number"),
    ],
)
def test_a_bad_file_is_refused_with_the_place_of_the_mistake(text, says):
    with pytest.raises(BadSetting, match=says):
        read_classes(text)
