"""All tables of the floor, room by room."""

from factory_core.access.models import AreaGrant, LineGrant, MachineGrant, SiteGrant
from factory_core.calendar.models import Holiday, Shift, ShiftBreak
from factory_core.events.models import Event, EventSubject, ReactionDone
from factory_core.importing.folder_models import WatchedFolder
from factory_core.importing.models import (
    CleaningRule,
    ExternalId,
    ImportProgress,
    ImportRun,
    ImportTrace,
    LearnedColumn,
    StagedRow,
)
from factory_core.importing.register_models import Acceptance, ImportWork, Opening, OpeningRun
from factory_core.numbering.models import NumberSeries
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import ApiToken, User
from factory_core.plant.models import Area, Line, Machine, Site
from factory_core.processes.models import ProcessBeat
from factory_core.web.models import AnsweredRequest
from factory_core.webhooks.models import Webhook, WebhookDelivery

__all__ = [
    "Acceptance",
    "AnsweredRequest",
    "ApiToken",
    "Area",
    "AreaGrant",
    "CleaningRule",
    "Event",
    "EventSubject",
    "ExternalId",
    "Holiday",
    "ImportProgress",
    "ImportRun",
    "ImportTrace",
    "ImportWork",
    "LearnedColumn",
    "Line",
    "LineGrant",
    "Machine",
    "MachineGrant",
    "NumberSeries",
    "Opening",
    "OpeningRun",
    "Partner",
    "PartnerAddress",
    "ProcessBeat",
    "ReactionDone",
    "Shift",
    "ShiftBreak",
    "Site",
    "SiteGrant",
    "StagedRow",
    "User",
    "WatchedFolder",
    "Webhook",
    "WebhookDelivery",
]
