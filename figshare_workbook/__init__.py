"""The rooms behind `figshare_helpers`, floor by floor: each uses only those below it."""

__version__ = "1.0"
