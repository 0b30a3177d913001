"""The servers an archive stands on, Neo4j and a queue: fetched, started, joined, stopped; all under OBIA_HOME."""

from obia.server.services.endpoints import Endpoints as Endpoints
from obia.server.services.endpoints import ensure as ensure
from obia.server.services.endpoints import stop as stop
from obia.server.services.status import ServiceStatus as ServiceStatus
from obia.server.services.status import status as status
