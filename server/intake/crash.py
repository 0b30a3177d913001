"""Named crash points: a test says where, and the process kills itself there, as a power cut would."""

import os
import signal
import sys

POINTS = (
    "manifests-written",
    "submission-planned",
    "batch-leased",
    "batch-read",
    "file-stored",
    "files-stored",
    "transaction-open",
    "transaction-committed",
    "settled",
    "codes-written",
    "batch-done",
    "submission-finished",
)
CHANGE_POINTS = ("intent-written", "change-committed", "outcome-written")
"""The points of an audited change: before its transaction, after it, and before its marker is removed."""

_at = ""


def arm(point: str) -> None:
    """Choose the point at which this process kills itself; empty for none."""
    global _at  # noqa: PLW0603 - one switch a process, thrown by crash tests alone
    _at = point


def reach(point: str) -> None:
    """Die here, with kill -9, if this point is the armed one; say so first, so that a test knows it was reached."""
    if point == _at:
        sys.stderr.write(f"crash point {point} reached\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
