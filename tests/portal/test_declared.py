"""What people wrote in French is said to be French on a page in English, and only there."""

from django.template import Context, Template
from django.utils.translation import override

PAGE = Template(
    "{% load guichet %}<h1>{{ title|declared }}</h1>{{ reason|linebreaks|declared }}"
    '{{ none|declared|default:"–" }}'
)
WORDS = Context({"title": "Cœur & dents ?", "reason": "Un motif : rien.", "none": ""})


def test_a_declared_text_says_its_language():
    assert PAGE.render(WORDS) == "<h1>Cœur &amp; dents\u202f?</h1><p>Un motif\u00a0: rien.</p>–"
    with override("en"):
        assert PAGE.render(WORDS) == (
            '<h1><span lang="fr">Cœur &amp; dents\u202f?</span></h1>'
            '<div lang="fr"><p>Un motif\u00a0: rien.</p></div>–'
        )
