"""django-import-export: a dry run, then the import, as its admin pages do; tuned.

Tuned: rows are created and updated in bulk, those that are there are loaded at once, foreign keys are cached, unchanged
rows are skipped, no diff is rendered. (`skip_diff` is no tuning: with it, nothing is skipped.) Its preview is a whole
run that is rolled back; the import then runs again, and nothing checks that the rows are still those that were shown.
It cannot undo an import.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
from django.conf import settings

FOLDER = Path(sys.argv[1])
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "bake.db"}},
    INSTALLED_APPS=["import_export"],
    USE_TZ=False,
)
django.setup()

import tablib  # what follows can only be imported, and declared, after the settings are there
from bakery import GIVEN, records
from django.db import models
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.widgets import FloatWidget, Widget

_TEXT: dict[str, Any] = {"max_length": 500, "null": True}
COLUMNS = ("product_slug", "ingredient_slug", "preferred_supplier_name", *GIVEN)


class Product(models.Model):
    """The table, as it is."""

    uuid = models.CharField(max_length=36, default=lambda: str(uuid4()))
    slug = models.CharField(max_length=500, unique=True)
    ingredient_id = models.IntegerField()
    preferred_supplier_id = models.IntegerField(null=True)
    brand = models.CharField(**_TEXT)
    product_name = models.CharField(**_TEXT)
    package_size = models.FloatField(null=True)
    package_unit = models.CharField(max_length=20)
    package_unit_quantity = models.FloatField()
    upc_code = models.CharField(**_TEXT)
    notes = models.CharField(**_TEXT)
    preferred = models.BooleanField(default=False)
    is_hidden = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Django need not make it."""

        app_label = "import_export"  # any that is installed
        managed = False
        db_table = "products"


class Named(Widget):
    """A reference by name, looked up in a dictionary."""

    def __init__(self, query: str) -> None:
        super().__init__()
        with django.db.connection.cursor() as cursor:
            self.ids = dict(cursor.execute(query).fetchall())

    def clean(self, value: Any, row: Any = None, **_: Any) -> Any:  # noqa: ARG002
        """The id of what is named."""
        return self.ids[value]


class Plain(Widget):
    """Null and text are two things; the library's own widgets make one of them."""

    def clean(self, value: Any, row: Any = None, **_: Any) -> Any:  # noqa: ARG002
        """The value."""
        return value


class ProductResource(resources.ModelResource):  # type: ignore[misc]
    """How records become rows."""

    slug = Field("slug", "product_slug")
    ingredient_id = Field("ingredient_id", "ingredient_slug", Named("SELECT slug, id FROM ingredients"))
    preferred_supplier_id = Field(
        "preferred_supplier_id", "preferred_supplier_name", Named("SELECT name, id FROM suppliers")
    )
    brand = Field("brand", "brand", Plain())
    product_name = Field("product_name", "product_name", Plain())
    package_size = Field("package_size", "package_size", FloatWidget())
    package_unit = Field("package_unit", "package_unit", Plain())
    package_unit_quantity = Field("package_unit_quantity", "package_unit_quantity", FloatWidget())
    upc_code = Field("upc_code", "upc_code", Plain())
    notes = Field("notes", "notes", Plain())

    class Meta:
        """The tuning."""

        model = Product
        fields = ("slug", "ingredient_id", "preferred_supplier_id", *GIVEN)
        import_id_fields = ("slug",)
        instance_loader_class = CachedInstanceLoader
        use_bulk = True
        batch_size = 1000
        skip_unchanged = True
        skip_html_diff = True
        use_transactions = True


def main(folder: Path) -> None:
    """Preview, then import."""
    data = tablib.Dataset(*([r[name] for name in COLUMNS] for r in records(folder)), headers=COLUMNS)
    for preview in (True, False):
        result = ProductResource().import_data(data, dry_run=preview, raise_errors=True, use_transactions=True)
    print(dict(result.totals))


if __name__ == "__main__":
    main(FOLDER)
