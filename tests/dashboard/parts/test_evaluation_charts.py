from dashboard.parts import evaluation_charts as charts
from tests.dashboard.views.test_model import EVALUATION


def test_a_plot_for_every_finding_with_enough_films():
    drawn = charts.reliability(EVALUATION)
    assert [a.text for a in drawn.layout.annotations] == ["Pleural effusion, error 0.040"]
    assert list(drawn.data[1].y) == [0.12, 0.35]
    assert "?" in drawn.layout.title.text
    assert charts.reliability({"labels_from_report": {}}) is None


def test_what_was_not_measured_is_left_out():
    assert list(charts.measured(EVALUATION)) == ["effusion", "mass"]
    assert "Hiatal hernia" not in charts.results(EVALUATION)


def test_small_cells_of_groups_stay_hidden():
    table = charts.subgroups(EVALUATION, "sex", "mass")
    assert '<td>female</td><td class="n">60</td><td class="n">fewer than 10</td><td class="n">—</td>' in table
    assert "0.80 (0.70–0.90)" in table
    assert charts.findings_of(EVALUATION) == ["effusion", "mass"]


def test_names_from_a_file_stay_text():
    groups = {"sex": {"<script>": {"n": None, "labels": {}}}}
    assert "<script>" not in charts.subgroups({"groups": groups}, "sex", "effusion")
