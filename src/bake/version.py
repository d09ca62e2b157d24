"""The version of Bake, which exports and `bake --version` tell."""

__version__ = "0.1.0"
