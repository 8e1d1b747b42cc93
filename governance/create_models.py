"""The operation of a first migration: all the tables of an application at once."""

from django.db.migrations import CreateModel
from django.db.migrations.operations.base import Operation


class CreateModels(Operation):
    """Create many models, each whole: its fields, indexes and constraints.

    One operation a model has Django make anew, at each, every model that those before relate to:
    most of the time of a first start. Here they are made once, when all of them are known.
    """

    def __init__(self, models: list[CreateModel]):
        self.models = models

    def deconstruct(self):
        return type(self).__name__, [self.models], {}

    def state_forwards(self, app_label, state):
        # What was made of the models so far; made again, all at once, when it is asked for.
        state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self):
        return f"Create {len(self.models)} models"
