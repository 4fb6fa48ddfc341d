import numpy as np
import pytest

from engine.errors import BadTable
from engine.manifest import read_manifest, truths
from triage.finding import LABELS
from triage.study import Sex

HEADER = "file,labels,patient_id,label_source,age,sex,shippable\n"


def a_table(tmp_path, *rows, header=HEADER):
    path = tmp_path / "films.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def test_a_row_becomes_a_film(tmp_path):
    film = read_manifest(a_table(tmp_path, "a.png,effusion|mass,P1,NLP of report,61.0,F,true"))[0]

    assert film.labels == {"effusion", "mass"}
    assert (film.patient, film.age, film.sex, film.shippable) == ("P1", 61.0, Sex.FEMALE, True)


def test_films_lie_beside_the_table_or_one_folder_above(tmp_path):
    inner = tmp_path / "cxr"
    inner.mkdir()
    (inner / "a.png").write_bytes(b"x")

    films = read_manifest(a_table(inner, "a.png,mass,,,,,", "cxr/a.png,mass,,,,,"))

    assert [film.path.resolve() for film in films] == [inner / "a.png"] * 2
    assert films[0].patient == "a.png"
    assert not films[0].shippable


def test_what_is_known_is_one_or_zero_and_the_rest_is_unknown(tmp_path):
    rows = (
        "a.png,effusion,P1,NLP of report,,,",
        "b.png,no_finding,P2,NLP of report,,,",
        "c.png,pneumonia,P3,case diagnosis from a teaching file,,,",
    )
    known = truths(read_manifest(a_table(tmp_path, *rows)))

    assert known.shape == (3, 15)
    assert known[0, list(LABELS).index("effusion")] == 1
    assert known[0].sum() == 2  # the finding, and abnormal
    assert known[1].sum() == 0
    assert np.isnan(known[2]).all()


@pytest.mark.parametrize("header", ["path,labels\n", "file,truth\n"])
def test_a_table_without_its_columns_is_refused(tmp_path, header):
    with pytest.raises(BadTable, match="file and labels"):
        read_manifest(a_table(tmp_path, "a.png,mass", header=header))


def test_a_missing_or_foreign_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(BadTable, match="check the path"):
        read_manifest(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(b"file,labels\n\xe9.png,mass\n")
    with pytest.raises(BadTable, match="UTF-8"):
        read_manifest(tmp_path / "latin.csv")


def test_labels_are_known_however_a_registry_writes_them(tmp_path):
    rows = ("a.png,Effusion| MASS ,P1,,,,", "b.png,No Finding,P2,,,,", "c.png,ghost|no_finding,P3,,,,")
    one, none, odd = read_manifest(a_table(tmp_path, *rows))

    assert one.labels == {"effusion", "mass"}
    assert none.truth().sum() == 0
    assert odd.unknown_labels == {"ghost"}
    assert odd.truth()[-1] == odd.said()[-1] == 1  # a finding beside no_finding is a finding


def test_a_row_without_labels_says_nothing_and_at_its_word_shows_nothing(tmp_path):
    film = read_manifest(a_table(tmp_path, "a.png,,P1,,,,"))[0]

    assert np.isnan(film.truth()).all()
    assert film.said()[:-1].sum() == 0
    assert np.isnan(film.said()[-1])


@pytest.mark.parametrize("age", ["-1", "411", "99999", "-1e300", "inf", "nan", "old", ""])
def test_an_absurd_age_is_unknown(tmp_path, age):
    assert read_manifest(a_table(tmp_path, f"a.png,mass,P1,,{age},,"))[0].age is None
