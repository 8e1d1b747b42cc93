"""With what a person acts on a page: a mouse, or the keyboard alone.

Both do the same five things to what is found on the page. The keyboard reaches it with Tab, as a
person who cannot point does: what Tab does not reach cannot be used.
"""

from playwright.sync_api import Locator, Page, expect

FARTHEST = 300
"""Presses of Tab, or of an arrow, after which something is out of reach."""
LEADS_AWAY = "target => target.tagName === 'A' || target.type === 'submit'"
IS_REACHED = """target => {
  const here = document.activeElement;
  return here === target || (target.type === "radio" && here.type === "radio"
    && here.name === target.name && here.form === target.form);
}"""

STOPS_BEFORE = """target => {
  const kinds = "a, button, input, select, textarea, summary, [tabindex]";
  const stops = [...document.querySelectorAll(kinds)]
    .filter(each => each.tabIndex >= 0 && !each.disabled && each.checkVisibility());
  const here = document.activeElement;
  const after = each => !here || here === document.body
    || here.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING;
  const before = each => target.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING;
  const group = each => each.type === "radio" ? `${each.form?.id} ${each.name}` : each;
  return new Set(stops.filter(each => after(each) && before(each)).map(group)).size;
}"""
"""How many stops of Tab come before the target, each group of radio buttons being one: it is looked
for from there on, rather than at each."""


class Mouse:
    """Points, clicks, types."""

    def __init__(self, page: Page):
        self.page = page

    def press(self, target: Locator) -> None:
        """Press a button, or follow a link, and wait for the page it leads to."""
        if target.evaluate(LEADS_AWAY):
            with self.page.expect_navigation():
                self._press(target)
        else:
            self._press(target)

    def _press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, value: str) -> None:
        """Write `value` in place of what a field holds."""
        target.fill(value)

    def mark(self, target: Locator) -> None:
        """Tick a box, or choose an answer."""
        target.check()

    def unmark(self, target: Locator) -> None:
        """Untick a box."""
        target.uncheck()

    def pick(self, target: Locator, label: str) -> None:
        """Pick a line of a list."""
        target.select_option(label=label)


class Keyboard(Mouse):
    """Tab, arrows, Space, Enter, and typing."""

    def _press(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, value: str) -> None:
        self._reach(target)
        if target.get_attribute("type") == "date":
            self._write_day(target, value)
        else:
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(value)
        expect(target).to_have_value(value)

    def mark(self, target: Locator) -> None:
        self._reach(target)
        if target.get_attribute("type") != "radio":
            if not target.is_checked():
                self.page.keyboard.press("Space")
        else:
            if not target.evaluate("target => target === document.activeElement"):
                self._press_until("ArrowDown", target.is_checked)
            self.page.keyboard.press("Space")
        expect(target).to_be_checked()

    def unmark(self, target: Locator) -> None:
        if target.is_checked():
            self._reach(target)
            self.page.keyboard.press("Space")
        expect(target).not_to_be_checked()

    def pick(self, target: Locator, label: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Home")
        chosen = "list => list.selectedOptions[0]?.label.trim()"
        self._press_until("ArrowDown", lambda: target.evaluate(chosen) == label)

    def _reach(self, target: Locator) -> None:
        target.wait_for(state="attached")
        for _stop in range(target.evaluate(STOPS_BEFORE)):
            self.page.keyboard.press("Tab")
        self._press_until("Tab", lambda: target.evaluate(IS_REACHED))

    def _press_until(self, key: str, done) -> None:
        for _time in range(FARTHEST):
            if done():
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{key} does not reach it on {self.page.url}")

    def _write_day(self, target: Locator, value: str) -> None:
        """Type a day part by part, in the order in which this browser shows them."""
        year, month, day = value.split("-")
        for order in (f"{day}{month}{year}", f"{month}{day}{year}"):
            self.page.keyboard.type(order)
            if target.input_value() == value:
                return
            for _part in range(3):
                self.page.keyboard.press("ArrowLeft")
