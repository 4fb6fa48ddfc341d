"""What can be wrong with a permission or with the record of who did what."""


class ConsentError(Exception):
    """A sentence about a permission that can be shown to a person."""


class ConsentDenied(ConsentError):
    """The patient has not allowed this purpose at this moment; the message says why."""


class IncompleteConsent(ConsentError):
    """A consent lacks something it must carry to be signed; the message says what."""


class BrokenAuditChain(ConsentError):
    """The audit trail was changed after it was written; the message says where."""
