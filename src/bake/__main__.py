"""`python -m bake` is `bake`."""

from bake.cli.main import main

main()
