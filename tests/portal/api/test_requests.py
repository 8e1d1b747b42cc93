"""Requests by the API: lists, drafts, merge patches, papers, events."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.models import SiteOrder, Variable
from governance.models import Organisation
from projects.domain import drafts, team
from projects.models import Extraction, Request
from tests.people import DAY, person
from tests.portal.api.calls import Caller, refusal

PDF = b"%PDF-1.4\n%essai\n"
WORDS = "Décrire les interactions entre médicaments"


@pytest.fixture
def caller(holder):
    return Caller(holder)


def draft_of(caller, **answers):
    answer = caller.post("/requests", {"answers": answers})
    assert answer.status_code == 201, answer.content
    return answer


def test_a_draft_is_created_from_any_part_of_the_form(caller):
    answer = draft_of(
        caller,
        project={"title": WORDS, "keywords": "gériatrie"},
        sites={"establishments": ["chu-rennes", "chu-brest"], "lead": "chu-brest"},
        data={"variables": [{"variable": Variable.objects.first().pk, "reason": "Objectif."}]},
        team={"organisation": Organisation.objects.first().name},
    )
    said = answer.json()
    assert answer["Location"] == f"/api/v1/requests/{said['id']}"
    assert (said["state"], said["number"], said["title"]) == ("draft", None, WORDS)
    assert said["answers"]["project"] == {"title": WORDS, "keywords": "gériatrie"}
    assert said["answers"]["sites"]["lead"] == "chu-brest"
    assert [v["reason"] for v in said["answers"]["data"]["variables"]] == ["Objectif."]
    assert [m["part"] for m in said["team"]] == ["holder"]
    assert caller.get(f"/requests/{said['id']}").json()["answers"] == said["answers"]


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        ({"project": {"titre": "x"}}, "answers.project.titre"),
        ({"project": {"title": 4}}, "answers.project.title"),
        ({"project": {"title": "x" * 300}}, "answers.project.title"),
        ({"project": {"title": "nul \0"}}, "answers.project.title"),
        ({"data": {"period_start": "2026-02-30"}}, "answers.data.period_start"),
        ({"data": {"delivery_kind": ["aggregates"]}}, "answers.data.delivery_kind"),
        ({"sites": {"establishments": ["chu-nowhere"]}}, "answers.sites.establishments"),
        ({"sites": {"establishments": "chu-rennes"}}, "answers.sites.establishments"),
        ({"data": {"variables": [{"variable": "nothing"}]}}, "answers.data.variables"),
        ({"data": {"variables": [{"code": "x"}]}}, "answers.data.variables"),
        ({"team": {"legal_persons": [{"organisation": "x"}]}}, "answers.team.legal_persons"),
        ({"team": {"organisation": 5}}, "answers.team.organisation"),
        ({"nothing": {}}, "answers.nothing"),
        ({"project": ["title"]}, "answers.project"),
    ],
)
def test_what_is_malformed_is_refused_at_its_place_and_nothing_is_created(caller, answers, place):
    status, code, errors = refusal(caller.post("/requests", {"answers": answers}))
    assert (status, code) == (422, "invalid")
    assert [name for name in errors if name == place or name.startswith(place)], errors
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed"),
        (b'{"answers": {"project": {"title": "a"}, "project": {}}}', "malformed"),
        (b"[" * 100_000, "malformed"),
        (b'{"answers": NaN}', "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"null", "invalid"),
        (b'"answers"', "invalid"),
        (b"x" * 1_000_001, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(caller, body, code):
    answer = caller._call("post", "/requests", body, headers={}, content_type="application/json")
    assert refusal(answer)[1] == code


def test_another_type_of_content_is_refused(caller):
    answer = caller._call("post", "/requests", b"a=1", headers={}, content_type="text/plain")
    assert refusal(answer)[:2] == (415, "media_type")


def test_a_parameter_that_does_not_exist_is_refused(caller):
    assert refusal(caller.get("/requests?page=2"))[2].keys() == {"page"}


def test_a_merge_patch_changes_takes_away_and_leaves_the_rest(caller):
    made = draft_of(caller, project={"title": WORDS, "acronym": "ABC", "keywords": "a"})
    path, tag = f"/requests/{made.json()['id']}", caller.get(f"/requests/{made.json()['id']}")
    patch = {"answers": {"project": {"acronym": None, "keywords": "b"}, "purpose": {}}}
    answer = caller.patch(path, patch, If_Match=tag["ETag"])
    assert answer.status_code == 200, answer.content
    assert answer.json()["answers"]["project"] == {"title": WORDS, "keywords": "b"}
    assert answer["ETag"] == caller.get(path)["ETag"] != tag["ETag"]


def test_a_patch_asks_what_was_read_and_refuses_what_changed_since(caller):
    made = draft_of(caller, project={"title": WORDS}).json()
    path, patch = f"/requests/{made['id']}", {"answers": {"project": {"acronym": "A"}}}
    assert refusal(caller.patch(path, patch))[:2] == (428, "precondition")
    old = caller.get(path)["ETag"]
    assert caller.patch(path, patch, If_Match=old).status_code == 200
    assert refusal(caller.patch(path, patch, If_Match=old))[:2] == (412, "stale")
    assert refusal(caller.patch(path, patch, If_Match=f"W/{old}"))[0] == 412
    assert caller.patch(path, patch, If_Match=f'"x", {caller.get(path)["ETag"]}').status_code == 200


def test_the_tag_is_strong_and_the_same_in_every_language(holder, walk):
    path = f"/requests/{walk.request.pk}"
    french, english = (Caller(holder, language=each).get(path) for each in ("fr", "en"))
    assert french["ETag"] == english["ETag"]
    assert french["ETag"].startswith('"')
    assert (french.json()["state_label"], english.json()["state_label"]) == ("Brouillon", "Draft")


def test_a_patch_is_written_whole_or_not_at_all(caller):
    made = draft_of(caller, project={"title": WORDS}).json()
    path = f"/requests/{made['id']}"
    patch = {"answers": {"project": {"acronym": "A"}, "sites": {"establishments": ["nowhere"]}}}
    assert caller.patch(path, patch, If_Match="*").status_code == 422
    assert "acronym" not in caller.get(path).json()["answers"]["project"]


def test_once_deposited_the_answers_are_read_only(caller, walk):
    walk.submit()
    path = f"/requests/{walk.case.number}"
    assert caller.get(path).json()["editable"] == []
    answer = caller.patch(path, {"answers": {"project": {"acronym": "A"}}}, If_Match="*")
    assert refusal(answer)[:2] == (409, "conflict")


def test_a_member_who_does_not_write_may_not_patch(walk, began):
    member = person()
    team.join(walk.request, member, "member", at=began)
    answer = Caller(member).patch(
        f"/requests/{walk.request.pk}", {"answers": {"project": {}}}, If_Match="*"
    )
    assert refusal(answer)[:2] == (403, "forbidden")


@pytest.mark.parametrize("ref", ["2026-9999", "nothing", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_there_is_not_found(caller, ref):
    assert refusal(caller.get(f"/requests/{ref}"))[:2] == (404, "not_found")


def test_what_may_not_be_seen_is_not_found(walk):
    assert Caller(person()).get(f"/requests/{walk.request.pk}").status_code == 404


def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(caller):
    body = {"answers": {"project": {"title": WORDS}}}
    first = caller.post("/requests", body, Idempotency_Key="cle-de-mars")
    again = caller.post("/requests", body, Idempotency_Key="cle-de-mars")
    assert first.json() == again.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert Request.objects.count() == 1
    other = caller.post("/requests", {"answers": {}}, Idempotency_Key="cle-de-mars")
    assert refusal(other)[:2] == (422, "key_reused")


def test_a_key_is_a_person_s_own_and_a_refusal_does_not_use_it(caller):
    bad, good = {"answers": {"project": {"title": 4}}}, {"answers": {}}
    assert caller.post("/requests", bad, Idempotency_Key="cle-de-mars").status_code == 422
    assert caller.post("/requests", good, Idempotency_Key="cle-de-mars").status_code == 201
    assert (
        Caller(person()).post("/requests", good, Idempotency_Key="cle-de-mars").status_code == 201
    )
    assert refusal(caller.post("/requests", good, Idempotency_Key="court"))[2].keys() == {
        "Idempotency-Key"
    }


def test_the_list_is_paged_by_cursor_newest_first(caller, holder):
    at = timezone.now()
    for number in range(5):
        drafts.create(by=holder, at=at, title=f"Étude {number}")
    first = caller.get("/requests", {"limit": 3}).json()
    second = caller.get("/requests", {"limit": 3, "cursor": first["next"]}).json()
    ids = [row["id"] for row in first["items"] + second["items"]]
    assert (len(ids), len(set(ids)), second["next"]) == (5, 5, None)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"cursor": "abc"}, {"state": "x"}])
def test_a_page_that_cannot_be_is_refused(caller, query):
    assert refusal(caller.get("/requests", query))[2].keys() == query.keys()


def test_words_and_filters_choose_among_them(caller, walk):
    draft_of(caller, project={"title": "Une tout autre chose à part"})
    by_words = caller.get("/requests", {"q": "IATROGENIE"}).json()["items"]
    by_site = caller.get("/requests", {"establishment": "chu-rennes"}).json()["items"]
    by_state = caller.get("/requests", {"state": "draft", "mine": True}).json()["items"]
    assert [row["id"] for row in by_words] == [str(walk.request.pk)]
    assert [row["id"] for row in by_site] == [str(walk.request.pk)]
    assert len(by_state) == 2


def test_the_number_of_queries_does_not_grow_with_the_list(
    caller, holder, django_assert_max_num_queries
):
    for number in range(12):
        drafts.create(by=holder, at=timezone.now(), title=f"Étude {number}")
    with django_assert_max_num_queries(6):
        assert len(caller.get("/requests").json()["items"]) == 12


def test_a_request_is_read_in_a_bounded_number_of_queries(
    caller, walk, django_assert_max_num_queries
):
    walk.until("preparation")
    with django_assert_max_num_queries(60):
        assert caller.get(f"/requests/{walk.case.number}").status_code == 200


def test_a_paper_is_joined_and_read_again(caller):
    made = draft_of(caller).json()
    path = f"/requests/{made['id']}/attachments"
    paper = {"slot": "protocol", "version": "2", "file": SimpleUploadedFile("p.pdf", PDF)}
    answer = caller.upload(path, paper)
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert (said["media_type"], said["size"]) == ("application/pdf", len(PDF))
    read = caller.get(f"{path}/{said['id']}")
    assert (read.content, read["Content-Type"]) == (PDF, "application/pdf")
    assert read["Content-Disposition"].startswith("attachment")
    assert [a["id"] for a in caller.get(f"/requests/{made['id']}").json()["attachments"]] == [
        said["id"]
    ]


def test_a_paper_sent_twice_under_a_key_is_one(caller):
    made = draft_of(caller).json()
    answers = [
        caller.upload(
            f"/requests/{made['id']}/attachments",
            {"slot": "other", "file": io.BytesIO(PDF)},
            Idempotency_Key="une-seule-fois",
        ).json()
        for _time in range(2)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"slot": "protocol"}, "file"),
        ({"slot": "nothing", "file": SimpleUploadedFile("p.pdf", PDF)}, "slot"),
        ({"slot": "protocol", "file": SimpleUploadedFile("p.pdf", b"MZ not a pdf")}, ""),
        ({"slot": "protocol", "file": SimpleUploadedFile("p.pdf", b"")}, ""),
    ],
)
def test_a_paper_that_is_not_one_is_refused(caller, fields, name):
    made = draft_of(caller).json()
    answer = caller.upload(f"/requests/{made['id']}/attachments", fields)
    assert refusal(answer)[2].keys() == {name}


def test_a_multipart_body_that_is_broken_is_refused(caller):
    made = draft_of(caller).json()
    path = f"/requests/{made['id']}/attachments"
    answer = caller._call(
        "post", path, b"--x\r\nbroken", headers={}, content_type="multipart/form-data"
    )
    assert refusal(answer)[0] in (400, 422)


def test_the_events_are_the_decisions_in_their_order(caller, walk):
    walk.until("committee")
    path = f"/requests/{walk.case.number}/events"
    first = caller.get(path, {"limit": 2}).json()
    rest = caller.get(path, {"cursor": first["next"]}).json()
    steps = [e["step"] for e in first["items"] + rest["items"]]
    assert steps == ["submit", "admit", "state_feasibility", "qualify", "to_committee"]
    assert first["items"][1]["leaf"] is not None


def test_the_deliveries_are_told_site_by_site(caller, walk):
    walk.until("authorised")
    said = caller.get(f"/requests/{walk.case.number}/deliveries").json()["items"]
    assert said == [
        {"establishment": "chu-rennes", "status": "agreed", "extraction": None, "space": None}
    ]


def test_the_manifest_is_for_the_team_and_for_who_made_it(caller, walk, settings):
    settings.DEMONSTRATION = True
    walk.until("authorised")
    track = walk.case.tracks.get(kind="site")
    engineer = walk.staff("data_engineer")
    order = SiteOrder.objects.create(
        establishment=track.establishment,
        kind="extract",
        body={},
        envelope={},
        hash="0" * 64,
        state="done",
        ended_at=walk.now,
        issued_at=walk.now,
        valid_until=walk.now + DAY,
        lease_until=walk.now + DAY,
    )
    Extraction.objects.create(
        track=track,
        order=order,
        state="done",
        manifest={"tables": []},
        manifest_sha256="0" * 64,
        launched_at=walk.now,
        launched_by=engineer,
    )
    path = f"/requests/{walk.case.number}/deliveries"

    def read_by(someone):
        (said,) = someone.get(path).json()["items"]
        return said["extraction"]["manifest"]

    assert read_by(caller) == read_by(Caller(engineer)) == {"tables": []}
    assert read_by(Caller(walk.staff("case_officer"))) is None


def test_a_result_is_declared_once_access_is_open(caller, walk):
    walk.until("authorised")
    path = f"/requests/{walk.case.number}/results"
    body = {"kind": "publication", "title": "Un article", "doi": "10.1000/xyz123"}
    assert refusal(caller.post(path, body))[0] == 422
    assert refusal(caller.post(path, body | {"url": "javascript:alert(1)"}))[2].keys() == {"url"}
    assert refusal(caller.post(path, {"kind": "poem", "title": "x"}))[2].keys() == {"kind"}
