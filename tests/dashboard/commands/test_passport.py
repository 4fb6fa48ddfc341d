from dashboard.commands.passport import table

MADE = {
    "widths": {
        "fp32": {
            "runs": True,
            "same_urgency": 1.0,
            "largest_change_of_p": 0.0,
            "mean_change_of_p": 0.0,
            "largest_change_of_auc": None,
            "same_facts": 1.0,
            "rouge_l": 0.9871,
            "without_fault": 0.8333,
            "tokens_per_s": 17.4,
            "peak_mib": 1100,
        },
        "int8": {"runs": False, "why": "RuntimeError: no kernel"},
    }
}


def test_a_passport_is_a_line_per_width():
    head, first, second = table(MADE).splitlines()
    assert "tokens/s" in head
    assert first.split() == ["fp32", "1", "0", "0", "—", "1", "0.9871", "0.8333", "17.4", "1100"]
    assert second == "int8    does not run here: RuntimeError: no kernel"
