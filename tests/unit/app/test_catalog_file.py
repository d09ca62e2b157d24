"""`catalog.toml`: written from a database, edited, checked, and brought up to date; and other catalogs by name."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
from generated_pages import schema_of
from support import wholesale

import bake
from bake.catalog.catalog_file import CatalogFile
from bake.errors import UsageError


@pytest.fixture
def project(tmp_path: Path) -> bake.Project:
    """A project on a database that nobody made for Bake, with the file in its folder."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with engine.begin() as connection:
        wholesale.fill(connection)
    engine.dispose()
    made = bake.Project(f"sqlite:///{tmp_path / 'shop.db'}", "catalog.toml", folder=tmp_path)
    bake.reflect_catalog(made)
    return made


def text(project: bake.Project) -> str:
    """What stands in the file."""
    return (project.folder / "catalog.toml").read_text()


def write(project: bake.Project, before: str, after: str) -> bake.Project:
    """Edit the file."""
    assert before in text(project)
    (project.folder / "catalog.toml").write_text(text(project).replace(before, after, 1))
    return bake.Project(project.url or "", "catalog.toml", folder=project.folder)


def test_the_file_says_what_the_schema_says(project: bake.Project) -> None:
    """The catalog of a file that nobody edited is the one that the database gives; nothing in it is doubtful."""
    with project.reading() as connection:
        assert project.catalog.fingerprint == bake.reflect(connection).fingerprint
    assert bake.check_catalog(project).doubts == ()
    assert "# name: 2 different ones in 3 rows, no key\n" in text(project)


def test_edits_are_taken(project: bake.Project) -> None:
    """Each setting is what the entity says."""
    said = 'keys = [["name"]]\nlikeness = ["tax_number"]\nread_only = ["country_code"]\nignore = ["x"]\n'
    edited = write(project, 'keys = [["supplier_number"]]\n', said)
    with pytest.raises(UsageError, match=r"catalog.toml:\d+: suppliers: there is no column 'x'"):
        _ = edited.catalog
    edited = write(edited, 'ignore = ["x"]\n', 'types = { tax_number = ["PE-1", "IT-1"] }\n')
    item = write(edited, 'label = "{name}"\n', 'label = "{name}!"\n').catalog.entities["suppliers"]
    assert (item.keys, item.counted, item.label, item.likeness) == ((("name",),), None, "{name}!", ("tax_number",))
    assert item.fields["country_code"].editable is False
    [doubt] = bake.check_catalog(edited).doubts
    assert doubt == "suppliers: the database does not hold name unique; 1 values of it are those of several rows"


def test_the_file_is_brought_up_to_date(project: bake.Project) -> None:
    """What changed in the schema is said and written; what people wrote stays, word by word."""
    edited = write(project, 'keys = [["sku"]]\n', '# ours\nkeys = [["sku"]]\n')
    with sqlite3.connect(project.folder / "shop.db") as connection:
        connection.execute("ALTER TABLE products ADD COLUMN weight INTEGER")
        connection.execute("CREATE TABLE tags (word TEXT PRIMARY KEY NOT NULL)")
        connection.execute("CREATE VIEW cheap AS SELECT sku FROM products")
    expected = ("products: is new: weight INTEGER", "tags: a table that is not in the file")
    assert bake.check_catalog(edited).doubts == expected
    result = bake.reflect_catalog(edited)
    assert (result.changes, result.left_out) == (expected, {"cheap": "a view of the database"})
    assert "# ours\n" in text(project)
    assert bake.check_catalog(edited).doubts == ()
    before = text(project)
    assert bake.reflect_catalog(edited).changes == ()
    assert text(project) == before


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('keys = [["number"]]', 'kyes = [["number"]]', "there is no setting `kyes`"),
        ('keys = [["number"]]', "keys = [[1]]", "keys: expected `str`, got `int`"),
        ('keys = [["number"]]', 'keys = [["nummer"]]', "there is no field 'nummer'; did you mean 'number'?"),
        (
            'keys = [["sku"]]\n',
            'keys = [["sku"]]\nkept = ["sku"]\n',
            "the database sets sku by itself, so it names no new",
        ),
        ("[entities.categories]", "[entities.category]", "category: there is no such table"),
        ('name = "reflected"', "name = shop", "this is no TOML: Invalid value"),
    ],
)
def test_a_mistake_has_its_place(project: bake.Project, before: str, after: str, message: str) -> None:
    """One line that names the file and the line, and what was expected."""
    edited = write(project, before, after)
    line = text(edited)[: text(edited).index(after)].count("\n") + 1
    with pytest.raises(UsageError) as refused:
        _ = edited.catalog
    assert message in refused.value.message
    assert str(refused.value).startswith(f"{edited.folder / 'catalog.toml'}:{line}")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('columns = ["sku", "prise"]', "offers: products: there is no field 'prise'; did you mean 'price'?"),
        (
            'columns = ["sku", "supplier_number.nam"]',
            "offers: suppliers: there is no field 'nam'; did you mean 'name'?",
        ),
        ('columns = ["sku", "price.x"]', "offers: products.price is no reference, so nothing can follow it"),
        ('columns = ["price"]', "offers: nothing in it names a row of products; add sku"),
        ('columns = ["sku", "sku"]', "offers: sku stands there twice"),
        ('names = { price = "sku" }\ncolumns = ["sku", "price"]', "offers: 2 columns are called 'sku'; names can call"),
        ('columns = ["sku"]\ncolour = 1', "offers: there is no setting `colour`"),
        ('columns = ["sku"]\nread_only = ["x"]', "offers: there is no column 'x'; there are sku"),
    ],
)
def test_a_mistake_in_a_view(project: bake.Project, said: str, message: str) -> None:
    """It is named with the line of the file, which is the last one here."""
    edited = write(project, "", "")
    path = edited.folder / "catalog.toml"
    path.write_text(f'{text(edited)}\n[views.offers]\nentity = "products"\n{said}\n')
    with pytest.raises(UsageError) as refused:
        _ = edited.catalog
    assert str(refused.value).startswith(f"{path}:{len(path.read_text().splitlines())}: {message}")


_MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Product(Base):
    __tablename__ = "products"
    sku: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with modules of its own, whose names are free again afterwards."""
    monkeypatch.delenv("BAKE_DATABASE_URL", raising=False)
    before = {*sys.modules}
    yield tmp_path
    for name in {*sys.modules} - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", None)):
            del sys.modules[name]


@pytest.mark.parametrize("name", ["shop.models:Base", "shop.models:METADATA", "shop.models:Product", "shop:CATALOG"])
def test_models_are_a_catalog(folder: Path, name: str) -> None:
    """A module or package in the folder is found, and its models are read as a database would be."""
    (folder / "shop").mkdir()
    (folder / "shop" / "models.py").write_text(_MODELS + "METADATA = Base.metadata\n")
    (folder / "shop" / "__init__.py").write_text(
        "import bake\nfrom shop.models import Base\nCATALOG = bake.reflect(Base.metadata, name='models')\n"
    )
    (folder / "bake.toml").write_text(f'catalog = "{name}"\n')
    catalog = bake.open_project(folder).catalog
    assert (catalog.name, catalog.entities["products"].keys) == ("models", (("sku",),))
    assert str(folder) not in sys.path
    assert bake.open_project(folder, catalog="bake.catalog.bakery:BAKERY").catalog.name == "bakery"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("wrong:Base", "\n\nraise RuntimeError('no\\nway')", "{}:3: the catalog 'wrong:Base' cannot be loaded: Runt"),
        (
            "wrong:Base",
            "\nclass Base(:",
            "{}:2: the catalog 'wrong:Base' cannot be loaded: SyntaxError: invalid syntax",
        ),
        ("wrong:Base", "import no_such_module", "{}:1: the catalog 'wrong:Base' cannot be loaded: ModuleNotFoundError"),
        ("wrong:Base", "base = 1", "the catalog 'wrong:Base' cannot be loaded: AttributeError: module 'wrong' has no"),
        ("wrong:base", "base = 1", "'wrong:base' is neither a bake.Catalog nor SQLAlchemy's MetaData, nor a class"),
        ("wrong", "", "'wrong' names no catalog"),
        ("shop.toml", "", "there is no catalog "),
    ],
)
def test_a_mistake_in_a_module(folder: Path, name: str, text: str, message: str) -> None:
    """Whatever is wrong with a catalog that is named is one line, with its place if it has one."""
    (folder / "wrong.py").write_text(text)
    with pytest.raises(UsageError) as refused:
        _ = bake.open_project(folder, catalog=name).catalog
    assert str(refused.value).startswith(message.format(folder / "wrong.py"))
    assert refused.value.hint
    assert "\n" not in str(refused.value)


def test_init_beside_other_tables(project: bake.Project, tmp_path: Path) -> None:
    """The tables of a catalog are not made unasked in a database that has only others; Bake's own always are."""
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE articles (sku TEXT PRIMARY KEY)")
    bakery = bake.Project(f"sqlite:///{tmp_path / 'other.db'}", "bake.catalog.bakery:BAKERY", folder=tmp_path)
    with pytest.raises(UsageError, match="has tables of its own, such as"):
        bake.initialise(bakery, beside=False)
    assert all(name.startswith("bake_") for name in bake.initialise(project, beside=False).created)


def test_the_schema_of_the_file() -> None:
    """The JSON Schema in the package is that of what is read."""
    schema = files("bake.catalog").joinpath("catalog.schema.json").read_text(encoding="utf-8")
    assert json.loads(schema) == schema_of(CatalogFile)
