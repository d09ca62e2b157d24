"""What the baking is for: events, who is given what there, and how much has to be made for them."""

from __future__ import annotations

from sqlalchemy import Date, Integer, String

from bake.catalog.bakery.tables.base import CODE, NAME, NOTES, SLUG, optional, refers, required, table

OUTPUT_MODES = ("bulk_count", "bundled", "packaged")
PACKAGE_STATES = ("pending", "ready", "assembled", "delivered")
_COUNT = {"minimum": 1}

#: Somebody who is given packages.
RECIPIENTS = table(
    "recipients",
    required("name", NAME),
    optional("household_name", NAME),
    optional("address", String(500)),
    optional("notes", NOTES),
)

#: An occasion in a year.
EVENTS = table(
    "events",
    required("slug", SLUG, unique=True),
    required("name", NAME),
    required("event_date", Date()),
    required("year", Integer(), info={"minimum": 1900, "maximum": 9999}),
    optional("output_mode", CODE, info={"options": OUTPUT_MODES}),
    optional("notes", NOTES),
)

#: Packages for a recipient at an event.
EVENT_RECIPIENT_PACKAGES = table(
    "event_recipient_packages",
    refers("event_id", "events.id"),
    refers("recipient_id", "recipients.id"),
    refers("package_id", "packages.id"),
    required("quantity", Integer(), default=1, info=_COUNT),
    required("status", CODE, default="pending", info={"options": PACKAGE_STATES}),
    optional("delivered_to", NAME),
    optional("notes", NOTES),
)

#: How many batches of a recipe an event needs.
EVENT_PRODUCTION_TARGETS = table(
    "event_production_targets",
    refers("event_id", "events.id"),
    refers("recipe_id", "recipes.id"),
    required("target_batches", Integer(), info=_COUNT),
    optional("notes", NOTES),
)

#: How many of a finished good an event needs.
EVENT_ASSEMBLY_TARGETS = table(
    "event_assembly_targets",
    refers("event_id", "events.id"),
    refers("finished_good_id", "finished_goods.id"),
    required("target_quantity", Integer(), info=_COUNT),
    optional("notes", NOTES),
)
