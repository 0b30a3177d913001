"""A client of the API that says from which loopback address it comes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

CALM, OTHER, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"  # one machine, three client addresses
_PATIENCE = 60  # s a client waits for an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what came with it; status 0 is a connection that ended without an answer."""

    status: int
    body: Any = None

    @property
    def data(self) -> Any:
        """The answer's data, {} where there is none."""
        return (self.body.get("data") if isinstance(self.body, dict) else None) or {}

    @property
    def codes(self) -> list[str]:
        """The codes of the answer's errors."""
        errors = self.body.get("errors", []) if isinstance(self.body, dict) else []
        return [str(each.get("extensions", {}).get("code")) for each in errors]


@dataclass(frozen=True, slots=True)
class Client:
    """Someone with or without a token; each question has a connection of its own."""

    port: int
    token: str = ""
    address: str = CALM

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Answer:
        """Send a document."""
        body = json.dumps({"query": document, "variables": variables or {}})
        return self.send("POST", "/graphql", body)

    def ask_by_get(self, document: str) -> Answer:
        """Send a document in the address."""
        return self.send("GET", f"/graphql?{urlencode({'query': document})}")

    def send(self, method: str, path: str, body: str | None = None) -> Answer:
        """Send any request."""
        connection = HTTPConnection("127.0.0.1", self.port, _PATIENCE, source_address=(self.address, 0))
        try:
            connection.request(method, path, body, self.headers)
            response = connection.getresponse()
            return Answer(response.status, _parsed(response.read()))
        except (OSError, HTTPException):
            return Answer(0)
        finally:
            connection.close()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request."""
        login = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Content-Type": "application/json", **login}


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
