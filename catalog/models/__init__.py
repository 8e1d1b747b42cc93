"""What the catalogue stores: a file a noun. Importing this package registers every model."""

from catalog.models.category import Category
from catalog.models.concept import CodeList, Concept
from catalog.models.count import (
    CohortVersion,
    CountedCohort,
    CountRequest,
    SavedCohort,
    SiteCount,
)
from catalog.models.dataset import Dataset
from catalog.models.description import DescriptionVersion
from catalog.models.finding import Finding, FindingEvent, FindingReminder
from catalog.models.harvest import (
    CatalogueSource,
    Harvest,
    HarvestChange,
    HarvestedDataset,
)
from catalog.models.label import LabelDeclaration
from catalog.models.objection import ObjectedDelivery, Objection
from catalog.models.order import SiteOrder, SiteReport
from catalog.models.quality import QualityResult, QualityRun
from catalog.models.searched import SpelledWord
from catalog.models.site_key import SealingKey, SiteKey
from catalog.models.variable import FillRate, Sensitivity, Terminology, Variable

__all__ = [
    "CatalogueSource",
    "Category",
    "CodeList",
    "CohortVersion",
    "Concept",
    "CountRequest",
    "CountedCohort",
    "Dataset",
    "DescriptionVersion",
    "FillRate",
    "Finding",
    "FindingEvent",
    "FindingReminder",
    "Harvest",
    "HarvestChange",
    "HarvestedDataset",
    "LabelDeclaration",
    "ObjectedDelivery",
    "Objection",
    "QualityResult",
    "QualityRun",
    "SavedCohort",
    "SealingKey",
    "Sensitivity",
    "SiteCount",
    "SiteKey",
    "SiteOrder",
    "SiteReport",
    "SpelledWord",
    "Terminology",
    "Variable",
]
