"""The scanner sees a planted value in every encoding, and in the planted files themselves."""

import base64
import json
from collections.abc import Callable

import pytest

from tests import make
from tests.faults import planting, scanning

ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "gb18030": lambda text: text.encode("gb18030"),
    "case-folded": lambda text: text.casefold().encode(),
    "json": lambda text: json.dumps(text).encode(),
    **{f"base64 at {n}": lambda text, n=n: base64.b64encode(b"\xff" * n + text.encode()) for n in range(3)},  # type: ignore[misc]
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("planted", ["ZQXV00042", planting.HANZI])
def test_the_scanner_sees_a_value_in_every_encoding(encoding: str, planted: str) -> None:
    hidden = b"\1\2\3" + ENCODINGS[encoding](planted) + b"\3\2\1"

    assert len(scanning.found(hidden)) == 1


@pytest.mark.parametrize("depth", planting.DEPTHS)
def test_the_scanner_sees_what_was_planted_at_a_depth(depth: int) -> None:
    image = make.data(planting.planted(depth, "kept"))

    assert len(scanning.found(image)) > 500
