"""The entities of events: recipients, events, and the packages and targets planned for them."""

from __future__ import annotations

from bake.catalog.bakery.entities.declaring import PLANNING, declare, slug_of
from bake.catalog.entity import Nested

RECIPIENTS = declare(
    "recipients",
    keys=(("name", "household_name"),),
    alternates=("name",),
    label="{name} ({household_name})",
    aliases={"household": ("household_name",)},
)

EVENTS = declare(
    "events",
    group=PLANNING,
    keys=(("slug",), ("name", "year")),
    alternates=("name",),
    label="{name} ({event_date})",
    derived=slug_of("name"),
    nested={
        "event_recipient_packages": Nested("event_recipient_packages", "event"),
        "event_production_targets": Nested("event_production_targets", "event"),
        "event_assembly_targets": Nested("event_assembly_targets", "event"),
    },
)

EVENT_RECIPIENT_PACKAGES = declare(
    "event_recipient_packages",
    group=PLANNING,
    keys=(("event", "recipient", "package"),),
    label="{event}: {quantity} × {package} for {recipient}",
)

EVENT_PRODUCTION_TARGETS = declare(
    "event_production_targets",
    group=PLANNING,
    keys=(("event", "recipe"),),
    label="{event}: {target_batches} × {recipe}",
)

EVENT_ASSEMBLY_TARGETS = declare(
    "event_assembly_targets",
    group=PLANNING,
    keys=(("event", "finished_good"),),
    label="{event}: {target_quantity} × {finished_good}",
)
