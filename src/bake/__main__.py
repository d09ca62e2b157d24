"""`python -m bake` is `bake`."""

from __future__ import annotations

import gc
import signal
import sys

#: How many more objects there are before those are looked through for garbage. Loading modules makes many, none of
#: which is; so does a batch of records, nearly all of which go with it.
_OBJECTS = 50_000


def main() -> None:
    """Run the command line, which can be interrupted from its first moment to its last word, and no more after that."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
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
