"""What tests of working spaces make in a line: orders, a team, who is at the door."""

from datetime import timedelta

from catalog.orders import instant
from catalog.site.spaces.door import Door
from catalog.site.spaces.embedded import Place
from tests.catalog.site.making import EVERYONE, NUMBER, PROJECT, SiteHere

MARION = "3d2c7bd5-3c4e-4a43-9d6a-3a8a5f1b2c3d"
LOUISE = "9b1f0a52-6b7e-4c1c-9c27-9d3d3f6f0a22"
DAY = timedelta(days=1)


class Turns:
    """The orders that the portal gives of one space, each one more turn."""

    def __init__(self, site: SiteHere, *deliveries: dict):
        self.site, self.deliveries = site, list(deliveries)
        self.turn = 0

    def order(self, state: str, *members: str, because: str = "", **changed) -> dict:
        """The next order, without sending it."""
        self.turn += 1
        until = instant(self.site.at + 365 * DAY)
        said = {
            "number": NUMBER,
            "project": PROJECT,
            "turn": self.turn,
            "state": state,
            "because": because,
            "until": until,
            "members": [{"member": member, "until": until} for member in members],
            "deliveries": [each["order"] for each in self.deliveries],
        }
        return self.site.body("space", **(said | changed))

    def open(self, *members: str, **changed) -> dict:
        return self.site.last(self.order("open", *members, **changed))

    def cut(self, because: str = "block", **changed) -> dict:
        return self.site.last(self.order("cut", because=because, **changed))

    def destroy(self, **changed) -> dict:
        return self.site.last(self.order("destroyed", because="end_access", **changed))


def delivered(site: SiteHere) -> Turns:
    """A site that delivered a small study, of whose space nothing was ordered yet."""
    body = site.body(cohort=EVERYONE)
    assert site.last(body)["kind"] == "delivered"
    return Turns(site, body)


def place(site: SiteHere) -> Place:
    return Place(site.settings, NUMBER)


def door(site: SiteHere, member: str, account: str = "mlegall") -> Door:
    """The door of the space, before a member, at the site's own hour."""
    return Door(place(site), member, account, clock=lambda: site.at)
