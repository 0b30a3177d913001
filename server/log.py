"""Logging: events on stderr, one line each; handlers are made here alone."""

import logging
import sys
import warnings


def configure_logging(level: str) -> None:
    """Send our own events to stderr; other libraries speak from WARNING on, Neo4j's notifications not at all."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("obia").setLevel(level)
    # the graph's own messages may quote a value; what matters of them is raised and told in our words
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)
    # pydicom quotes values of the file it reads; in the trusted zone that would be an identity
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    logging.getLogger("pylibjpeg").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module="pydicom")
