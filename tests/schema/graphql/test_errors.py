"""What nobody foresaw: told as INTERNAL, logged by kind and place, and quoted nowhere."""

import pytest
from graphql import GraphQLError

from obia.schema.graphql.errors import formatted, log_unforeseen


def _unforeseen() -> GraphQLError:
    try:
        raise ValueError("ZQPLANTED")
    except ValueError as error:
        return GraphQLError("ZQPLANTED", original_error=error)


def test_an_unforeseen_error_is_logged_by_kind_and_place_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    log_unforeseen([_unforeseen()])

    assert "ValueError at _unforeseen" in caplog.text
    assert "ZQPLANTED" not in caplog.text


def test_an_unforeseen_error_tells_its_client_nothing() -> None:
    [shown] = formatted([_unforeseen()])

    assert shown["extensions"] == {"code": "INTERNAL"}
    assert "ZQPLANTED" not in str(shown)
