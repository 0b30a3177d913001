"""Passwords that a command line takes for what they are."""

from obia.server.services.credentials import Credentials


def test_no_password_reads_as_an_option() -> None:
    """One in 64 began with a dash, and Neo4j's own tool took it for an option: the archive could not be made."""
    drawn = [Credentials.new() for _ in range(500)]
    words = [each.reveal() for one in drawn for each in (one.password, one.initial) if each]
    assert len(set(words)) == 1000
    assert all(word.isalnum() and len(word) >= 32 for word in words)
