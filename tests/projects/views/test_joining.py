"""An establishment never asked is called in by amendment, and states its feasibility on a page."""


def test_the_holder_calls_in_an_establishment_whose_methodologist_then_counts(walk, browser):
    walk.until("authorised")
    new = f"{walk.case.number}/avenants/nouveau/site"
    page = browser.get(walk.holder, new)
    sites = [code for code, _name in page.context["form"].fields["site"].choices]
    assert "chu-nantes" in sites and "chu-rennes" not in sites
    said = {"site": "chu-nantes", "reason": "Le nombre de cas est trop faible ici."}
    answer = browser.post(walk.holder, new, said)
    address = answer.headers["Location"]
    methodologist = walk.staff("methodologist", "chu-nantes")
    assert "Rendre la faisabilité" in browser.get(methodologist, address).text
    decide = f"{address}/state_feasibility"
    assert "Personnes comptées dans votre entrepôt" in browser.get(methodologist, decide).text
    lacking = browser.post(methodologist, decide, {"outcome": "feasible"})
    assert lacking.status_code == 200 and lacking.context["form"].errors
    counted = {"outcome": "feasible", "persons": "40"}
    assert browser.post(methodologist, decide, counted).status_code == 302
    amendment = walk.request.amendments.get()
    assert amendment.case.tracks.get().status == "feasible"
    assert walk.case.records.filter(kind="count", data__count=40).exists()
