from projects.models.delivery import (
    AccessPeriod,
    Amendment,
    Certificate,
    Extraction,
    MemberAccess,
    PlainResults,
    Result,
)
from projects.models.exchange import Attachment, Handler, Idea, Invitation, Message, Point
from projects.models.output import Output, OutputCheck, OutputFile
from projects.models.request import (
    AskedSite,
    AskedVariable,
    LegalPerson,
    Request,
    RequesterKind,
    RequestUserObjectPermission,
    Section,
    YearCounter,
)
from projects.models.reservation import Reservation, ReservationAnswer
from projects.models.route import Convention, Evidence, Qualification
from projects.models.space import Space, SpaceVisit

__all__ = [
    "AccessPeriod",
    "Amendment",
    "AskedSite",
    "AskedVariable",
    "Attachment",
    "Certificate",
    "Convention",
    "Evidence",
    "Extraction",
    "Handler",
    "Idea",
    "Invitation",
    "LegalPerson",
    "MemberAccess",
    "Message",
    "Output",
    "OutputCheck",
    "OutputFile",
    "PlainResults",
    "Point",
    "Qualification",
    "Request",
    "RequestUserObjectPermission",
    "RequesterKind",
    "Reservation",
    "ReservationAnswer",
    "Result",
    "Section",
    "Space",
    "SpaceVisit",
    "YearCounter",
]
