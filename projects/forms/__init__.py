"""What pages ask, a module a part of the product; named as the views that show them."""

from django import forms

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
"""A day, as a browser asks and reads it."""
