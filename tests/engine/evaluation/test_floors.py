from engine.evaluation.floors import CONSTANT, floors, naming, nearest

ROWS = [("The lungs are clear.", "Normal."), ("Heart normal. There is a left effusion.", "Left effusion.")]
TAUGHT = [
    ("Lungs clear.", "No acute disease."),
    ("A small left effusion is there.", "Small left effusion."),
    ("Right mass.", "Mass."),
]


def test_the_nearest_findings_lend_their_impression():
    assert nearest([findings for findings, _ in ROWS], TAUGHT) == [
        "No acute disease.",
        "Small left effusion.",
    ]


def test_only_sentences_that_say_something_is_there_are_kept():
    assert naming(ROWS[1][0]) == "There is a left effusion."
    assert naming("No effusion. The lungs are clear.") == ""


def test_every_floor_writes_one_text_a_row():
    free = floors(ROWS, TAUGHT)

    assert set(free) == {"constant", "copy", "naming_sentences", "nearest"}
    assert all(len(texts) == len(ROWS) for texts in free.values())
    assert free["constant"] == [CONSTANT] * 2
    assert free["naming_sentences"] == [CONSTANT, "There is a left effusion."]


def test_without_pairs_to_copy_there_is_no_neighbour():
    assert "nearest" not in floors(ROWS, [])
