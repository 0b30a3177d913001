"""`python -m obia` is `obia`."""

from obia.server.cli import main

if __name__ == "__main__":
    main()
