"""Lets `python -m inkdigits` do what `inkdigits` does."""

from inkdigits.cli import main

main()
