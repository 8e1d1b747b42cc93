"""Amendments by the API: proposed by the holder, read by who sees the request, decided."""

from datetime import timedelta

import pytest

from governance.models import Deadline
from tests.people import person
from tests.portal.api.calls import Caller, refusal

LONGER = {"kind": "period", "months": 36, "reason": "Pour finir l'analyse."}


@pytest.fixture(autouse=True)
def _no_second_factor_asked(settings):
    settings.DEMONSTRATION = True


@pytest.fixture
def authorised(walk):
    return walk.until("authorised")


@pytest.fixture
def path(authorised):
    return f"/requests/{authorised.case.number}/amendments"


def test_an_amendment_is_proposed_examined_accepted_and_applied(authorised, path):
    holder = Caller(authorised.holder)
    made = holder.post(path, LONGER, Idempotency_Key="avenant-un")
    assert made.status_code == 201, made.content
    assert holder.post(path, LONGER, Idempotency_Key="avenant-un").json() == made.json()
    own = f"{path}/{made.json()['id']}"
    assert made.json()["title"] == "Porter la durée d'accès à 36 mois"
    assert holder.get(own).json() == made.json()
    officer = Caller(authorised.staff("case_officer"))
    said = {"outcome": "examined", "reason": "Rien ne s'y oppose."}
    answer = officer.post(f"{own}/steps/examine", said)
    assert answer.status_code == 201, answer.content
    delegate = Caller(authorised.staff("delegate"))
    rows = {row["step"]: row for row in delegate.get(f"{own}/steps").json()["items"]}
    assert (rows["accept"]["allowed"], rows["accept"]["obstacles"]) == (True, [])
    assert delegate.post(f"{own}/steps/accept", {}).status_code == 201
    authorised.request.access_period.refresh_from_db()
    assert authorised.request.access_period.months == 36
    told = holder.get(own).json()
    assert told["state"] == "accepted"
    assert [each["step"] for each in told["decisions"]] == ["examine", "accept"]
    assert told["decisions"][1]["label"] == "Avenant accepté"
    assert [row["id"] for row in holder.get(path).json()["items"]] == [made.json()["id"]]


def test_who_may_not_on_the_pages_may_not_here(authorised, path):
    officer = Caller(authorised.staff("case_officer"))
    assert refusal(officer.post(path, LONGER))[:2] == (403, "forbidden")
    made = Caller(authorised.holder).post(path, LONGER).json()
    step = f"{path}/{made['id']}/steps/examine"
    said = {"outcome": "examined", "reason": "Oui."}
    assert refusal(Caller(authorised.holder).post(step, said))[:2] == (403, "forbidden")
    stranger = Caller(person())
    for address in (path, f"{path}/{made['id']}", f"{path}/{made['id']}/steps"):
        assert refusal(stranger.get(address))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"kind": "period", "reason": "Oui."}, {"months"}),
        ({"kind": "period", "months": 12, "reason": "Oui."}, {"months"}),
        ({"kind": "period", "months": 36, "reason": "Oui.", "site": "chu-brest"}, {"site"}),
        ({"kind": "member", "act": "join", "email": "nul@x.fr", "reason": "Oui."}, {"email"}),
        ({"kind": "member", "email": None, "reason": "Oui."}, {"email"}),
        ({"kind": "site", "site": "nulle-part", "reason": "Oui."}, {"site"}),
        ({"kind": "period", "months": 36}, {"reason"}),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_by_its_field(authorised, path, body, fields):
    answer = Caller(authorised.holder).post(path, body)
    assert (refusal(answer)[0], refusal(answer)[2].keys()) == (422, fields)


def test_a_refusal_cites_only_what_the_change_touches(authorised, path):
    made = Caller(authorised.holder).post(path, LONGER).json()
    delegate, step = Caller(authorised.staff("delegate")), f"{path}/{made['id']}/steps/reject"
    other = {"articles": ["U-01"], "reason": "Trop long."}
    assert refusal(delegate.post(step, other))[2].keys() == {"articles"}
    answer = delegate.post(step, other | {"articles": ["U-10"]})
    assert answer.status_code == 201, answer.content
    assert answer.json()["articles"] == ["U-10"]


def test_what_the_articles_stop_answers_409_with_them(authorised, path):
    made = Caller(authorised.holder).post(path, LONGER | {"months": 60}).json()
    own = f"{path}/{made['id']}/steps"
    officer = Caller(authorised.staff("case_officer"))
    officer.post(f"{own}/examine", {"outcome": "examined", "reason": "Oui."})
    answer = Caller(authorised.staff("delegate")).post(f"{own}/accept", {})
    assert refusal(answer)[:2] == (409, "refused")
    assert answer.json()["articles"][0]["code"] == "change_in_order"


def test_the_delay_of_a_return_is_extended_once_by_the_holder_alone(walk):
    walk.submit()
    officer = walk.staff("case_officer")
    point = {"section": "project", "text": "Le titre est trop vague."}
    walk.take("return", officer, details={"points": [point]})
    path = f"/requests/{walk.case.number}/extension"
    before = Deadline.objects.get(case=walk.case, subject="state:completion").due_at
    assert refusal(Caller(officer).post(path))[:2] == (403, "forbidden")
    answer = Caller(walk.holder).post(path)
    assert answer.status_code == 201, answer.content
    after = Deadline.objects.get(case=walk.case, subject="state:completion").due_at
    assert after - before > timedelta(days=20)
    assert answer.json()["until"].startswith(after.date().isoformat()[:7])
    assert refusal(Caller(walk.holder).post(path))[:2] == (409, "conflict")


def test_a_refusal_is_appealed_and_overturned_by_somebody_else(authorised, path):
    holder = Caller(authorised.holder)
    own = f"{path}/{holder.post(path, LONGER).json()['id']}"
    decider = authorised.staff("delegate")
    refused = {"reason": "Non justifié.", "articles": ["U-10"]}
    assert Caller(decider).post(f"{own}/steps/reject", refused).status_code == 201
    assert refusal(Caller(decider).post(f"{own}/steps/overturn", {"reason": "Oui."}))[0] == 404
    appealed = holder.post(f"{own}/steps/appeal", {"reason": "Le calendrier est joint."})
    assert appealed.status_code == 201, appealed.content
    answer = {"reason": "Relu."}
    assert refusal(Caller(decider).post(f"{own}/steps/overturn", answer))[:2] == (403, "forbidden")
    judge = Caller(authorised.staff("delegate", but=[decider]))
    assert judge.post(f"{own}/steps/overturn", answer).status_code == 201
    assert holder.get(own).json()["state"] == "proposed"
