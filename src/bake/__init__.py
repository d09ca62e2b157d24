"""Outside data into a SQL database, the way good teams bring code into a repository: as a reviewed changeset.

    import bake

    project = bake.Project(engine, CATALOG, actor="ada")
    changeset = bake.build(project, "prices.csv", view="products")
    if not changeset.open_questions:
        bake.apply(project, changeset)

This is what the command line itself calls; `docs/reference/library.md` shows it at work. Functions take a `Project`
(which database and catalog, in whose name) and return frozen results; what can go wrong is in `bake.errors`. Nothing is
printed, no signal is handled, and what is done is logged to the logger `bake`. Names are loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bake.version import __version__

if TYPE_CHECKING:
    from bake import errors as errors
    from bake.app.amend import amend as amend
    from bake.app.answering.asking import AskedQuestion as AskedQuestion
    from bake.app.answering.asking import asking as asking
    from bake.app.answering.remembered_answers import forget_answers as forget_answers
    from bake.app.answering.remembered_answers import remembered_answers as remembered_answers
    from bake.app.apply import apply as apply
    from bake.app.approval_results import ApproveResult as ApproveResult
    from bake.app.approve import approve as approve
    from bake.app.build import build as build
    from bake.app.check import check as check
    from bake.app.check_folder import check_folder as check_folder
    from bake.app.check_results import CheckResult as CheckResult
    from bake.app.check_results import FolderCheck as FolderCheck
    from bake.app.convert import convert as convert
    from bake.app.export import export_complete as export_complete
    from bake.app.export import validate_export as validate_export
    from bake.app.export_views import export_view as export_view
    from bake.app.export_views import view_prompt as view_prompt
    from bake.app.export_views import view_schema as view_schema
    from bake.app.export_views import view_template as view_template
    from bake.app.history import drift as drift
    from bake.app.history import history as history
    from bake.app.history import row_history as row_history
    from bake.app.import_ import Confirm as Confirm
    from bake.app.import_ import import_source as import_source
    from bake.app.init import initialise as initialise
    from bake.app.list_changesets import list_changesets as list_changesets
    from bake.app.policy import require_assistants_apply as require_assistants_apply
    from bake.app.progress import Progress as Progress
    from bake.app.project import CancelToken as CancelToken
    from bake.app.project import Project as Project
    from bake.app.project import open_project as open_project
    from bake.app.proposals import accept_by_policy as accept_by_policy
    from bake.app.proposals import review_proposals as review_proposals
    from bake.app.proposals import settle_proposals as settle_proposals
    from bake.app.proposing import propose as propose
    from bake.app.rebase import rebase as rebase
    from bake.app.recognise import LeftOut as LeftOut
    from bake.app.recognise import Part as Part
    from bake.app.recognise import Recognised as Recognised
    from bake.app.recognise import recognise as recognise
    from bake.app.reflecting import CatalogCheck as CatalogCheck
    from bake.app.reflecting import CatalogFileResult as CatalogFileResult
    from bake.app.reflecting import check_catalog as check_catalog
    from bake.app.reflecting import reflect_catalog as reflect_catalog
    from bake.app.resolve import answer_template as answer_template
    from bake.app.resolve import resolve as resolve
    from bake.app.resolve import resolve_interactively as resolve_interactively
    from bake.app.resolve import resolve_with_options as resolve_with_options
    from bake.app.results import AmendResult as AmendResult
    from bake.app.results import ApplyResult as ApplyResult
    from bake.app.results import FieldChange as FieldChange
    from bake.app.results import GitSetup as GitSetup
    from bake.app.results import ImportResult as ImportResult
    from bake.app.results import InitResult as InitResult
    from bake.app.results import ListedChangeset as ListedChangeset
    from bake.app.results import MergeResult as MergeResult
    from bake.app.results import ProposeResult as ProposeResult
    from bake.app.results import RebaseResult as RebaseResult
    from bake.app.results import ResolveResult as ResolveResult
    from bake.app.results import RevertResult as RevertResult
    from bake.app.results import RowEvent as RowEvent
    from bake.app.results import SealResult as SealResult
    from bake.app.results import SettleResult as SettleResult
    from bake.app.revert import revert as revert
    from bake.app.seal import seal as seal
    from bake.app.serialise import to_dict as to_dict
    from bake.app.source_records import SourceRecord as SourceRecord
    from bake.app.source_records import source_records as source_records
    from bake.app.versions.collisions import collisions as collisions
    from bake.app.versions.compare import compare as compare
    from bake.app.versions.comparison import ChangedOperation as ChangedOperation
    from bake.app.versions.comparison import Collision as Collision
    from bake.app.versions.comparison import Collisions as Collisions
    from bake.app.versions.comparison import Comparison as Comparison
    from bake.app.versions.comparison import Difference as Difference
    from bake.app.versions.git_setup import install_git as install_git
    from bake.app.versions.git_setup import uninstall_git as uninstall_git
    from bake.app.versions.merge import merge as merge
    from bake.app.versions.revisions import at_revision as at_revision
    from bake.app.written_files import Conversion as Conversion
    from bake.app.written_files import ExportResult as ExportResult
    from bake.app.written_files import ValidationResult as ValidationResult
    from bake.app.written_files import ViewExport as ViewExport
    from bake.applier.drift import Drift as Drift
    from bake.catalog.declaring import entity as entity
    from bake.catalog.entity import Entity as Entity
    from bake.catalog.entity import Nested as Nested
    from bake.catalog.field import Derivation as Derivation
    from bake.catalog.field import Outlier as Outlier
    from bake.catalog.model import Catalog as Catalog
    from bake.catalog.reflect import reflect as reflect
    from bake.catalog.view import Column as Column
    from bake.catalog.view import Joined as Joined
    from bake.catalog.view import Latest as Latest
    from bake.catalog.view import Role as Role
    from bake.catalog.view import Total as Total
    from bake.catalog.view import View as View
    from bake.changeset.file import Changeset as Changeset
    from bake.changeset.file import read as read
    from bake.changeset.header import ReadAs as ReadAs
    from bake.changeset.model import Evidence as Evidence
    from bake.changeset.model import Operation as Operation
    from bake.changeset.model import Question as Question
    from bake.changeset.place import ChangesetLike as ChangesetLike
    from bake.database.documents import ENGINE_OPTIONS as ENGINE_OPTIONS
    from bake.database.ledger.ledger import LedgerEntry as LedgerEntry
    from bake.database.migrations import include_object as include_object
    from bake.database.reading.unreadable import UnreadableRow as UnreadableRow
    from bake.renderer.plan import Plan as Plan
    from bake.renderer.plan import plan_of as plan_of
    from bake.resolution.answers import Answer as Answer
    from bake.resolution.proposal import Proposal as Proposal
    from bake.resolution.proposal import Reviewer as Reviewer
    from bake.resolution.resolver import Resolver as Resolver
    from bake.sources.normalized.manifest import Manifest as Manifest
    from bake.sources.texts.streams import SourceLike as SourceLike

#: Where each name is defined.
_PLACES = {
    "AmendResult": "bake.app.results",
    "Answer": "bake.resolution.answers",
    "ApplyResult": "bake.app.results",
    "ApproveResult": "bake.app.approval_results",
    "AskedQuestion": "bake.app.answering.asking",
    "CancelToken": "bake.app.project",
    "Catalog": "bake.catalog.model",
    "CatalogCheck": "bake.app.reflecting",
    "CatalogFileResult": "bake.app.reflecting",
    "ChangedOperation": "bake.app.versions.comparison",
    "Changeset": "bake.changeset.file",
    "ChangesetLike": "bake.changeset.place",
    "CheckResult": "bake.app.check_results",
    "Collision": "bake.app.versions.comparison",
    "Collisions": "bake.app.versions.comparison",
    "Column": "bake.catalog.view",
    "Comparison": "bake.app.versions.comparison",
    "Confirm": "bake.app.import_",
    "Conversion": "bake.app.written_files",
    "Derivation": "bake.catalog.field",
    "Difference": "bake.app.versions.comparison",
    "Drift": "bake.applier.drift",
    "ENGINE_OPTIONS": "bake.database.documents",
    "Entity": "bake.catalog.entity",
    "Evidence": "bake.changeset.model",
    "ExportResult": "bake.app.written_files",
    "FieldChange": "bake.app.results",
    "FolderCheck": "bake.app.check_results",
    "GitSetup": "bake.app.results",
    "ImportResult": "bake.app.results",
    "InitResult": "bake.app.results",
    "Joined": "bake.catalog.view",
    "Latest": "bake.catalog.view",
    "LedgerEntry": "bake.database.ledger.ledger",
    "LeftOut": "bake.app.recognise",
    "ListedChangeset": "bake.app.results",
    "Manifest": "bake.sources.normalized.manifest",
    "MergeResult": "bake.app.results",
    "Nested": "bake.catalog.entity",
    "Operation": "bake.changeset.model",
    "Outlier": "bake.catalog.field",
    "Part": "bake.app.recognise",
    "Plan": "bake.renderer.plan",
    "Progress": "bake.app.progress",
    "Project": "bake.app.project",
    "Proposal": "bake.resolution.proposal",
    "ProposeResult": "bake.app.results",
    "Question": "bake.changeset.model",
    "ReadAs": "bake.changeset.header",
    "Recognised": "bake.app.recognise",
    "RebaseResult": "bake.app.results",
    "ResolveResult": "bake.app.results",
    "Resolver": "bake.resolution.resolver",
    "RevertResult": "bake.app.results",
    "Reviewer": "bake.resolution.proposal",
    "Role": "bake.catalog.view",
    "RowEvent": "bake.app.results",
    "SealResult": "bake.app.results",
    "SettleResult": "bake.app.results",
    "SourceLike": "bake.sources.texts.streams",
    "SourceRecord": "bake.app.source_records",
    "Total": "bake.catalog.view",
    "UnreadableRow": "bake.database.reading.unreadable",
    "ValidationResult": "bake.app.written_files",
    "View": "bake.catalog.view",
    "ViewExport": "bake.app.written_files",
    "accept_by_policy": "bake.app.proposals",
    "amend": "bake.app.amend",
    "answer_template": "bake.app.resolve",
    "apply": "bake.app.apply",
    "approve": "bake.app.approve",
    "asking": "bake.app.answering.asking",
    "at_revision": "bake.app.versions.revisions",
    "build": "bake.app.build",
    "check": "bake.app.check",
    "check_catalog": "bake.app.reflecting",
    "check_folder": "bake.app.check_folder",
    "collisions": "bake.app.versions.collisions",
    "compare": "bake.app.versions.compare",
    "convert": "bake.app.convert",
    "drift": "bake.app.history",
    "entity": "bake.catalog.declaring",
    "export_complete": "bake.app.export",
    "export_view": "bake.app.export_views",
    "forget_answers": "bake.app.answering.remembered_answers",
    "history": "bake.app.history",
    "import_source": "bake.app.import_",
    "include_object": "bake.database.migrations",
    "initialise": "bake.app.init",
    "install_git": "bake.app.versions.git_setup",
    "list_changesets": "bake.app.list_changesets",
    "merge": "bake.app.versions.merge",
    "open_project": "bake.app.project",
    "plan_of": "bake.renderer.plan",
    "propose": "bake.app.proposing",
    "read": "bake.changeset.file",
    "rebase": "bake.app.rebase",
    "recognise": "bake.app.recognise",
    "reflect": "bake.catalog.reflect",
    "reflect_catalog": "bake.app.reflecting",
    "remembered_answers": "bake.app.answering.remembered_answers",
    "require_assistants_apply": "bake.app.policy",
    "resolve": "bake.app.resolve",
    "resolve_interactively": "bake.app.resolve",
    "resolve_with_options": "bake.app.resolve",
    "revert": "bake.app.revert",
    "review_proposals": "bake.app.proposals",
    "row_history": "bake.app.history",
    "seal": "bake.app.seal",
    "settle_proposals": "bake.app.proposals",
    "source_records": "bake.app.source_records",
    "to_dict": "bake.app.serialise",
    "uninstall_git": "bake.app.versions.git_setup",
    "validate_export": "bake.app.export",
    "view_prompt": "bake.app.export_views",
    "view_schema": "bake.app.export_views",
    "view_template": "bake.app.export_views",
}

__all__ = ["__version__", "errors", *_PLACES]  # noqa: PLE0604 - the names are text


if not TYPE_CHECKING:  # type checkers know the names from above, and should not take others for names

    def __getattr__(name: str) -> Any:
        """A public name, loaded now."""
        if name == "errors":
            return import_module("bake.errors")
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(_PLACES[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
