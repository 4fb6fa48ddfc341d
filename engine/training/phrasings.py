"""Ways of saying one thing, written for this project; `{x}` is a finding, `{xs}` several."""

from triage.finding import Certainty

PLAIN = (  # a person states a finding
    "There is {x}.",
    "{x} is present.",
    "{x} is seen.",
    "{x} is noted.",
    "Findings consistent with {x}.",
    "The film shows {x}.",
    "{x}.",
    "There is evidence of {x}.",
    "{x} is demonstrated.",
    "{x} is identified.",
    "Appearances are those of {x}.",
    "{x} can be seen.",
)
DOUBTFUL = (
    "Possible {x}.",
    "{x} is possible.",
    "{x} cannot be excluded.",
    "There may be {x}.",
    "Questionable {x}.",
    "Suspected {x}.",
    "{x} could be present.",
)
PROBABLE = ("Probable {x}.", "{x} is probable.", "There is probably {x}.", "{x} is likely.", "Likely {x}.")
ABSENT = (
    "No {xs}.",
    "There is no {xs}.",
    "No evidence of {xs}.",
    "Without {xs}.",
    "{xs} is absent.",
    "No {xs} is seen.",
    "No {xs} is identified.",
    "Negative for {xs}.",
    "There is no evidence of {xs}.",
    "No sign of {xs}.",
)
QUIET = (
    "The lungs are clear.",
    "The heart is normal in size.",
    "The mediastinum is unremarkable.",
    "Heart size is within normal limits.",
    "The lungs are well expanded.",
    "Pulmonary vascularity is normal.",
    "The bones are unremarkable.",
    "The cardiac and mediastinal contours are normal.",
    "The hila are normal.",
    "Soft tissues are unremarkable.",
)
STATED = {
    Certainty.VERY_LIKELY: PLAIN,
    Certainty.PROBABLE: PROBABLE,
    Certainty.POSSIBLE: DOUBTFUL,
    Certainty.UNLIKELY: ABSENT,
}
"""How a person writes findings down, by how sure they are."""

GROUPED = (  # how an impression names a group of one certainty
    "{xs} {be} {word}.",
    "{word}: {xs}.",
    "On this film {xs} {be} {word}.",
)
CLEAR = ("An abnormality of this film is unlikely.", "The film shows nothing that is likely to be abnormal.")
UNLIKELY = ("{xs} {be} unlikely.",)
STEPS = (
    "A radiologist should confirm this against the clinical picture.",
    "Please have a radiologist confirm this.",
)
