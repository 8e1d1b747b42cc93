"""The acts of the audit, in words: the audit itself holds codes only."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.roles import ROLES

WORDS = {
    "role.granted": gettext_lazy("Rôle attribué"),
    "role.revoked": gettext_lazy("Rôle retiré"),
    "role.period_changed": gettext_lazy("Période d'un rôle changée"),
    "delegation.recorded": gettext_lazy("Délégation de signature enregistrée"),
    "delegation.revoked": gettext_lazy("Délégation de signature terminée"),
    "second_factor.reset": gettext_lazy("Second facteur rétabli"),
    "request.assigned": gettext_lazy("Demande confiée"),
    "charter.proposed": gettext_lazy("Version d'une charte proposée"),
    "charter.rewritten": gettext_lazy("Version d'une charte réécrite"),
    "charter.tabled": gettext_lazy("Version d'une charte mise à l'ordre du jour"),
    "charter.untabled": gettext_lazy("Version d'une charte retirée de l'ordre du jour"),
    "charter.withdrawn": gettext_lazy("Version d'une charte abandonnée"),
    "charter.adopted": gettext_lazy("Version d'une charte adoptée"),
    "charter.rejected": gettext_lazy("Version d'une charte rejetée"),
    "body.founded": gettext_lazy("Comité ou jury créé"),
    "body.rules_set": gettext_lazy("Règles d'un comité changées"),
    "mandate.named": gettext_lazy("Membre d'un comité nommé"),
    "mandate.ended": gettext_lazy("Mandat dans un comité terminé"),
    "incident.declared": gettext_lazy("Incident déclaré"),
    "incident.assessed": gettext_lazy("Incident évalué"),
    "incident.measured": gettext_lazy("Mesure ajoutée à un incident"),
    "incident.notified": gettext_lazy("Incident notifié à la CNIL"),
    "incident.excused": gettext_lazy("Notification d'un incident dite non nécessaire"),
    "incident.told": gettext_lazy("Personnes prévenues d'un incident"),
    "incident.deferred": gettext_lazy("Publication d'un incident différée"),
    "incident.published": gettext_lazy("Incident publié"),
    "incident.closed": gettext_lazy("Incident clos"),
    "establishment.contacts_changed": gettext_lazy("Contacts de l'établissement changés"),
    "warehouse.basis_stated": gettext_lazy("Base légale de l'entrepôt changée"),
    "description.proposed": gettext_lazy("Description d'un jeu de données proposée"),
    "description.accepted": gettext_lazy("Description d'un jeu de données acceptée"),
    "description.refused": gettext_lazy("Description d'un jeu de données refusée"),
    "output.released": gettext_lazy("Sortie de résultats libérée"),
    "label.declared": gettext_lazy("Élément du label de qualité déclaré"),
    "warehouse.notice_published": gettext_lazy("Note d'information des patients publiée"),
}


def action_words(event) -> str:
    """What was done, in the reader's language; the bare code for an act without words yet."""
    words = str(WORDS.get(event.action, event.action))
    role = ROLES.get(event.details.get("role", ""))
    if role is None:
        return words
    return _("%(act)s : %(what)s") % {"act": words, "what": role.name}
