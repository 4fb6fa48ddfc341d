from streamlit.testing.v1 import AppTest

from dashboard.parts import impressions
from tests.builders import a_draft
from triage.doubt import Doubt
from triage.reading import Evidence, Style, Writer

EVIDENCE = (
    Evidence("Effusion and low oxygen.", (("effusion", "right lower zone"), ("spo2_pct", "86 %"))),
    Evidence("A <b>nodule.", (("nodule", "no region"),)),
    Evidence("2 findings not assessed.", (("limits", "the data behind the model cannot support a number"),)),
)


def test_a_draft_is_labelled_as_such_with_who_wrote_it():
    assert "worded by the model" in impressions.written(a_draft())
    composed = impressions.written(a_draft(writer=Writer.COMPOSER))
    assert "composed word for word from the findings" in composed
    assert "nobody has signed it" in composed


def test_words_on_their_way_are_not_checked_yet():
    arriving = impressions.arriving("Pleural <b>")
    assert "each sentence is checked before it stands here" in arriving
    assert "Pleural &lt;b&gt;" in arriving


def test_what_the_fact_check_took_out_stands_with_its_reason():
    removed = impressions.changed(a_draft(removed=(("No change since the prior.", "There is no prior."),)))
    assert "<s>No change since the prior.</s>" in removed
    assert "There is no prior." in removed


def test_what_the_fact_check_put_right_stands_beside_what_was_written():
    mended = (("Right effusion.", "Left effusion.", "pleural effusion is on the left"),)
    shown = impressions.changed(a_draft(mended=mended))
    assert "<s>Right effusion.</s> Left effusion." in shown
    assert "pleural effusion is on the left" in shown


def test_each_sentence_stands_with_what_it_rests_on():
    shown = impressions.evidence(a_draft(evidence=EVIDENCE))
    assert "<td>Effusion and low oxygen.</td>" in shown
    assert "<i>film</i> Pleural effusion: right lower zone" in shown
    assert "<i>vital</i> SpO₂: 86 %" in shown
    assert "Nodule: no region" in shown
    assert "&lt;b&gt;" in shown
    assert "Limits of the model: the data" in shown


def test_a_sentence_that_nothing_supports_now_says_so_instead():
    doubt = Doubt("effusion and low oxygen", "the number 86 is not among the facts", critical=True)
    shown = impressions.evidence(a_draft(evidence=EVIDENCE), [doubt])
    assert "unsupported</b>: the number 86 is not among the facts" in shown
    assert "right lower zone" not in shown


def page(*, usable: bool) -> None:
    import streamlit as st

    from dashboard.parts import impressions
    from tests.builders import a_draft
    from triage.reading import Evidence, Style

    changes = {"removed": (("One.", "why"),), "mended": (("Two.", "Three.", "why"),)}
    drafts = [a_draft(**changes, evidence=(Evidence("One.", (("effusion", "right lower zone"),)),))]
    chosen = impressions.show(drafts, {Style.BULLET: "on its way"}, key="s", usable=usable)
    st.text(f"chosen {f'{chosen.use} {chosen.draft.style} {chosen.why}'.strip() if chosen else None}")


def test_each_style_has_its_tab_and_says_how_far_it_is():
    at = AppTest.from_function(page, kwargs={"usable": True}).run()
    assert [t.label for t in at.tabs] == [impressions.TITLES[s] for s in Style]
    brief, bullet, comprehensive = ("".join(h.value for h in t.get("html")) for t in at.tabs)
    assert "Pleural effusion</button>, very likely." in brief
    assert "on its way" in bullet
    assert "Not written yet." in comprehensive
    assert [e.label for e in at.expander] == [
        "Evidence, sentence by sentence",
        "The fact check changed 2 sentences",
    ]
    assert "Pleural effusion: right lower zone" in brief


def test_a_draft_is_chosen_by_its_button_and_by_nothing_else():
    at = AppTest.from_function(page, kwargs={"usable": True}).run()
    assert at.text[0].value == "chosen None"
    at.button(key="s-use-brief").click().run()
    assert at.text[0].value == "chosen edit brief"
    at.button(key="s-accept-brief").click().run()
    assert at.text[0].value == "chosen accept brief"
    at.button(key="s-reject-brief-0").click().run()
    assert at.text[0].value == "chosen reject brief It is not there"
    at.run()
    assert at.text[0].value == "chosen None"
    assert not AppTest.from_function(page, kwargs={"usable": False}).run().button
