"""`python -m bake` is `bake`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, which can be interrupted from its first moment on."""
    try:
        from bake.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
