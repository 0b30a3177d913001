"""Codestreams: of every pixel element what decoding needs is kept, and nothing else."""
