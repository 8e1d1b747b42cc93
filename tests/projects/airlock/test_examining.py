"""What the airlock finds in a file by itself: a file that follows each rule, one that does not."""

import io
import json
import zlib

import pytest
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from projects.airlock.examining import examine, needs_two, never_leaves
from projects.airlock.rules import RULES, SOURCES
from tests.projects.airlock.files import archive, document, open_sheets, png, svg, workbook

GOOD = [["sexe", "n"], ["F", "25"], ["M", "31"]]
SMALL = [["sexe", "n"], ["F", "25"], ["M", "3"]]
PERSONS = "person_id,age,sexe\n" + "".join(f"{i:05d},{20 + i},F\n" for i in range(30))
ALONE = "age,sexe,imc\n" + "".join(f"{20 + i},F,{18 + i}\n" for i in range(30))
HASHES = "\n".join(f"{'ab12' * 7}{i:04x}" for i in range(3))
NOTEBOOK = {"nbformat": 4, "cells": [{"cell_type": "code", "source": ["print(1)"], "outputs": []}]}


def rules(name, content, kind="summaries") -> list[str]:
    content = content.encode() if isinstance(content, str) else content
    return sorted(each.rule for each in examine(name, content, kind).findings)


def with_outputs(**cell) -> bytes:
    return json.dumps({"nbformat": 4, "cells": [{"source": "", **cell}]}).encode()


def dated(title: str, *numbers: int) -> bytes:
    """A workbook of a column of days, as Excel keeps them: numbers that a style shows as dates."""
    cells = "".join(f'<row><c s="1"><v>{number}</v></c></row>' for number in numbers)
    return workbook(
        [],
        **{
            "xl/styles.xml": '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
            '</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>',
            "xl/worksheets/sheet1.xml": '<worksheet><sheetData><row><c t="inlineStr"><is><t>'
            f"{title}</t></is></c></row>{cells}</sheetData></worksheet>",
        },
    )


def pdf(*, attached=False, script=False, ciphered=False) -> bytes:
    made, out = PdfWriter(), io.BytesIO()
    made.add_blank_page(200, 200)
    if attached:
        made.add_attachment("patients.csv", b"ipp,age")
    if script:
        made.add_open_action(JavaScript("app.alert(1)"))
    if ciphered:
        made.encrypt("secret", algorithm="RC4-128")
    made.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "kind", "expected"),
    [
        # Small numbers of persons
        ("t.csv", "sexe;n\nF;25\nM;31\n", "frequencies", []),
        ("t.csv", "sexe;n\nF;25\nM;0\n", "frequencies", []),
        ("t.csv", "sexe;n\nF;25\nM;10\n", "frequencies", ["small_cell"]),
        ("t.csv", "sexe;n (%)\nF;25 (89 %)\nM;3 (11 %)\n", "summaries", ["small_cell"]),
        ("t.csv", "x,moyenne\na,3\nb,4\n", "summaries", []),
        ("t.tsv", "x\t2019\t2020\nF\t25\t4\n", "frequencies", ["small_cell"]),
        ("t.csv", "F;25;4\nM;20;30\n", "frequencies", ["small_cell"]),
        ("t.csv", "s;n\nF;25\nM;<11\nTotal;29\n", "frequencies", ["recovered_cell"]),
        ("t.csv", "s;n\nF;25\nM;*\nX;*\nTotal;29\n", "frequencies", ["recovered_group"]),
        ("t.csv", "s;n\nF;25\nM;*\nX;*\nTotal;80\n", "frequencies", []),
        ("t.txt", "Chez les femmes (n = 4), le risque…", "text", ["small_n"]),
        ("t.txt", "Chez les femmes (n = 40), le risque…", "text", []),
        ("t.txt", "Parmi les 120 patients, 3 sont décédés.", "text", ["small_n"]),
        ("t.txt", "Seules Trois patientes ont été réopérées.", "text", ["small_n"]),
        ("t.txt", "Of 120 patients, seven died and 40 were lost.", "text", ["small_n"]),
        ("t.txt", "Cent vingt-deux patients, dont 30 sont décédés en 2023.", "text", []),
        ("t.txt", "Les deux tableaux sont joints ; 12 étaient attendus.", "text", []),
        ("t.csv", "Tableau 1;;\n;2019;\nsexe;n;%\nF;25;89,3\nM;3;10,7\n", "text", ["small_cell"]),
        ("t.csv", "Tableau 1\nsexe;n\nF;<11\nM;25\nTotal;29\n", "text", ["recovered_cell"]),
        (
            "t.md",
            "# T1\n\n| sexe | n |\n|---|--:|\n| F | 25 |\n| M | 3 |\n",
            "text",
            ["small_cell"],
        ),
        (
            "t.md",
            "| s | n |\n|:--|--:|\n| F | <11 |\n| M | 25 |\n| Total | 29 |\n",
            "text",
            ["recovered_cell"],
        ),
        ("t.md", "| sexe | n |\n|---|---|\n| F | 25 |\n| M | 31 |\n", "text", []),
        (
            "t.txt",
            "+---+----+\n| s | n  |\n+---+----+\n| F | 25 |\n| M | 3  |\n",
            "text",
            ["small_cell"],
        ),
        # Dominance, extremes, degrees of freedom
        ("t.csv", "g,total,premier,deuxième\na,100,30,20\n", "summaries", []),
        (
            "t.csv",
            "g,total,premier,deuxième\na,100,60,35\n",
            "summaries",
            ["dominance_nk", "dominance_p"],
        ),
        ("t.csv", "g,mean,min,max\na,50.5,18,97\n", "summaries", ["extreme_value"]),
        ("m.txt", "Df Residuals:                      228   BIC:   75.8", "model", []),
        ("m.txt", "Df Residuals:    8", "model", ["few_degrees"]),
        ("m.txt", "Residual standard error: 3 on 9 degrees of freedom", "model", ["few_degrees"]),
        ("m.csv", "terme,beta,df_resid\nage,0.2,7\n", "model", ["few_degrees"]),
        ("m.csv", "terme,beta\nage,0.2\n", "model", ["degrees_unsaid"]),
        # Persons
        ("t.txt", "NIR 1 85 05 78 006 084 91", "text", ["social_security_number"]),
        ("t.txt", "NIR 1 85 05 78 006 084 92", "text", []),
        ("t.txt", HASHES, "text", ["pseudonym"]),
        ("t.txt", HASHES.replace("ab12" * 7, "ab12" * 5), "text", ["pseudonym"]),
        ("t.txt", "md5 " + "ab12" * 8, "text", ["patient_number"]),
        ("t.txt", "IPP 00123456, né le 12/03/1950", "text", ["birth_date", "patient_number"]),
        ("t.txt", "a.durand@hopital.fr, 02 99 28 43 21", "text", ["email", "phone"]),
        ("t.csv", "prénom,valeur\nAnne,2.5\n", "summaries", ["person_name"]),
        (
            "t.csv",
            "jour,x\n" + "".join(f"2020-01-{i:02d},1.5\n" for i in range(1, 13)),
            "summaries",
            ["exact_dates"],
        ),
        ("t.csv", PERSONS, "summaries", ["patient_number", "row_level", "unique_rows"]),
        ("t.csv", ALONE, "summaries", ["unique_rows"]),
        ("t.csv", "x,y\n" + "1.5,2.5\n" * 501, "summaries", ["many_rows"]),
        # Workbooks
        ("t.xlsx", workbook(GOOD), "frequencies", []),
        ("t.xlsx", workbook(SMALL), "frequencies", ["small_cell"]),
        ("t.xlsx", workbook(GOOD, state="veryHidden"), "frequencies", ["hidden_sheet"]),
        ("t.xlsx", workbook(GOOD, hidden_row=2), "frequencies", ["hidden_rows"]),
        ("t.xlsx", workbook(GOOD, hidden_column=True), "frequencies", ["hidden_columns"]),
        (
            "t.xlsx",
            workbook(
                GOOD,
                **{
                    "xl/pivotCache/records1.xml": "<a/>",
                    "xl/externalLinks/link1.xml": "<a/>",
                    "xl/comments1.xml": "<a/>",
                    "xl/embeddings/o.bin": "x",
                },
            ),
            "frequencies",
            ["comments", "embedded_object", "external_link", "pivot_cache"],
        ),
        ("t.xlsm", workbook(GOOD, **{"xl/vbaProject.bin": "x"}), "frequencies", ["macro"]),
        ("t.ods", open_sheets(GOOD), "frequencies", []),
        ("t.ods", open_sheets(SMALL, hidden=True), "frequencies", ["hidden_sheet", "small_cell"]),
        # Documents
        ("t.docx", document("Résultats : 250 patients."), "text", []),
        (
            "t.docx",
            document("a@b.fr", inside="<w:del/><w:vanish/>", **{"word/comments.xml": "<a/>"}),
            "text",
            ["comments", "email", "hidden_text", "tracked_changes"],
        ),
        ("t.pdf", pdf(), "text", []),
        ("t.pdf", pdf(attached=True), "text", ["embedded_object"]),
        ("t.pdf", pdf(script=True), "text", ["script"]),
        ("t.pdf", pdf(ciphered=True), "text", ["encrypted"]),
        # Figures and notebooks
        ("f.png", png((b"tEXt", b"Software\0Matplotlib")), "figure", ["picture"]),
        ("f.png", png((b"tEXt", b"data\0ipp=12")), "figure", ["metadata", "picture"]),
        ("f.png", png(after=b"ipp,age"), "figure", ["picture", "trailing_data"]),
        (
            "f.png",
            png((b"tEXt", b"Software\0" + b"3;F;41;" * 80)),
            "figure",
            ["embedded_object", "metadata", "picture"],
        ),
        (
            "f.png",
            png((b"zTXt", b"Comment\0\0" + zlib.compress(HASHES.encode()))),
            "figure",
            ["metadata", "picture", "pseudonym"],
        ),
        (
            "f.png",
            png((b"iTXt", b"Comment\0\1\0fr\0\0" + zlib.compress(HASHES.encode()))),
            "figure",
            ["metadata", "picture", "pseudonym"],
        ),
        ("f.png", png((b"zTXt", b"Comment\0\0nothing deflated")), "figure", ["unreadable"]),
        (
            "f.svg",
            svg(f'<g data-rows="{HASHES}"/>'),
            "figure",
            ["pseudonym", "vector_figure"],
        ),
        (
            "f.svg",
            svg(f'<g data-rows="{"3;F;41;" * 80}"/>'),
            "figure",
            ["embedded_object", "vector_figure"],
        ),
        (
            "f.svg",
            svg(f'<path d="M{"1 2 " * 90}" style="{"fill:#fff;" * 60}"/>'),
            "figure",
            ["vector_figure"],
        ),
        ("f.svg", svg("<circle/>" * 5), "figure", ["vector_figure"]),
        ("f.svg", svg("<circle/>" * 50), "figure", ["plotted_points", "vector_figure"]),
        (
            "f.svg",
            svg("<script/><image/>"),
            "figure",
            ["embedded_object", "script", "vector_figure"],
        ),
        ("n.ipynb", json.dumps(NOTEBOOK), "code", []),
        (
            "n.ipynb",
            with_outputs(outputs=[{"text": ["IPP 0012345"]}], attachments={"a.png": {}}),
            "code",
            ["attachments", "cell_outputs", "patient_number"],
        ),
        # Models, and what cannot be read
        ("a.py", "print('bonjour')", "code", []),
        ("m.pkl", b"\x80\x04}q.", "learned_model", ["learned_model", "serialised_object"]),
        ("m.csv", b"\x80\x04}q.", "summaries", ["other_format", "serialised_object"]),
        ("m.rds", b"\x1f\x8bxx", "text", ["serialised_object"]),
        ("a.zip", archive(a="b"), "text", ["archive"]),
        ("a.bin", b"\0\1\2", "text", ["unknown_format"]),
        ("t.xlsx", "sexe;n\nF;25\n", "text", ["other_format", "unknown_format"]),
        ("t.xlsx", workbook(GOOD)[:-40], "text", ["unreadable"]),
        ("n.ipynb", '{"nbformat": 4, "cells": 3}', "code", ["unreadable"]),
    ],
)
def test_a_file_is_found_to_follow_the_rules_or_not(name, content, kind, expected):
    assert rules(name, content, kind) == expected


@pytest.mark.parametrize(
    "table",
    [
        "sexe;F;M\nn;25;3\nmoyenne;5,2;6,1\n",  # the other way round
        's,n\nF,"1,234"\nM,3\n',
        "s;n\nF;12\u2009345\nM;3\n",
        "s;n\nF;25 [89,3]\nM;3 [10,7]\n",
        "s;% (n)\nF;89,3 % (25)\nM;10,7 % (3)\n",
        "groupe;décès (n)\nA;3/100\nB;40/100\n",
        "s;n\nF;25\nM;3*\n",
        "s;n\nF;25\nM;3\nX;non renseigné\n",
        "s;nombre par mois\nF;25\nM;3\n",
    ],
)
def test_a_small_number_is_found_however_it_is_written(table):
    assert rules("t.csv", table) == ["small_cell"]


@pytest.mark.parametrize(
    "mask",
    ["≤10", "<= 10", "<\u00a011", "inférieur à 11", "n<11", "1-10", "[1 à 10]", "secret", ""],
)
def test_a_masked_number_is_found_again_however_it_is_masked(mask):
    assert rules("t.csv", f"s;n\nF;25\nM;{mask}\nTotal;29\n") == ["recovered_cell"]
    assert rules("t.csv", f"a;b;c;n\nx;y;z;25\nx;y;w;{mask}\n;;Total;29\n") == ["recovered_cell"]


@pytest.mark.parametrize(
    "table", ["s;n;%\nF;250;97\nM;<11;3\n", "s;n\nF;250 (97 %)\nM;<11 (3 %)\n"]
)
def test_a_masked_number_whose_part_is_told_is_not_masked(table):
    assert rules("t.csv", table) == ["part_of_masked"]


@pytest.mark.parametrize(
    "text", ["Dont 3 patients.", "Un décès : 3 (2,5 %).", "une seule personne"]
)
def test_a_text_that_says_a_small_number_is_looked_at(text):
    assert rules("t.txt", text, "text") == ["small_n"]


def test_the_days_of_a_workbook_are_read_as_days():
    assert rules("t.xlsx", dated("jour", *range(43831, 43843))) == ["exact_dates"]
    assert rules("t.xlsx", dated("date de naissance", 18000)) == ["birth_date"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("libellé;n°;effectif\na;1;120\nb;2;130\n", "frequencies"),
        ("année;semaine;n\n2020;1;120\n2020;2;130\n", "frequencies"),
        ("sexe;classe;n\nF;1;120\nM;2;130\n", "frequencies"),
        ("code;libellé;n\nI21.4;STEMI;120\nI50;IC;300\n", "frequencies"),
        ("s;n;en %\nF;250;89\nM;300;3\n", "frequencies"),
        ("s;nombre moyen de visites\nF;8\nM;3\n", "summaries"),
        ("s;n;DMS\nF;250;8\nM;300;3\n", "frequencies"),
        ("test;chi2;ddl;p\nsexe;5,2;1;0,02\n", "summaries"),
        ("id;libellé;n\n" + "".join(f"{i};x{i};{i + 99}\n" for i in range(20)), "frequencies"),
    ],
)
def test_what_numbers_rows_measures_or_tests_counts_nobody(content, kind):
    assert rules("t.csv", content, kind) == []


def test_the_degrees_of_a_test_are_not_those_of_a_model():
    assert rules("m.txt", "Wald test = 13.6  on 3 df,   p=0.003", "text") == []


def test_a_finding_says_where_and_never_what():
    (found,) = examine("t.xlsx", workbook(SMALL), "frequencies").findings
    assert (found.places, found.count) == (("Feuille1!B3",), 1)
    assert "084" not in json.dumps(
        examine("t.txt", b"1850578006084 91", "text").as_json()["findings"]
    )


def test_what_is_risky_asks_for_two_and_what_names_somebody_never_leaves():
    small = examine("t.xlsx", workbook(SMALL), "frequencies").findings
    assert (needs_two(small), never_leaves(small)) == (True, False)
    model = examine("m.pkl", b"\x80\x04.", "learned_model").findings
    assert (needs_two(model), never_leaves(model)) == (True, True)
    assert (needs_two(()), never_leaves(())) == (False, False)


def test_an_entity_declared_by_a_stranger_is_never_read():
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + svg("&b;").decode()[21:]
    outside = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    assert rules("f.svg", bomb) == rules("f.svg", outside) == ["unreadable"]


def test_each_rule_with_a_source_names_one_that_is_known():
    assert {rule.source for rule in RULES.values() if rule.source} <= set(SOURCES)
