"""The measures that packages and densities are given in."""

from __future__ import annotations

#: Units of weight, metric and US.
WEIGHT = ("mg", "g", "kg", "oz", "lb")

#: Units of volume, metric and US.
VOLUME = ("ml", "cl", "dl", "l", "tsp", "tbsp", "fl oz", "cup", "pt", "qt", "gal")

#: What is counted.
COUNT = ("each", "piece", "count", "dozen")

#: All that the contents of a package can be given in.
PACKAGE = (*WEIGHT, *VOLUME, *COUNT)

#: All that recipes measure in.
RECIPE = (*PACKAGE, "pinch", "dash")
