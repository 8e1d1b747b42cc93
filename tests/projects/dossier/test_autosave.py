"""What is saved as one types: nobody's words are replaced without their having been read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.dossier.autosave import MINE, THEIRS, Was, save


class Store:
    """The values of a page, and the rule of the domain: what was read is replaced, nothing else."""

    def __init__(self, **values):
        self.values = values

    def write(self, changed, replaces):
        overlaps = {}
        for name, value in changed.items():
            here = self.values.get(name)
            if here != replaces.get(name) and here not in (None, "", value):
                overlaps[name] = here
            else:
                self.values[name] = value
        return overlaps


def test_what_did_not_change_is_not_sent():
    sent = []
    save(
        {"a": "1", "b": "2"}, Was({"a": "1", "b": "0"}), {}, lambda c, r: sent.append((c, r)) or {}
    )
    assert sent == [({"b": "2"}, {"b": "0"})]


def test_two_who_change_different_fields_both_keep_their_change():
    store, seen = Store(a="", b=""), Was({"a": "", "b": ""})
    save({"a": "un", "b": ""}, seen, {}, store.write)
    save({"a": "", "b": "deux"}, seen, {}, store.write)
    assert store.values == {"a": "un", "b": "deux"}


def test_a_true_overlap_is_asked_and_waits_for_the_choice():
    store, seen = Store(a="avant"), Was({"a": "avant"})
    save({"a": "elle"}, seen, {}, store.write)
    asked = save({"a": "lui"}, seen, {}, store.write)
    assert asked.overlaps == {"a": "elle"} and store.values == {"a": "elle"}
    typing_on = save({"a": "lui, encore"}, asked.was, {}, store.write)
    assert typing_on.overlaps == {"a": "elle"} and store.values == {"a": "elle"}
    save({"a": "lui, encore"}, typing_on.was, {"a": MINE}, store.write)
    assert store.values == {"a": "lui, encore"}


def test_taking_theirs_gives_ones_own_up_and_writes_nothing():
    store = Store(a="elle")
    done = save({"a": "lui"}, Was({"a": "elle"}, frozenset({"a"})), {"a": THEIRS}, store.write)
    assert done.taken == {"a": "elle"} and done.overlaps == {} and store.values == {"a": "elle"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", '{"values": 1, "asked": {}}', "[" * 100_000, '{"asked": [[1]]}'],
)
def test_a_hidden_field_that_does_not_read_says_nothing(text):
    assert Was.read(text, {"a"}) == Was()


def test_the_hidden_field_speaks_only_of_the_questions_of_the_page():
    text = json.dumps({"values": {"a": "1", "x": "2"}, "asked": ["a", "x"]})
    assert Was.read(text, {"a"}) == Was({"a": "1"}, frozenset({"a"}))


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["anne", "bruno"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["add", "rewrite", "clear", "save", "save", "mine", "theirs", "reload"]),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(ACTS)
def test_no_word_is_lost_between_two_who_edit_at_random(acts):
    """A word that is stored goes away only by somebody who had it on their page: as what they were
    typing over, or as the other version they were asked about; and whatever somebody typed is
    stored, or asked about."""
    store = Store(a="", b="")
    pages = {
        who: {"was": Was({"a": "", "b": ""}), "typed": {"a": "", "b": ""}}
        for who in ("anne", "bruno")
    }
    for number, (who, name, act) in enumerate(acts):
        page = pages[who]
        if act == "add":
            page["typed"][name] = f"{page['typed'][name]} mot{number}".strip()
        elif act == "rewrite":
            page["typed"][name] = f"mot{number}"
        elif act == "clear":
            page["typed"][name] = ""
        elif act == "reload":
            page["was"], page["typed"] = Was(dict(store.values)), dict(store.values)
        else:
            before, shown = dict(store.values), page["was"]
            choices = {name: act} if act in (MINE, THEIRS) else {}
            done = save(dict(page["typed"]), shown, choices, store.write)
            for each, words in before.items():
                lost = set(words.split()) - set(store.values[each].split())
                assert lost <= set(shown.values[each].split())
            for each, theirs in done.taken.items():
                page["typed"][each] = theirs
            for each, typed in page["typed"].items():
                untouched = typed == shown.values[each]
                assert untouched or typed == store.values[each] or each in done.overlaps
            page["was"] = done.was
