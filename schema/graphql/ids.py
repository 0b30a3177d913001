"""Global ids: base64url of a type and its natural key, opaque to clients and stable for ever."""

import base64
import binascii

from obia.schema.errors import BadInput
from obia.schema.graph import readable

_NAMES = {each.name for each in readable()}


def encode(label: str, key: str) -> str:
    """The id of a node."""
    return base64.urlsafe_b64encode(f"{label}:{key}".encode()).rstrip(b"=").decode("ascii")


def decode(text: str) -> tuple[str, str]:
    """The type and natural key of an id. Raises BadInput for what `encode` did not write."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        label, _, key = raw.decode("utf-8").partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        label, key = "", ""
    if label not in _NAMES or not key or encode(label, key) != text:
        raise BadInput("this is no id of ours; ask any object for its { id }")
    return label, key
