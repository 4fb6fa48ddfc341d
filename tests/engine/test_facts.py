from dataclasses import replace

from engine.answer import to_draft
from engine.composer import AT_ONCE, compose
from engine.fact_check import check, objection
from engine.facts import MOST_FINDINGS, from_reading, from_text, out_of_range
from engine.statements import stated
from tests.builders import a_reading, a_study, findings, vitals
from triage.finding import Certainty, Finding, Laterality
from triage.levels import SHIPPED
from triage.reading import Style
from triage.study import Urgency


def facts_of(probabilities, bedside=None, **changes):
    return from_reading(
        a_reading(findings=findings(probabilities), **changes), bedside, a_study(), prior=False
    )


def test_the_most_probable_comes_first_and_silence_is_not_absence():
    facts = facts_of({"effusion": 0.9, "mass": 0.3, "pneumonia": 0.6, "edema": None})

    assert [(f.code, f.certainty) for f in facts.present] == [
        ("effusion", Certainty.VERY_LIKELY),
        ("pneumonia", Certainty.PROBABLE),
        ("mass", Certainty.POSSIBLE),
    ]
    assert facts.not_assessed == ("edema",)
    assert facts.certainty("edema") is Certainty.NOT_ASSESSED
    assert facts.certainty("hernia") is Certainty.UNLIKELY


def test_a_critical_finding_is_never_crowded_out():
    facts = facts_of(
        dict.fromkeys(["mass", "edema", "effusion", "nodule", "pneumonia"], 0.95) | {"pneumothorax": 0.25}
    )

    assert facts.present[0].code == "pneumothorax"
    assert facts.present[0].must_be_said


def test_what_raised_the_study_is_said_however_many_findings_are_surer():
    facts = facts_of(
        dict.fromkeys(["mass", "nodule", "emphysema", "fibrosis"], 0.9) | {"edema": 0.55, "effusion": 0.3}
    )

    assert "AI: pulmonary edema 55%" in facts.urgency.reasons
    assert [f.code for f in facts.present] == ["emphysema", "fibrosis", "mass", "nodule", "edema"]
    for style in Style:
        text = compose(facts, style)
        assert ("edema", Certainty.PROBABLE) in {(s.code, s.certainty) for s in stated(text)}
        assert not check(text, facts).removed
    assert not objection("Pulmonary edema is probable.", facts)
    assert "edema" in to_draft("Mass is very likely.", facts, Style.COMPREHENSIVE).text.lower()


def test_a_possible_finding_beyond_the_fourth_is_known_though_not_named():
    facts = facts_of(
        dict.fromkeys(["mass", "nodule", "emphysema"], 0.9)
        | {"hernia": 0.4, "fibrosis": 0.3, "effusion": 0.25}
    )

    assert len(facts.present) == MOST_FINDINGS
    assert [f.code for f in facts.further] == ["fibrosis", "effusion"]
    assert facts.certainty("fibrosis") is Certainty.POSSIBLE
    assert not objection("Fibrosis is possible.", facts)
    assert objection("Fibrosis is unlikely.", facts) == "fibrosis is possible"


def test_a_site_s_table_says_what_must_be_said_and_when_the_team_is_told():
    weak = tuple(
        replace(r, from_probability=0.2, urgency=Urgency.STAT) if r.code == "hernia" else r
        for r in SHIPPED.findings
    )
    seen = a_reading(
        findings=findings(dict.fromkeys(["mass", "nodule", "emphysema", "fibrosis"], 0.9) | {"hernia": 0.3})
    )
    site = from_reading(seen, None, a_study(), prior=False, levels=replace(SHIPPED, findings=weak))
    shipped = from_reading(seen, None, a_study(), prior=False)

    assert (site.at_once, shipped.at_once) == (True, False)
    assert [f.code for f in shipped.further] == ["hernia"]
    assert stated(compose(site, Style.BULLET))[0].code == "hernia"
    assert AT_ONCE in compose(site, Style.COMPREHENSIVE)


def test_only_values_out_of_range_are_said_the_furthest_first():
    measured = out_of_range(
        vitals(spo2_pct=82.0, temperature_c=38.4, heart_rate_bpm=70.0, days_since_onset=9.0)
    )

    assert [(m.code, m.low, m.number) for m in measured] == [
        ("spo2_pct", True, "82"),
        ("temperature_c", False, "38.4"),
    ]
    assert out_of_range(None) == ()


def test_what_news2_scores_is_said_before_a_laboratory_value_however_far_from_normal():
    measured = out_of_range(vitals(spo2_pct=91.0, resp_rate_bpm=26.0, crp_mg_l=29.0, ddimer_mg_l=1.65))

    assert [m.code for m in measured] == ["spo2_pct", "resp_rate_bpm"]
    assert [m.code for m in out_of_range(vitals(heart_rate_bpm=92.0, crp_mg_l=84.0))] == [
        "heart_rate_bpm",
        "crp_mg_l",
    ]


def test_midline_findings_have_no_side():
    sided = tuple(Finding(code, 0.9, Laterality.LEFT) for code in ("cardiomegaly", "effusion"))
    facts = from_reading(a_reading(findings=sided), None, a_study(), prior=False)

    assert {f.code: f.laterality for f in facts.present} == {
        "cardiomegaly": None,
        "effusion": Laterality.LEFT,
    }


def test_facts_are_heard_in_a_persons_findings():
    facts = from_text("The heart is enlarged. Small left pleural effusion. No pneumothorax. Possible nodule.")

    assert [(f.code, f.certainty) for f in facts.present] == [
        ("cardiomegaly", Certainty.VERY_LIKELY),
        ("effusion", Certainty.VERY_LIKELY),
        ("nodule", Certainty.POSSIBLE),
    ]
    assert facts.unlikely == ("pneumothorax",)
    assert facts.asserted


def test_no_sure_finding_falls_out_because_four_others_were_named_before():
    facts = from_text(
        "Honeycombing at both bases. Right pleural plaque. Bullae at the apices. Globular heart. "
        "Large left pleural effusion. Right lower lobe pneumonia. Possible nodule."
    )
    assert {f.code for f in facts.present} == {
        "fibrosis",
        "pleural_thickening",
        "emphysema",
        "cardiomegaly",
        "effusion",
        "pneumonia",
    }
    assert [f.code for f in facts.further] == ["nodule"]


def test_the_reasons_of_a_draft_are_those_of_the_site_s_table_and_of_the_order():
    seen = a_reading(findings=findings({"effusion": 0.9}), pathology_probability=0.1)
    order = a_study(indication="?PTX")
    said = from_reading(seen, None, order, prior=False).urgency
    assert said.reasons == ("order says “ptx”", "AI: pleural effusion 90%", "ordered routine")
    raised = tuple(replace(r, urgency=Urgency.STAT) if r.code == "effusion" else r for r in SHIPPED.findings)
    site = replace(SHIPPED, version="site", findings=raised)
    said = from_reading(seen, None, order, prior=False, levels=site).urgency
    assert (said.levels, said.urgency) == ("site", Urgency.STAT)
