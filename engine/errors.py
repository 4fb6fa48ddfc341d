"""What can go wrong between weights and words; every message is a sentence that says what to do."""


class WeightsMismatch(Exception):
    """A file of weights is missing, altered, or of another shape than the network."""


class UnsafeModel(Exception):
    """A model directory asks for more than reading numbers: code of its own, or a pickle."""


class NotShippable(Exception):
    """Films or texts that may not leave the house would have shaped weights that do."""


class UnreadableAnswer(Exception):
    """What the model wrote cannot be an impression."""


class BadTable(Exception):
    """A table of films or impressions lacks a column, a row or a file."""
