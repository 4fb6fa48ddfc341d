import pytest

from tests.builders import NOW
from triage.critical import Category, Mark
from triage.half_written import HalfWritten
from triage.reading import Style


@pytest.mark.parametrize(
    ("said", "begun"),
    [
        ({}, False),
        ({"text": "  \n"}, False),
        ({"text": "A word."}, True),
        ({"set_aside": "Mine."}, True),
        ({"style": Style.BRIEF}, True),
        ({"reason": "Wrong side."}, True),
        ({"mark": Mark("Pneumothorax")}, True),
        ({"mark": Mark(category=Category.DAYS)}, True),
        ({"mark": Mark(found_at=NOW)}, False),
    ],
)
def test_only_what_could_be_lost_counts_as_begun(said, begun):
    assert HalfWritten("1.2", "ada", **said).begun is begun
