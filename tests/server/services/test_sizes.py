"""How much memory our own Neo4j may take is a setting."""

from dataclasses import replace

import pytest

from obia.server.services.credentials import Credentials
from obia.server.services.endpoints import _plan
from obia.server.services.graph_server import GraphServer
from obia.server.settings import Secret, Settings

pytestmark = pytest.mark.neo4j


def test_heap_and_page_cache_are_those_of_the_settings(services: Settings, settings: Settings) -> None:
    settings.home.mkdir(parents=True)
    own = replace(settings, graph_url=None, graph_heap="700m", graph_pagecache="300m")
    server = GraphServer(_plan(own), None)

    server.prepare(Credentials(port=1, password=Secret("p")))

    assert "-Xmx700m" in server.command()
    conf = (settings.home / "neo4j" / "conf" / "neo4j.conf").read_text()
    assert "server.memory.pagecache.size=300m" in conf
