from engine.training.calibrate import LabelCalibration
from engine.training.card import card

GOOD = LabelCalibration(1.0, 0.0, assessed=True, n=160, positives=40, auc=0.8123, low=0.74, high=0.88)
RARE = LabelCalibration(1.0, 0.0, assessed=False, n=160, positives=3, auc=0.9, low=None, high=None)
RECORD = {
    "films": {"taught": 694, "simulated": 240, "held_out": 167, "val": 164},
    "held_out_mean_auc": {"before_language": 0.71234, "after": 0.7},
    "wording": {"drafts": 60, "sentences": 170, "faithful": 81.7, "unsupported": 4.1, "composer": 3.3},
    "minutes": {"tower": 8.0, "language": 20.0},
}


def a_card(*, shippable=True):
    return card(shippable, {"effusion": GOOD, "hernia": RARE}, {"effusion": GOOD, "hernia": RARE}, RECORD)


def test_every_figure_comes_with_n_and_interval():
    assert "| effusion | 160 | 40 | 0.81 | 0.74 to 0.88 | 40 | 0.81 (0.74 to 0.88) | yes |" in a_card()
    assert "too few films to judge" in a_card()
    assert "0.712" in a_card()


def test_limits_licences_and_what_it_is_not_for_are_said():
    for needed in (
        "Not a medical device",
        "must not be used for",
        "nihcc.app.box.com",
        "Apache-2.0",
        "text-mined",
    ):
        assert needed in a_card()


def test_weights_that_may_not_ship_say_so_first_of_all():
    assert "Not shippable" in a_card(shippable=False)
    assert "Not shippable" not in a_card()
