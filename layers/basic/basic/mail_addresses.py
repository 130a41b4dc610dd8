"""The form of mail addresses."""

import re

# What <input type=email> accepts (HTML Standard, section 4.10.5.1.5), and a domain with a dot in it.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
EMAIL = re.compile(rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
"""An address in lower case."""

MAX_EMAIL_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""


def is_email(address: str) -> bool:
    """Return whether a text is an e-mail address and nothing else."""
    return len(address) <= MAX_EMAIL_LENGTH and EMAIL.fullmatch(address.lower()) is not None
