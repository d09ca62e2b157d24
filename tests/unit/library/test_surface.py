"""What `import bake` gives: the names, that each is documented, and that the import itself costs nearly nothing."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Callable

import pytest

import bake

FUNCTIONS = [
    "accept_by_policy",
    "amend",
    "answer_template",
    "apply",
    "approve",
    "asking",
    "at_revision",
    "build",
    "check",
    "check_catalog",
    "check_folder",
    "collisions",
    "compare",
    "convert",
    "drift",
    "entity",
    "export_complete",
    "export_view",
    "forget_answers",
    "history",
    "import_source",
    "include_object",
    "initialise",
    "install_git",
    "list_changesets",
    "merge",
    "open_project",
    "plan_of",
    "propose",
    "read",
    "rebase",
    "recognise",
    "reflect",
    "reflect_catalog",
    "remembered_answers",
    "require_assistants_apply",
    "resolve",
    "resolve_interactively",
    "resolve_with_options",
    "revert",
    "review_proposals",
    "row_history",
    "seal",
    "settle_proposals",
    "source_records",
    "to_dict",
    "uninstall_git",
    "validate_export",
    "view_prompt",
    "view_schema",
    "view_template",
]
CLASSES = [
    "AmendResult",
    "Answer",
    "ApplyResult",
    "ApproveResult",
    "AskedQuestion",
    "CancelToken",
    "Catalog",
    "CatalogCheck",
    "CatalogFileResult",
    "ChangedOperation",
    "Changeset",
    "CheckResult",
    "Collision",
    "Collisions",
    "Column",
    "Comparison",
    "Conversion",
    "Derivation",
    "Difference",
    "Drift",
    "Entity",
    "Evidence",
    "ExportResult",
    "FieldChange",
    "FolderCheck",
    "GitSetup",
    "ImportResult",
    "InitResult",
    "Joined",
    "Latest",
    "LedgerEntry",
    "LeftOut",
    "ListedChangeset",
    "Manifest",
    "MergeResult",
    "Nested",
    "Outlier",
    "Part",
    "Plan",
    "Progress",
    "Project",
    "Proposal",
    "ProposeResult",
    "Question",
    "ReadAs",
    "RebaseResult",
    "Recognised",
    "ResolveResult",
    "Resolver",
    "RevertResult",
    "Reviewer",
    "Role",
    "RowEvent",
    "SealResult",
    "SettleResult",
    "SourceRecord",
    "Total",
    "UnreadableRow",
    "ValidationResult",
    "View",
    "ViewExport",
]
OTHERS = ["ChangesetLike", "Confirm", "ENGINE_OPTIONS", "Operation", "SourceLike", "__version__", "errors"]


def test_these_are_the_public_names() -> None:
    """A name is added or taken away on purpose, and then here, too."""
    assert sorted(bake.__all__) == sorted([*FUNCTIONS, *CLASSES, *OTHERS])
    assert set(bake.__all__) <= set(dir(bake))


@pytest.mark.parametrize("name", bake.__all__)
def test_each_name_is_there(name: str) -> None:
    """Whatever is announced can be had, and a second time it is the same."""
    assert getattr(bake, name) is getattr(bake, name)


def test_a_name_that_is_not_there() -> None:
    """It is refused as any module refuses it."""
    with pytest.raises(AttributeError, match="module 'bake' has no attribute 'imprt'"):
        bake.imprt  # type: ignore[attr-defined] # noqa: B018 - it must raise


def test_type_checkers_see_the_same_names() -> None:
    """What is loaded when it is used is imported for them from the same modules."""
    tree = ast.parse(inspect.getsource(bake))
    [known] = [n for n in tree.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name)]
    imports = [node for node in known.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names if alias.name != "errors"}
    assert seen == bake._PLACES  # noqa: SLF001


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_each_name_is_documented(name: str) -> None:
    """A class says what it is for; so does each of its own public methods."""
    item = getattr(bake, name)
    assert inspect.getdoc(item)
    if inspect.isclass(item):
        own = [member for key, member in vars(item).items() if inspect.isfunction(member) and not key.startswith("_")]
        assert all(member.__doc__ for member in own)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_says_what_it_takes_and_raises(name: str) -> None:
    """Every argument is described under `Args`; what Bake raises, under `Raises`, unless nothing can go wrong."""
    function: Callable[..., object] = getattr(bake, name)
    doc = inspect.getdoc(function) or ""
    parameters = list(inspect.signature(function).parameters)
    assert "Args:" in doc
    described = doc.partition("Args:")[2]
    assert [parameter for parameter in parameters if f"    {parameter}: " not in described] == []
    assert "Raises:" in doc or name in ("plan_of", "include_object")


def test_every_error_is_public() -> None:
    """What can be raised can be caught by its name, and says what it is for."""
    errors = [item for item in vars(bake.errors).values() if inspect.isclass(item) and issubclass(item, Exception)]
    assert bake.errors.BakeError in errors
    assert all(error.__doc__ for error in errors)


def test_importing_loads_nothing() -> None:
    """Names are loaded when they are used: neither SQLAlchemy nor msgspec before."""
    code = "import sys, bake; print(sorted(m for m in sys.modules if m.startswith(('bake', 'sqlalchemy', 'msgspec'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['bake', 'bake.version']"
