"""Promises: values, protocols, hooks, errors, the graph model and the GraphQL types. No I/O, nothing of the server."""
