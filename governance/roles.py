"""Roles are code: each has a name, a sentence that says what it is for, and permissions.

A role is granted to a person for an establishment or the whole network, for a period
(``governance.models.RoleGrant``). What may be done in one request by its own team does not come
from a role but from being a member of it. Steps of the process name roles themselves, in
``governance/process/table.py``: the permissions here open pages and acts beside the steps.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing that a role opens. Checked by ``governance.permissions.may``."""

    HOLD_REQUEST = "hold_request"
    WRITE_REQUEST = "write_request"
    SUPPORT_REQUEST = "support_request"
    READ_REQUESTS = "read_requests"
    ANSWER_IDEAS = "answer_ideas"
    ASSIGN_REQUESTS = "assign_requests"
    EXAMINE_REQUESTS = "examine_requests"
    WRITE_INTERNAL_NOTES = "write_internal_notes"
    STATE_FEASIBILITY = "state_feasibility"
    SET_ROUTE = "set_route"
    GIVE_DPO_OPINION = "give_dpo_opinion"
    GIVE_EXPERT_OPINION = "give_expert_opinion"
    READ_SESSIONS = "read_sessions"
    COMPOSE_SESSIONS = "compose_sessions"
    VOTE = "vote"
    CHAIR_SESSIONS = "chair_sessions"
    REPORT_ITEMS = "report_items"
    SIGN_DECISIONS = "sign_decisions"
    EDIT_CATALOGUE = "edit_catalogue"
    READ_NEIGHBOURS = "read_neighbours"
    RUN_EXTRACTIONS = "run_extractions"
    READ_OBJECTED = "read_objected"
    CHECK_OUTPUTS = "check_outputs"
    MANAGE_PEOPLE = "manage_people"
    RECORD_DELEGATIONS = "record_delegations"
    EDIT_ESTABLISHMENT = "edit_establishment"
    KEEP_WAREHOUSE = "keep_warehouse"
    EDIT_ORGANISATIONS = "edit_organisations"
    READ_AUDIT = "read_audit"
    STEER = "steer"
    PROPOSE_CHARTERS = "propose_charters"
    DECLARE_INCIDENTS = "declare_incidents"
    READ_INCIDENTS = "read_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    DEFER_INCIDENTS = "defer_incidents"
    ERASE_WORDS = "erase_words"

    @property
    def sentence(self) -> Promise:
        """What it lets one do, as an infinitive."""
        return PERMISSION_SENTENCES[self]


PERMISSION_SENTENCES = {
    Permission.HOLD_REQUEST: _("porter une demande"),
    Permission.WRITE_REQUEST: _("rédiger une demande"),
    Permission.SUPPORT_REQUEST: _("cosigner la demande d'un porteur extérieur"),
    Permission.READ_REQUESTS: _("lire les demandes de son établissement"),
    Permission.ANSWER_IDEAS: _("répondre aux idées"),
    Permission.ASSIGN_REQUESTS: _("attribuer une demande à une personne"),
    Permission.EXAMINE_REQUESTS: _("examiner la recevabilité et suivre une demande"),
    Permission.WRITE_INTERNAL_NOTES: _("lire et écrire les notes internes"),
    Permission.STATE_FEASIBILITY: _("rendre la faisabilité de son établissement"),
    Permission.SET_ROUTE: _("fixer la voie réglementaire et suivre les formalités"),
    Permission.GIVE_DPO_OPINION: _("rendre l'avis du délégué à la protection des données"),
    Permission.GIVE_EXPERT_OPINION: _("rendre un avis d'expert quand on y est invité"),
    Permission.READ_SESSIONS: _("lire les dossiers des séances"),
    Permission.COMPOSE_SESSIONS: _("composer l'ordre du jour et tenir le procès-verbal"),
    Permission.VOTE: _("voter en séance"),
    Permission.CHAIR_SESSIONS: _("présider les séances et signer les avis"),
    Permission.REPORT_ITEMS: _("rapporter un point devant le comité"),
    Permission.SIGN_DECISIONS: _("signer les décisions que couvre une délégation"),
    Permission.EDIT_CATALOGUE: _("décrire les données de son établissement"),
    Permission.READ_NEIGHBOURS: _(
        "lire les catalogues d'autres réseaux et accepter ce qui en est montré"
    ),
    Permission.RUN_EXTRACTIONS: _("lancer et livrer les extractions"),
    Permission.READ_OBJECTED: _(
        "lire ce qui est décidé des livraisons où des personnes se sont opposées depuis"
    ),
    Permission.CHECK_OUTPUTS: _("contrôler ce qui sort des espaces de travail"),
    Permission.MANAGE_PEOPLE: _("attribuer et retirer les rôles, rétablir un second facteur"),
    Permission.RECORD_DELEGATIONS: _("enregistrer les délégations de signature"),
    Permission.EDIT_ESTABLISHMENT: _("tenir à jour les contacts de l'établissement"),
    Permission.KEEP_WAREHOUSE: _(
        "dire sur quoi repose l'entrepôt et comment les patients en sont informés"
    ),
    Permission.EDIT_ORGANISATIONS: _("tenir à jour les organisations"),
    Permission.READ_AUDIT: _("lire l'historique des droits"),
    Permission.STEER: _("suivre les délais et l'activité"),
    Permission.PROPOSE_CHARTERS: _("préparer une version d'une charte et en consigner le vote"),
    Permission.DECLARE_INCIDENTS: _("déclarer un incident"),
    Permission.READ_INCIDENTS: _("lire les incidents de son établissement"),
    Permission.HANDLE_INCIDENTS: _("notifier un incident à la CNIL, le publier et le clore"),
    Permission.DEFER_INCIDENTS: _("différer la publication d'un incident"),
    Permission.ERASE_WORDS: _("effacer les mots d'une décision"),
}


@dataclass(frozen=True)
class Role:
    """A role. ``staff`` roles act for an establishment and require a second factor."""

    code: str
    name: Promise
    sentence: Promise
    permissions: frozenset[Permission]
    staff: bool = True

    @property
    def opens(self) -> list[Permission]:
        """Its permissions, in the order in which they are declared."""
        return [each for each in Permission if each in self.permissions]


_P = Permission

_DEFINITIONS = (
    Role(
        "researcher",
        _("Chercheur"),
        _("Professionnel titulaire d'un établissement du réseau : il porte des demandes."),
        frozenset({_P.HOLD_REQUEST, _P.WRITE_REQUEST}),
        staff=False,
    ),
    Role(
        "writer",
        _("Rédacteur"),
        _("Attaché ou technicien de recherche : il rédige une demande, sans la porter."),
        frozenset({_P.WRITE_REQUEST}),
        staff=False,
    ),
    Role(
        "local_referent",
        _("Référent local"),
        _("Professionnel du réseau qui cosigne la demande d'un porteur extérieur."),
        frozenset({_P.HOLD_REQUEST, _P.WRITE_REQUEST, _P.SUPPORT_REQUEST}),
        staff=False,
    ),
    Role(
        "case_officer",
        _("Chargé de dossier"),
        _("Il accueille la demande, examine sa recevabilité et la suit jusqu'à sa clôture."),
        frozenset(
            {
                _P.READ_REQUESTS,
                _P.ANSWER_IDEAS,
                _P.ASSIGN_REQUESTS,
                _P.EXAMINE_REQUESTS,
                _P.WRITE_INTERNAL_NOTES,
                _P.READ_SESSIONS,
                _P.EDIT_ORGANISATIONS,
                _P.STEER,
            }
        ),
    ),
    Role(
        "methodologist",
        _("Méthodologiste"),
        _("Il dit si l'étude est faisable avec les données de son établissement."),
        frozenset(
            {
                _P.READ_REQUESTS,
                _P.ANSWER_IDEAS,
                _P.STATE_FEASIBILITY,
                _P.CHECK_OUTPUTS,
                _P.WRITE_INTERNAL_NOTES,
            }
        ),
    ),
    Role(
        "regulatory_officer",
        _("Chargé des affaires réglementaires"),
        _("Il fixe la voie réglementaire et suit les formalités et les conventions."),
        frozenset({_P.READ_REQUESTS, _P.SET_ROUTE, _P.WRITE_INTERNAL_NOTES, _P.EDIT_ORGANISATIONS}),
    ),
    Role(
        "dpo",
        _("Délégué à la protection des données"),
        _("Il rend son avis sur chaque traitement et peut bloquer un accès."),
        frozenset(
            {
                _P.READ_REQUESTS,
                _P.GIVE_DPO_OPINION,
                _P.READ_OBJECTED,
                _P.KEEP_WAREHOUSE,
                _P.WRITE_INTERNAL_NOTES,
                _P.READ_AUDIT,
                _P.READ_INCIDENTS,
                _P.HANDLE_INCIDENTS,
                _P.ERASE_WORDS,
            }
        ),
    ),
    Role(
        "committee_member",
        _("Membre du comité scientifique et éthique"),
        _("Il lit les dossiers, déclare ses liens d'intérêts et vote."),
        frozenset({_P.READ_SESSIONS, _P.VOTE}),
    ),
    Role(
        "committee_chair",
        _("Président du comité scientifique et éthique"),
        _("Il préside les séances et signe les avis qui résultent des votes."),
        frozenset({_P.READ_SESSIONS, _P.VOTE, _P.CHAIR_SESSIONS}),
    ),
    Role(
        "committee_secretary",
        _("Secrétaire du comité scientifique et éthique"),
        _("Il compose l'ordre du jour, convoque et tient le procès-verbal ; il ne vote pas."),
        frozenset({_P.READ_SESSIONS, _P.COMPOSE_SESSIONS}),
    ),
    Role(
        "rapporteur",
        _("Rapporteur"),
        _("Il étudie une demande et la présente au comité."),
        frozenset({_P.READ_SESSIONS, _P.REPORT_ITEMS}),
    ),
    Role(
        "delegate",
        _("Délégataire"),
        _("Il décide au nom du directeur de l'établissement, dans sa délégation de signature."),
        frozenset({_P.READ_REQUESTS, _P.SIGN_DECISIONS, _P.READ_INCIDENTS}),
    ),
    Role(
        "producer",
        _("Producteur de données"),
        _("Il décrit les données de son établissement et veille à leur qualité."),
        frozenset({_P.EDIT_CATALOGUE, _P.KEEP_WAREHOUSE}),
    ),
    Role(
        "data_engineer",
        _("Ingénieur de données"),
        _("Il lance les extractions de son établissement et les livre."),
        frozenset(
            {
                _P.READ_REQUESTS,
                _P.RUN_EXTRACTIONS,
                _P.READ_OBJECTED,
                _P.CHECK_OUTPUTS,
                _P.EDIT_CATALOGUE,
            }
        ),
    ),
    Role(
        "expert",
        _("Expert"),
        _("Il donne un avis sur la demande pour laquelle il est invité, et ne lit qu'elle."),
        frozenset({_P.GIVE_EXPERT_OPINION}),
    ),
    Role(
        "network_coordinator",
        _("Coordinateur du réseau"),
        _("Il suit les demandes et les délais de tous les établissements."),
        frozenset(
            {
                _P.READ_REQUESTS,
                _P.ASSIGN_REQUESTS,
                _P.READ_SESSIONS,
                _P.READ_NEIGHBOURS,
                _P.EDIT_ORGANISATIONS,
                _P.STEER,
                _P.PROPOSE_CHARTERS,
                _P.READ_INCIDENTS,
            }
        ),
    ),
    Role(
        "security_officer",
        _("Officier de sécurité"),
        _("Il suit les incidents de son établissement et peut en différer la publication."),
        frozenset({_P.READ_INCIDENTS, _P.DEFER_INCIDENTS}),
    ),
    Role(
        "administrator",
        _("Administrateur"),
        _("Il tient les personnes, les rôles, les délégations et les contacts ; il ne décide pas."),
        frozenset(
            {
                _P.MANAGE_PEOPLE,
                _P.RECORD_DELEGATIONS,
                _P.EDIT_ESTABLISHMENT,
                _P.EDIT_ORGANISATIONS,
                _P.READ_AUDIT,
                _P.PROPOSE_CHARTERS,
            }
        ),
    ),
)

OF_ALL_STAFF = frozenset({_P.DECLARE_INCIDENTS})
"""What every role of the staff opens, beside its own permissions."""


def _whole(role: Role) -> Role:
    return replace(role, permissions=role.permissions | OF_ALL_STAFF) if role.staff else role


ROLES: dict[str, Role] = {role.code: _whole(role) for role in _DEFINITIONS}
"""Every role by its code, in the order in which pages list them."""

STAFF_ROLES = frozenset(code for code, role in ROLES.items() if role.staff)
"""The codes of the roles that require a second factor."""


def roles_with(permission: Permission) -> frozenset[str]:
    """The codes of the roles that open ``permission``."""
    return frozenset(code for code, role in ROLES.items() if permission in role.permissions)
