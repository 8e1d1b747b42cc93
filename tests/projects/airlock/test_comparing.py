"""Tables that are safe alone, and tell of few persons together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.airlock import comparing, delimited
from projects.airlock.comparing import Given, compare
from projects.airlock.content import Content
from projects.airlock.small_cells import check
from projects.airlock.together import Beside, compare_apart
from tests.projects.airlock.files import workbook

SEXES = "sexe;n\nF;50\nM;128\n"
MORE = "sexe;effectif\nF;52\nM;130\n"
MASKED = ";jeunes;anciens\nF;110;<11\nM;90;80\n"
MOTIVES = "motif;n\nchute;61\nconfusion;34\nautre;<11\n"


def a_file(called, text, *, left=False) -> Given:
    return Given(called, "frequencies", delimited.read(text.encode()).tables, left)


def told(*files) -> list[list[tuple]]:
    return [[(each.rule, each.places) for each in found] for found in compare(files)]


def within(text) -> dict:
    tables = delimited.read(text.encode()).tables
    return {each.rule: each.places for each in check(Content(tables), "frequencies")}


def test_two_tables_of_one_deposit_that_differ_by_a_few_persons_are_named_in_both():
    assert told(a_file("a.csv", SEXES), a_file("b.csv", MORE)) == [
        [("differenced", ("B2 ↔ b.csv B2", "B3 ↔ b.csv B3"))],
        [("differenced", ("B2 ↔ a.csv B2", "B3 ↔ a.csv B3"))],
    ]


def test_what_left_before_is_compared_and_nothing_is_said_of_it():
    assert told(a_file("a.csv", SEXES), a_file("n° 1 b.csv", MORE, left=True)) == [
        [("differenced", ("B2 ↔ n° 1 b.csv B2", "B3 ↔ n° 1 b.csv B3"))]
    ]


@pytest.mark.parametrize(
    "other",
    [
        SEXES,  # the same again
        "sexe;n\nF;61\nM;139\n",  # eleven persons more in each
        "sexe;n\nF;52\nM;126\n",  # more women, fewer men: neither is a part of the other
        "année;n\n2019;52\n2020;130\n",  # of other things
    ],
)
def test_tables_that_isolate_nobody_are_said_nothing_of(other):
    assert told(a_file("a.csv", SEXES), a_file("b.csv", other)) == [[], []]


def test_a_table_that_is_turned_is_the_same_table():
    upright = ";femmes;hommes\njeunes;50;60\nanciens;128;90\n"
    turned = ";jeunes;anciens\nFemmes;52;128\nHommes;60;90\n"
    assert told(a_file("a.csv", upright), a_file("b.csv", turned)) == [
        [("differenced", ("B2 ↔ b.csv B2",))],
        [("differenced", ("B2 ↔ a.csv B2",))],
    ]


def test_a_count_of_all_is_the_same_whether_it_is_alone_or_a_total():
    crossed = "année;femmes;hommes;total\n2019;212;187;399\n2020;164;151;315\n"
    alone = "année;effectifs\n2019;396\n2020;315\n"
    assert told(a_file("a.csv", alone), a_file("n° 1 c.csv", crossed, left=True)) == [
        [("differenced", ("B2 ↔ n° 1 c.csv D2",))]
    ]


def test_a_masked_cell_that_another_table_tells_is_found():
    other = MOTIVES.replace("<11", "4")
    before = a_file("n° 1 x.csv", other, left=True)
    assert told(a_file("m.csv", MOTIVES), before) == [[("recovered_across", ("B4 ↔ n° 1 x.csv",))]]


@pytest.mark.parametrize(
    ("masked", "totals", "place"),
    [
        (MASKED, "sexe;n\nF;117\nM;170\n", "C2"),  # of its rows
        (MASKED, "âge;n\njeunes;200\nanciens;87\n", "C2"),  # of its columns
        (MOTIVES, "sexe;n\nF;50\nM;50\nTotal;100\n", "B4"),  # of all
    ],
)
def test_a_masked_cell_is_found_from_the_totals_of_another_table(masked, totals, place):
    new, other = a_file("m.csv", masked), a_file("t.csv", totals)
    assert told(new, other)[0] == [("recovered_across", (f"{place} ↔ t.csv",))]
    # The totals, when they come second, are what gives it back.
    before = a_file("n° 1 m.csv", masked, left=True)
    assert told(other, before) == [[("recovered_across", (f"↔ n° 1 m.csv {place}",))]]


@pytest.mark.parametrize(
    "totals",
    [
        "sexe;n\nF;217\nM;170\n",  # what would be masked is no « <11 »
        "sexe;n\nF;117\nM;171\n",  # a total that is told, and is another
        "sexe;n\nF;110\nM;170\n",  # nobody is masked
    ],
)
def test_totals_of_another_population_give_nothing_back(totals):
    assert told(a_file("m.csv", MASKED), a_file("t.csv", totals))[0] == []


def test_masked_cells_that_are_few_together_are_found_from_another_table():
    masked = ";a;b;c\nF;110;<11;<11\nM;90;80;20\n"
    found = told(a_file("m.csv", masked), a_file("t.csv", "sexe;n\nF;118\nM;190\n"))
    assert found[0] == [("recovered_across", ("C2 ↔ t.csv",))]


ALL = "sexe;n\nF;100\nM;140\n"
NORTH, SOUTH = "sexe;n\nF;60\nM;90\n", "sexe;n\nF;35\nM;45\n"


def test_two_parts_that_leave_few_persons_of_a_third_table_are_named_in_all_three():
    found = told(a_file("all.csv", ALL), a_file("n.csv", NORTH), a_file("s.csv", SOUTH))
    named = ("all.csv", "n.csv", "s.csv")
    for file, mine in zip(found, named, strict=True):
        one, two = (each for each in named if each != mine)
        cells = tuple(f"{c} ↔ {one} {c} + {two} {c}" for c in ("B2", "B3"))
        assert file == [("differenced", cells)]
    # The last part, once the others have left.
    before = [a_file("n° 1 all.csv", ALL, left=True), a_file("n° 2 n.csv", NORTH, left=True)]
    places = tuple(f"{cell} ↔ n° 1 all.csv {cell} + n° 2 n.csv {cell}" for cell in ("B2", "B3"))
    assert told(a_file("s.csv", SOUTH), *before) == [[("differenced", places)]]


@pytest.mark.parametrize(
    "south",
    [
        "sexe;n\nF;40\nM;50\n",  # nobody is left
        "sexe;n\nF;29\nM;39\n",  # eleven of each are
        "sexe;n\nF;35\nM;20\n",  # few women and many men: it may be by chance
        "sexe;n\nF;35\nM;51\n",  # more men than all: they are no parts of it
    ],
)
def test_two_parts_that_leave_nobody_or_many_are_said_nothing_of(south):
    files = a_file("all.csv", ALL), a_file("n.csv", NORTH), a_file("s.csv", south)
    assert told(*files) == [[], [], []]


def test_where_there_are_too_many_tables_to_be_read_three_by_three_it_is_said(monkeypatch):
    monkeypatch.setattr(comparing, "MOST_TRIPLES", 0)
    files = a_file("all.csv", ALL), a_file("n.csv", NORTH), a_file("s.csv", SOUTH)
    assert told(*files) == [[("not_compared", ())]] * 3


def test_a_total_that_leaves_few_persons_of_the_groups_of_another_table_is_found():
    parts = a_file("p.csv", "région;n\nnord;60\nsud;35\n")
    total = a_file("n° 1 t.csv", "sexe;n\nF;52\nM;48\nTotal;100\n", left=True)
    assert told(parts, total) == [[("differenced", ("B2 + B3 ↔ n° 1 t.csv B4",))]]
    whole = a_file("n° 1 t.csv", "sexe;n\nF;52\nM;43\nTotal;95\n", left=True)
    assert told(parts, whole) == [[]]


YOUNG = "âge;n\n<20;30\n20+;112\n"


def test_ranges_that_are_cut_elsewhere_and_leave_few_persons_between_are_found():
    again = a_file("b.csv", "âge;n\nmoins de 25 ans;36\n25 ans et plus;106\n")
    assert told(again, a_file("n° 1 a.csv", YOUNG, left=True)) == [
        [("differenced", ("B2 ↔ n° 1 a.csv B2", "B3 ↔ n° 1 a.csv B3"))]
    ]
    alone = a_file("b.csv", "Âge;n\n< 25;36\n")
    assert told(alone, a_file("n° 1 a.csv", YOUNG, left=True)) == [
        [("differenced", ("B2 ↔ n° 1 a.csv B2",))]
    ]


@pytest.mark.parametrize(
    "other",
    [
        "âge;n\n<25;41\n25+;101\n",  # eleven persons between
        "imc;n\n<25;36\n25+;106\n",  # of something else
        "âge;n\n<25;36\n25+;150\n",  # of others
        "âge;n\n18-25;36\n",  # neither holds the other
    ],
)
def test_ranges_that_leave_nobody_between_are_said_nothing_of(other):
    assert told(a_file("a.csv", YOUNG), a_file("b.csv", other)) == [[], []]


@pytest.mark.parametrize(
    ("fine", "coarse", "place"),
    [
        ("âge;n\n20-24;18\n25-29;<11\n30+;60\n", "âge;n\n20-29;24\n30+;60\n", "B3"),
        ("âge;n\n[20,25[;18\n[25,30[;<11\n≥30;60\n", "âge;n\n[20,30[;24\n≥30;60\n", "B3"),
        ("année;n\n2018;18\n2019;<11\n2020;60\n", "année;n\n2018-2019;24\n2020;60\n", "B3"),
        ("lieu;n\nnord;18\nsud;<11\nest;60\n", "lieu;n\nnord et sud;24\nest;60\n", "B3"),
        ("lieu;n\nnord;18\nsud;<11\nest;60\n", "lieu;n\nSud + Nord;24\nest;60\n", "B3"),
        ("motif;n\nchute;60\ntoux;18\nautre;*\n", "motif;n\nchute;60\ndivers;24\n", "B4"),
        (";20-39;40-59;60+\nF;<11;50;61\nM;30;40;50\n", ";20-59;60+\nF;54;61\nM;70;50\n", "B2"),
    ],
)
def test_a_masked_group_is_found_from_the_one_that_it_is_put_together_in(fine, coarse, place):
    before = a_file("n° 1 c.csv", coarse, left=True)
    assert told(a_file("f.csv", fine), before) == [
        [("recovered_across", (f"{place} ↔ n° 1 c.csv",))]
    ]
    before = a_file("n° 1 f.csv", fine, left=True)
    assert told(a_file("c.csv", coarse), before) == [
        [("recovered_across", (f"↔ n° 1 f.csv {place}",))]
    ]


def test_a_group_that_is_few_persons_more_than_those_put_together_in_it_is_found():
    fine = a_file("f.csv", "lieu;n\nnord;60\nsud;35\nest;40\n")
    coarse = a_file("n° 1 c.csv", "lieu;n\nnord et sud;99\nest;40\n", left=True)
    assert told(fine, coarse) == [[("differenced", ("B2 + B3 ↔ n° 1 c.csv B2",))]]
    same = a_file("n° 1 c.csv", "lieu;n\nnord et sud;95\nest;40\n", left=True)
    assert told(fine, same) == [[]]


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(11, 400), min_size=4, max_size=7),
    small=st.integers(1, 10),
    at=st.integers(1, 5),
)
def test_whatever_the_ages_a_class_moved_from_one_group_to_the_next_is_found(counts, small, at):
    at = 1 + at % (len(counts) - 2)
    counts[at] = small

    def cut(after: int) -> str:
        ends = [10 * n for n in range(1, len(counts)) if n != after]
        told, begin, low = [], 0, 0
        for end in [*ends, 10 * len(counts)]:
            named = f"{low}-{end - 1}" if end < 10 * len(counts) else f"{low}+"
            told.append(f"{named};{sum(counts[begin : end // 10])}")
            begin, low = end // 10, end
        return "âge;n\n" + "\n".join(told)

    found = told(a_file("a.csv", cut(at)), a_file("n° 1 b.csv", cut(at + 1), left=True))
    assert [rule for rule, _places in found[0]] == ["differenced"]


AFTER = "s;n\nA;30\nB;<11\nSous-total nord;36\nC;40\nD;22\nSous-total sud;62\nTotal;98\n"
BEFORE = "s;n\nTotal;98\nEnsemble nord;36\nA;30\nB;<11\nEnsemble sud;62\nC;40\nD;22\n"
ACROSS = ";F <65;F 65+;Total F;H <65;H 65+;Total H\nA;30;<11;36;20;20;40\nB;30;21;51;20;20;40\n"


@pytest.mark.parametrize(
    ("table", "places"), [(AFTER, ("B3",)), (BEFORE, ("B5",)), (ACROSS, ("C2",))]
)
def test_a_masked_cell_is_found_from_a_subtotal(table, places):
    assert within(table) == {"recovered_cell": places}


def test_subtotals_of_something_else_give_nothing_back():
    assert within("s;n\nA;30\nB;<11\nTotal vus;99\nC;40\nD;22\nTotal lus;45\n") == {}


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(11, 400), min_size=3, max_size=6),
    small=st.integers(1, 10),
    at=st.integers(0, 5),
    data=st.data(),
)
def test_whatever_the_table_one_masked_cell_and_its_total_elsewhere_are_found(
    counts, small, at, data
):
    at %= len(counts)
    counts[at] = small
    rows = [f"groupe {n};{'<11' if n == at else count}" for n, count in enumerate(counts)]
    order = data.draw(st.permutations(rows))
    masked = "groupe;n\n" + "\n".join(order)
    total = f"sexe;n\nF;{sum(counts) - 20}\nM;20\nTotal;{sum(counts)}\n"
    place = f"B{2 + order.index(rows[at])}"
    assert told(a_file("m.csv", masked), a_file("t.csv", total, left=True)) == [
        [("recovered_across", (f"{place} ↔ t.csv",))]
    ]


def test_files_are_compared_apart_whatever_their_format():
    sheet = workbook([["sexe", "n"], ["F", "52"], ["M", "130"]])
    files = [
        Beside("a.csv", "a.csv", "frequencies", SEXES.encode()),
        Beside("n° 1 b.xlsx", "b.xlsx", "frequencies", sheet, left=True),
        Beside("n° 1 c.png", "c.png", "figure", b"\0\1\2", left=True),
    ]
    places = ["B2 ↔ n° 1 b.xlsx Feuille1!B2", "B3 ↔ n° 1 b.xlsx Feuille1!B3"]
    differs = {"rule": "differenced", "places": places, "count": 2}
    assert compare_apart(files) == [[differs]]
    unsure = {"rule": "not_compared", "places": [], "count": 1}
    assert compare_apart(files, left_out=3) == [[differs, unsure]]
    assert compare_apart(files, seconds=0) == [[unsure]]
