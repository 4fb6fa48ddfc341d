"""A command speaks with two voices that never mix."""

import json

from dashboard.console import Console


def test_progress_goes_to_stderr_and_the_answer_to_stdout(capsys):
    Console().progress("working")
    Console().answer({"done": 1}, "one done")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("one done\n", "working\n")


def test_with_json_the_answer_is_one_line_of_json(capsys):
    Console(as_json=True).answer([{"name": "Зоренко", "n": 1}], "text")
    assert json.loads(capsys.readouterr().out) == [{"name": "Зоренко", "n": 1}]


def test_a_failure_is_a_sentence_and_with_json_an_answer_too(capsys):
    Console().fail("It broke.")
    assert capsys.readouterr() == ("", "It broke.\n")
    Console(as_json=True).fail("It broke.")
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": "It broke."}
    assert said.err == "It broke.\n"
