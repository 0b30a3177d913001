"""Log in to our own Neo4j once, change its throw-away password, and end: 0 admitted, 2 refused, 1 not yet.

It reads `{"url", "password", "initial"}` as JSON from stdin, so that no secret stands in argv.
"""

import json
import sys

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError

_USER = "neo4j"


def log_in(url: str, password: str, initial: str | None) -> int:
    """Return the exit status."""
    try:
        if initial and _changed(url, initial, password):
            return 0
        with neo4j.GraphDatabase.driver(url, auth=(_USER, password)) as driver, driver.session() as session:
            session.run("RETURN 1").consume()
    except AuthError:
        return 2
    except (Neo4jError, DriverError, OSError):
        return 1
    return 0


def _changed(url: str, initial: str, password: str) -> bool:
    """Whether the throw-away password was still the right one; if so, it no longer is."""
    try:
        with neo4j.GraphDatabase.driver(url, auth=(_USER, initial)) as driver:
            with driver.session(database="system") as session:
                session.run("ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=initial, new=password).consume()
            return True
    except AuthError:
        return False


if __name__ == "__main__":
    sys.exit(log_in(**json.load(sys.stdin)))
