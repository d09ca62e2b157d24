"""`python -m fuzz`: see `fuzz.session`."""

import sys

from fuzz.session import main

if __name__ == "__main__":
    sys.exit(main())
