"""Conformance: what every plugin's object must hold to. A plugin's tests inherit these rules; ours pass the same ones."""
