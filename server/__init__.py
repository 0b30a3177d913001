"""The keeping: services, graph, vault, intake, store, planning, retrieval, work, HTTP and the command line."""
