"""What the governance stores: a file a noun. Importing this package registers every model."""

from governance.models.absence import Absence
from governance.models.adoption import Adoption
from governance.models.affiliation import Affiliation
from governance.models.audit import AccessLog, AuditEvent
from governance.models.case import Case, Conflict, Participation, Track
from governance.models.charter_proposal import (
    CharterBallot,
    CharterProposal,
    CharterVoice,
    ImpactStudy,
)
from governance.models.commitment import CharterSignature, Training
from governance.models.committee import (
    Attendance,
    Body,
    Declaration,
    Grid,
    Item,
    Mandate,
    SecretBallot,
    SecretVoter,
    Session,
    Vote,
)
from governance.models.convocation import Convocation, SessionDocument, SessionFeed
from governance.models.deadline import Deadline, Reminder
from governance.models.decision import (
    Attestation,
    Decision,
    FactsBlob,
    Reason,
    Record,
    StepKey,
)
from governance.models.delegation import Delegation
from governance.models.establishment import Establishment
from governance.models.incident import Incident, IncidentMeasure, IncidentSite
from governance.models.judged import Lateness, NightJudged
from governance.models.ledger import Checkpoint, Leaf, Opening, SigningKey, Tile
from governance.models.minutes import Minutes, MinutesPaper
from governance.models.nonconformity import BlockJudgement, NonConformity
from governance.models.organisation import MethodologyCommitment, Organisation
from governance.models.outbox import Message, Sweep
from governance.models.role import RoleGrant
from governance.models.stored_file import Document, StoredFile
from governance.models.warehouse import WarehouseStanding
from governance.models.witness import Contradiction, Cosignature

__all__ = [
    "Absence",
    "AccessLog",
    "Adoption",
    "Affiliation",
    "Attendance",
    "Attestation",
    "AuditEvent",
    "BlockJudgement",
    "Body",
    "Case",
    "CharterBallot",
    "CharterProposal",
    "CharterSignature",
    "CharterVoice",
    "Checkpoint",
    "Conflict",
    "Contradiction",
    "Convocation",
    "Cosignature",
    "Deadline",
    "Decision",
    "Declaration",
    "Delegation",
    "Document",
    "Establishment",
    "FactsBlob",
    "Grid",
    "ImpactStudy",
    "Incident",
    "IncidentMeasure",
    "IncidentSite",
    "Item",
    "Lateness",
    "Leaf",
    "Mandate",
    "Message",
    "MethodologyCommitment",
    "Minutes",
    "MinutesPaper",
    "NightJudged",
    "NonConformity",
    "Opening",
    "Organisation",
    "Participation",
    "Reason",
    "Record",
    "Reminder",
    "RoleGrant",
    "SecretBallot",
    "SecretVoter",
    "Session",
    "SessionDocument",
    "SessionFeed",
    "SigningKey",
    "StepKey",
    "StoredFile",
    "Sweep",
    "Tile",
    "Track",
    "Training",
    "Vote",
    "WarehouseStanding",
]
