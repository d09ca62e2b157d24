"""docs/reference/library.md: each of its programs runs as it stands, and it names whatever `import bake` gives."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from support.documents import ROOT, blocks, programs, ran, write_programs

import bake

PAGE = "docs/reference/library.md"
_UPLOAD = """
import json
from fastapi.testclient import TestClient
from upload import app, engine, project
import bake

bake.initialise(project)
client = TestClient(app)
sheet = b"sku,name,price\\nF5,Flour,4.79\\nS1,Salt,0.99\\n"
sent = client.post("/imports", files={"file": ("../monday.csv", sheet)}).json()
done = client.post(f"/imports/{sent['name']}/apply")
again = client.post(f"/imports/{sent['name']}/apply")
bad = client.post("/imports", files={"file": ("x.csv", b"sku,name,price\\nF6,Rye,cheap\\n")}).json()
refused = client.post(f"/imports/{bad['name']}/apply")
lost = client.post("/imports/nothing.changeset.jsonl/apply")
print(json.dumps({
    "planned": sent["plan"]["planned"]["products"], "name": sent["name"],
    "states": [done.json()["state"], again.json()["state"]],
    "refused": [refused.status_code, refused.json()["error"], len(refused.json()["questions"])],
    "lost": lost.status_code,
}))
"""
_SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "only for this test"
INSTALLED_APPS = ["stock"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(BASE_DIR / "django.db")}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
_MODELS = """
from django.db import models


class Product(models.Model):
    sku = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with all programs of the page."""
    write_programs(PAGE, tmp_path)
    return tmp_path


def test_the_script(folder: Path) -> None:
    """It asks about the price that is none, and applies all three rows."""
    said = ran(folder, "script.py")
    assert said == "q1 invalid price cheap\napplied {'create': 3}\n"
    assert len(list((folder / "changesets").glob("*records*"))) == 1


def test_the_upload(folder: Path) -> None:
    """The plan comes first, then the application, once; open questions and lost names have their own status."""
    (folder / "client.py").write_text(_UPLOAD)
    said = bake_json(ran(folder, "client.py"))
    assert said["planned"] == {"create": 2, "update": 0, "delete": 0, "unchanged": 0, "skipped": 0}
    assert re.fullmatch(r"[\d-]+-monday-\w+\.changeset\.jsonl", str(said["name"]))
    assert said["states"] == ["applied", "already applied"]
    assert said["refused"] == [409, "open_questions", 1]
    assert said["lost"] == 404


def bake_json(text: str) -> dict[str, object]:
    """The last line as JSON."""
    found: dict[str, object] = json.loads(text.splitlines()[-1])
    return found


def test_the_django_command(folder: Path) -> None:
    """Its tables are Django's; it shows the plan, and writes only when it is told to."""
    for name, code in {
        "settings.py": _SETTINGS,
        "stock/__init__.py": "",
        "stock/models.py": _MODELS,
        "stock/management/__init__.py": "",
        "stock/management/commands/__init__.py": "",
        "products.csv": "sku,name,price\nF5,Flour,4.79\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)

    def django(*arguments: str) -> str:
        return ran(folder, "-m", "django", *arguments, "--settings", "settings")

    django("makemigrations", "stock")
    django("migrate")
    assert django("import_products", "products.csv") == "stock_product: 1 to create, 0 to update\n"
    said = django("import_products", "products.csv", "--yes")
    assert said == "stock_product: 1 to create, 0 to update\napplied\n"
    assert django("import_products", "products.csv") == "stock_product: 0 to create, 0 to update\n"


def test_the_fixture(folder: Path) -> None:
    """Both of its tests find what the changeset says, though the first one has changed it."""
    shop = runpy.run_path(str(folder / "shop.py"))
    project = bake.Project(shop["engine"](f"sqlite:///{folder / 'once.db'}"), shop["CATALOG"])
    bake.initialise(project)
    records = [{"sku": "F5", "name": "Flour", "price": "4.79"}, {"sku": "S1", "name": "Salt", "price": "0.99"}]
    file = bake.build(project, records, view="products", output=folder / "stock.changeset.jsonl")
    before = file.path.read_bytes()
    assert "2 passed" in ran(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py")
    assert file.path.read_bytes() == before


def test_watching(folder: Path) -> None:
    """It is cancelled, and says so."""
    ran(folder, "script.py")
    assert ran(folder, "watching.py") == "cancelled; nothing was written\n"


def test_every_program_is_run() -> None:
    """A program that is added to the page is added here."""
    run = {"shop.py", "script.py", "upload.py", "test_shop.py", "watching.py"}
    assert programs(PAGE).keys() == run | {"stock/management/commands/import_products.py"}


def test_every_public_name_is_on_the_page() -> None:
    """What can be imported can be found there."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert [name for name in bake.__all__ if f"`{name}`" not in page and name != "__version__"] == []


def test_the_readme(tmp_path: Path) -> None:
    """What the README shows of it runs, given what it takes for granted."""
    [code] = blocks("README.md")
    (tmp_path / "shop.py").write_text(programs(PAGE)["shop.py"])
    given = "from shop import CATALOG, engine as made\nimport bake\n"
    given += "engine = made('sqlite:///shop.db')\nbake.initialise(bake.Project(engine, CATALOG))\n"
    given += "records = [{'sku': 'F5', 'name': 'Flour', 'price': 4}]\n"
    (tmp_path / "readme.py").write_text(f"{given}{code}print(bake.history(project)[0].counts)\n")
    assert ran(tmp_path, "readme.py") == "{'products': {'create': 1}}\n"
