"""`python -m bake` is `bake`."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command line, which can be interrupted from its first moment to its last word, and no more after that."""
    try:
        from bake.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # while Python ends, it would only make a failure of a success


if __name__ == "__main__":
    main()
