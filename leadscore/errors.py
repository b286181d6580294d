"""The errors that are shown to people without a traceback, and how they count."""


class LeadscoreError(Exception):
    """Something a user can mend; the message says what is wrong and what to do."""


class NotYetError(LeadscoreError):
    """What mends itself if one waits: a delivery to come, a file in use."""


def counted(number: int, noun: str) -> str:
    """Return a number of things: 1 error, 2 errors."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
