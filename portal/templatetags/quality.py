"""Checks of warehouses on pages."""

from django import template

from catalog import quality_words

register = template.Library()

register.filter("check_sentence", quality_words.sentence_of)
register.filter("check_tolerated", quality_words.tolerated)
register.filter("table_words", quality_words.table_words)
register.filter("percent", quality_words.percent)
