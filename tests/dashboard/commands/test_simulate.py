"""The contract of the command: numbers out, one sentence when they cannot be."""

import json

import pytest

from dashboard.cli import DONE, FAILED, main

MANUAL = "--traffic 0.8 --readers 2 --interrupting 0.1 --interrupt-minutes 5 --prevalence 0.1 --sensitivity 0.9 --specificity 0.9 --read-minutes 10"
SMALL = "--studies 500 --trials 4 --seed 2"
CLASSES = """
[[group]]
name = "head CT"
share = 0.4
read_minutes = 8
disease = [
  {name = "bleed", prevalence = 0.1, read_minutes = 12, severity = 1, sensitivity = 0.95, specificity = 0.9},
]

[[group]]
name = "chest film"
share = 0.6
read_minutes = 5
disease = [
  {name = "mass", prevalence = 0.05, read_minutes = 6, severity = 3},
  {name = "air", prevalence = 0.05, read_minutes = 6, severity = 2, sensitivity = 0.8, specificity = 0.95},
]
"""


def answered(capsys, arguments):
    code = main(["simulate", *arguments.split()])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_answer_in_json_has_every_wait_both_ways(capsys):
    code, out, err = answered(capsys, f"{MANUAL} {SMALL} --json")
    assert code == DONE
    found = json.loads(out)
    assert err.splitlines() == [f"trial {n} of 4" for n in (1, 2, 3, 4)]
    outcomes = {o["name"]: o for o in found["outcomes"]}
    assert set(outcomes) == {
        "all",
        "diseased",
        "non-diseased",
        "AI+",
        "AI-",
        "disease: disease",
        "interrupting",
    }
    diseased = outcomes["diseased"]
    assert diseased["without"]["theory"] == pytest.approx(18.29, rel=0.01)
    assert diseased["with"]["theory"] == pytest.approx(2.57, rel=0.01)
    assert diseased["difference"]["theory"] == pytest.approx(-15.72, rel=0.01)
    for way in ("without", "with"):
        wait = diseased[way]
        assert wait["mean"]["low"] < wait["mean"]["value"] < wait["mean"]["high"]
        assert wait["mean"]["value"] < wait["p95"]["value"] < wait["max"]
    assert found["theory"] == {"without": "Markov chain", "with": "Markov chain"}


def test_the_answer_in_words_is_a_table(capsys):
    code, out, _ = answered(capsys, f"{MANUAL} {SMALL}")
    lines = out.splitlines()
    assert code == DONE
    assert lines[0].startswith(
        "Minutes of waiting; preemptive, 2 reading, busy 80% of the time; 4 trials of 500"
    )
    assert lines[1].split() == [
        "without",
        "theory",
        "with",
        "theory",
        "difference",
        "(95",
        "%)",
        "theory",
        "p95",
        "without",
        "with",
        "max",
        "without",
        "with",
    ]
    assert lines[3].split()[0] == "diseased"
    assert lines[-1] == "Theory without AI: Markov chain; with AI: Markov chain."


def test_several_groups_and_a_disease_nobody_looks_for(capsys, tmp_path):
    path = tmp_path / "classes.toml"
    path.write_text(CLASSES, "utf-8")
    room = f"--traffic 0.7 --discipline hierarchical --max-wait 120 --classes {path} {SMALL}"
    code, out, _ = answered(capsys, room)
    assert code == DONE
    assert "disease: mass (no AI)" in out
    assert "hierarchical, first after 120 minutes" in out
    assert "no formula: an upper limit" in out


def test_a_houses_own_arrivals(capsys, tmp_path):
    path = tmp_path / "seen.csv"
    rows = (f"2026-11-{1 + i // 24:02}T{i % 24:02}:00:00+00:00,{12 + i % 7}" for i in range(150))
    path.write_text("\n".join(["arrived_at,minutes", *rows]), "utf-8")
    code, out, _ = answered(
        capsys, f"--observed {path} --prevalence 0.1 --sensitivity 0.9 --specificity 0.9 --trials 3 --json"
    )
    found = json.loads(out)
    assert code == DONE
    assert found["traffic"] == pytest.approx(0.25, abs=0.01)
    assert found["studies"] == 150
    assert found["outcomes"][0]["n"] == 450


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            "--traffic 1.1 --prevalence 0.1 --sensitivity 0.9 --specificity 0.9 --read-minutes 10",
            "grows without end",
        ),
        (
            "--traffic 0.8 --prevalence 1.1 --sensitivity 0.9 --specificity 0.9 --read-minutes 10",
            "prevalence of disease is 1.1",
        ),
        ("--traffic 0.8 --prevalence 0.1 --sensitivity 0.9", "Give --specificity"),
        ("--prevalence 0.1", "Say how busy the readers are with --traffic"),
        ("--traffic 0.8 --prevalence 0.1 --classes {classes}", "leave --prevalence out"),
        ("--traffic 0.8 --classes {broken}", "unknown key shares"),
        ("--traffic 0.8 --classes {heavy}", "The shares of the groups add up to 1.1"),
        ("--traffic 0.8 --observed {few}", "leave --traffic out"),
        ("--observed {few} --classes {classes}", "Only 1 arrivals are known"),
        ("--observed {few} --prevalence 0.1 --sensitivity 0.9 --specificity 0.9", "Give --read-minutes"),
    ],
)
def test_what_cannot_be_is_one_sentence(capsys, tmp_path, arguments, says):
    files = {
        "classes": CLASSES,
        "broken": CLASSES.replace("share = 0.4", "shares = 0.4"),
        "heavy": CLASSES.replace("share = 0.4", "share = 0.5"),
        "few": "arrived_at,minutes\n2026-11-01T00:00:00,\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    given = arguments.format(**{name: tmp_path / name for name in files})
    code, out, err = answered(capsys, given)
    assert (code, out) == (FAILED, "")
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_an_unknown_discipline_is_a_bad_argument(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--discipline", "lifo"])
    assert ended.value.code == 2
