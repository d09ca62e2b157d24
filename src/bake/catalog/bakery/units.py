"""The units in which packages, recipes and densities are measured."""

from __future__ import annotations

#: Units of weight, metric and US.
WEIGHT = ("mg", "g", "kg", "oz", "lb")

#: Units of volume, metric and US.
VOLUME = ("ml", "cl", "dl", "l", "tsp", "tbsp", "fl oz", "cup", "pt", "qt", "gal")

#: Units of things that are counted.
COUNT = ("each", "piece", "count", "dozen")

#: Units for the contents of a package.
PACKAGE = (*WEIGHT, *VOLUME, *COUNT)

#: Units for the quantities of recipes.
RECIPE = (*PACKAGE, "pinch", "dash")

#: Other spellings, in lower case and without full stops, each with its unit. They are offered in a question, never
#: taken without one.
SPELLINGS = {
    **dict.fromkeys(("milligram", "milligrams"), "mg"),
    **dict.fromkeys(("gram", "grams", "gr", "gms", "gm"), "g"),
    **dict.fromkeys(("kilogram", "kilograms", "kilo", "kilos", "kgs"), "kg"),
    **dict.fromkeys(("ounce", "ounces", "ozs"), "oz"),
    **dict.fromkeys(("pound", "pounds", "lbs"), "lb"),
    **dict.fromkeys(("milliliter", "milliliters", "millilitre", "millilitres", "mls"), "ml"),
    **dict.fromkeys(("centiliter", "centiliters", "centilitre", "centilitres"), "cl"),
    **dict.fromkeys(("deciliter", "deciliters", "decilitre", "decilitres"), "dl"),
    **dict.fromkeys(("liter", "liters", "litre", "litres", "ltr"), "l"),
    **dict.fromkeys(("teaspoon", "teaspoons", "tsps"), "tsp"),
    **dict.fromkeys(("tablespoon", "tablespoons", "tbsps", "tbs", "tbl"), "tbsp"),
    **dict.fromkeys(("fluid ounce", "fluid ounces", "floz", "fl ounce", "fl ounces"), "fl oz"),
    **dict.fromkeys(("cups", "c"), "cup"),
    **dict.fromkeys(("pint", "pints", "pts"), "pt"),
    **dict.fromkeys(("quart", "quarts", "qts"), "qt"),
    **dict.fromkeys(("gallon", "gallons", "gals"), "gal"),
    **dict.fromkeys(("ea", "units", "unit"), "each"),
    **dict.fromkeys(("pieces", "pc", "pcs"), "piece"),
    **dict.fromkeys(("counts", "ct", "cnt"), "count"),
    **dict.fromkeys(("dozens", "doz", "dz"), "dozen"),
    "pinches": "pinch",
    "dashes": "dash",
}
