"""The catalogues: English as it was written, French as the sources say it, well set."""

import gettext
from email.header import decode_header, make_header

import polib
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import ngettext

from governance.typography import NARROW, NO_BREAK, set_in_french
from portal.servers.messages import compile_messages, french_of
from portal.servers.places import CHECKOUT

SOURCE = CHECKOUT / "locale/en/LC_MESSAGES/django.po"


def test_french_changes_only_spaces_and_english_nothing():
    english = polib.pofile(str(SOURCE))
    compiled = {
        language: translation.trans_real.DjangoTranslation(language) for language in ("fr", "en")
    }
    for entry in english.translated_entries():
        if entry.msgid_plural or entry.msgctxt:
            continue
        said = compiled["fr"].gettext(entry.msgid)
        assert said == set_in_french(entry.msgid)
        assert said.replace(NARROW, " ").replace(NO_BREAK, " ") == entry.msgid.replace(
            NO_BREAK, " "
        )
        assert compiled["en"].gettext(entry.msgid) == entry.msgstr
    assert compiled["en"].gettext("Jamais traduite ?") == "Jamais traduite ?"
    assert compiled["fr"].gettext("Password") == "Mot de passe"


def test_of_none_one_says_the_singular_where_it_writes_its_number():
    assert [ngettext("%(n)s jour", "%(n)s jours", n) % {"n": n} for n in (0, 1, 2)] == [
        "0 jour",
        "1 jour",
        "2 jours",
    ]
    one = "Une variable n’a pas encore de raison."
    several = "%(n)s variables n’ont pas encore de raison."
    assert ngettext(one, several, 0) == several


def test_french_is_made_anew_when_a_sentence_is_added_and_only_then(tmp_path):
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Où ?", msgstr="Where?"))
    catalogue.append(polib.POEntry(msgctxt="liste", msgid="Ici : %(n)s", msgstr="Here: %(n)s"))
    catalogue.append(polib.POEntry(msgid="Oui", msgstr="Yes"))
    catalogue.save(str(folder / "django.po"))

    assert [compile_messages(tmp_path), compile_messages(tmp_path)] == [2, 0]
    with (tmp_path / "fr/LC_MESSAGES/django.mo").open("rb") as compiled:
        french = gettext.GNUTranslations(compiled)
    assert french.gettext("Où ?") == "Où\u202f?"
    assert french.pgettext("liste", "Ici : %(n)s") == "Ici\u00a0: %(n)s"
    assert french.gettext("Oui") == "Oui"
    assert [entry.msgid for entry in french_of(catalogue)] == ["Où ?", "Ici : %(n)s", "Oui"]


def test_the_subject_of_a_mail_may_hold_such_a_space():
    sent = EmailMessage("Que reste-t-il\u202f?", "", "a@b.fr", ["c@d.fr"]).message()
    assert sent.as_bytes().isascii()
    assert str(make_header(decode_header(sent["Subject"]))) == "Que reste-t-il\u202f?"
