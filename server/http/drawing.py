"""`python -m obia.server.http.drawing FILE FRAME`: draw one frame to standard output, within limits of memory and time."""

import resource
import sys
from pathlib import Path

from obia.schema.errors import NotFound, exit_status

_MEMORY = 4 << 30  # bytes of address space: large images need some 1.5 GiB, a bomb more
_SECONDS = 20  # of CPU


def main() -> None:
    """Draw; say by the exit status what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from obia.server.pixels import preview

    try:
        picture = preview(Path(sys.argv[1]), int(sys.argv[2]))
    except NotFound as error:
        sys.exit(exit_status(error.code))
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main()
