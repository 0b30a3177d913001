"""Retrieval: codes in the graph, snapshots of them on disk, and the nearest images to one."""
