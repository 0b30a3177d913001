"""Cursors: a place in an order, with a MAC, so that only what we wrote is read back."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence

from obia.schema.errors import Code, ObiaError

VERSION = 1
_MAC_SIZE = 12  # bytes: 96 bits
_MAX_LENGTH = 4096  # characters

Mac = Callable[[bytes], bytes]


class Cursors:
    """Writes and reads cursors under one key."""

    def __init__(self, mac: Mac) -> None:
        self._mac = mac

    def encode(self, order: str, place: Sequence[object]) -> str:
        """The cursor of a place: base64url of version, order, values, key and MAC."""
        *values, key = place
        mac = self._sign(order, values, key)
        return base64.urlsafe_b64encode(_json([VERSION, order, values, key, mac])).rstrip(b"=").decode("ascii")

    def decode(self, text: str, order: str) -> list[object]:
        """The place of a cursor in an order. Raises ObiaError BAD_CURSOR for what was not written for it."""
        try:
            if len(text) > _MAX_LENGTH:
                raise ValueError
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
            version, written, values, key, mac = json.loads(raw)
            good = self._sign(written, values, key)
            if version != VERSION or written != order or not hmac.compare_digest(str(mac), good):
                raise ValueError
        except (binascii.Error, UnicodeError, ValueError, TypeError, RecursionError):
            raise ObiaError(
                "this cursor was not written for this list in this order; start again without it", Code.BAD_CURSOR
            ) from None
        return [*values, key]

    def _sign(self, order: str, values: object, key: object) -> str:
        message = _json([VERSION, order, values, key])
        return base64.urlsafe_b64encode(self._mac(message)[:_MAC_SIZE]).decode("ascii")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
