"""The e-mail address as an identifier: one person, one address, whatever its case."""

from django.db import models


class LowercaseEmailField(models.EmailField):
    """An e-mail address kept in lower case.

    ``Jeanne@CHU.fr`` and ``jeanne@chu.fr`` are one mailbox for every mail host met in practice;
    folding at the door lets a plain unique index refuse the second account, and lets a lookup
    written in any case find the person.
    """

    def to_python(self, value):
        value = super().to_python(value)
        return value.strip().lower() if isinstance(value, str) else value

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value

    def pre_save(self, model_instance, add):
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value
