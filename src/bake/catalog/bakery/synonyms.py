"""What people call the columns of sheets that they keep themselves (`bake.catalog.view.Column.synonyms`)."""

from __future__ import annotations

SUPPLIER = ("supplier", "shop", "store", "vendor", "seller", "retailer", "merchant", "bought at", "bought from")
PRODUCT = ("product", "product name", "item", "item name", "article")
PRODUCT_NAME = (*PRODUCT, "name", "title", "description")
INGREDIENT = ("ingredient", "ingredient name")
BARCODE = ("upc", "barcode", "bar code", "ean", "upc number", "ean code")
BOUGHT_ON = ("date", "purchased", "purchased on", "bought on", "date bought", "date of purchase", "scanned at")
PRICE = ("price", "cost", "unit cost", "price each", "cost each", "price per unit", "unit price paid")
QUANTITY = ("qty", "quantity", "count", "number bought", "how many")
ON_HAND = ("qty", "on hand", "in stock", "stock", "quantity on hand", "count", "counted", "amount", "how many", "left")
NOTES = ("note", "comment", "comments", "remark", "remarks")
BRAND = ("make", "manufacturer", "brand name")
UNIT = ("unit", "units", "uom", "unit of measure")
SIZE = ("size", "unit quantity", "package quantity", "pack", "pack size")
BEST_BEFORE = ("best before", "expires", "expires on", "expiry", "expiry date", "use by", "bbd")
PLACE = ("place", "storage", "where", "shelf")
