"""The admin of reference data: establishments and organisations. Never moves a request."""

from django.contrib import admin

from governance.domain.watching import facts_changed
from governance.models.establishment import Establishment
from governance.models.organisation import MethodologyCommitment, Organisation


@admin.register(Establishment)
class EstablishmentAdmin(admin.ModelAdmin):
    list_display = ["short_name", "kind", "warehouse_declaration", "active"]
    list_filter = ["active", "kind"]
    search_fields = ["name", "short_name"]

    def has_delete_permission(self, request, obj=None):
        """An establishment is made inactive: the past names it."""
        return False

    def save_model(self, request, obj, form, change):
        """Its contacts are facts that the requests it supplies are judged on."""
        super().save_model(request, obj, form, change)
        facts_changed(establishment=obj.pk)


class CommitmentInline(admin.TabularInline):
    model = MethodologyCommitment
    extra = 0


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ["name", "kind", "country", "establishment"]
    list_filter = ["kind", "country"]
    search_fields = ["name"]
    inlines = [CommitmentInline]
