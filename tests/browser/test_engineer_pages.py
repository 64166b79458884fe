"""The engineer's pages on a whole running plant: lying and upright, light and dark, by keyboard alone (A1–A8, A24)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import checks
from tests.browser.conftest import RunningPlant
from tests.ports import free_port

pytestmark = pytest.mark.plant

GATEWAY = "/gateways/DEMO-GATEWAY/"
DEVICE = f"{GATEWAY}devices/ENG1/"
# Faster keys are a scanner's.
AS_A_PERSON_MS = 90
LOOKS = (("tablet", "light"), ("portrait", "dark"))


@pytest.fixture(scope="module")
def device(browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any]) -> Iterator[Page]:
    """A Modbus device where nobody answers, with two values of a machine, added by keyboard alone."""
    page = checks.new_context(browser, "tablet", storage=signed_in("ines")).new_page()
    page.goto(running_plant.url + GATEWAY)
    # A plant that runs already may have met this test before.
    if not page.locator("#device-ENG1").count():
        _add_by_keyboard(page, running_plant)
    page.goto(running_plant.url + DEVICE)
    if not page.locator(".live-tags").count():
        _choose_by_keyboard(page)
    yield page
    page.context.close()


def _add_by_keyboard(page: Page, plant: RunningPlant) -> None:
    _walk_to(page, "Add a device")
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/")
    _walk_to(page, "Modbus")
    page.keyboard.press("Enter")
    page.wait_for_url("**protocol=modbus")
    page.locator("#id_code").focus()
    for text in ("ENG1", "127.0.0.1", str(free_port())):
        page.keyboard.press("Control+a")
        page.keyboard.type(text, delay=AS_A_PERSON_MS)
        page.wait_for_timeout(AS_A_PERSON_MS)
        page.keyboard.press("Tab")
    page.wait_for_timeout(AS_A_PERSON_MS)
    page.keyboard.press("Enter")
    page.wait_for_url(plant.url + DEVICE)


def _choose_by_keyboard(page: Page) -> None:
    page.get_by_label("The chosen values belong to").select_option(index=1)
    _walk_to(page, "Or type an address")
    page.keyboard.press("Enter")
    page.wait_for_url("**/choose/")
    for row, (address, name, role) in enumerate(
        (("holding:0", "eng1.state", "state"), ("holding:1", "eng1.a", "energy"))
    ):
        page.locator(f"#id_t{row}-address").fill(address)
        page.locator(f"#id_t{row}-name").fill(name)
        page.locator(f"#id_t{row}-decision").fill("Is the machine running?")
        page.locator(f"#id_t{row}-role").select_option(role)
    _walk_to(page, "Collect these values")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{DEVICE}")


def _walk_to(page: Page, name: str) -> None:
    """Tab until a control of that name has the focus; it is then in sight and ringed."""
    for _step in range(60):
        page.keyboard.press("Tab")
        if (page.evaluate("document.activeElement.innerText") or "").strip().startswith(name):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert (name, float(ring.removesuffix("px")) >= 3) == (name, True)
            return
    raise AssertionError(f"nobody reaches {name!r} by keyboard")


PAGES = [
    ("ines", "/gateways/"),
    ("ines", "/gateways/unused/"),
    ("ines", GATEWAY),
    ("ines", f"{GATEWAY}devices/CNC01/"),
    *(("ines", f"{GATEWAY}add/?protocol={key}") for key in ("opcua", "folder")),
    ("ines", DEVICE),
    ("ines", f"{DEVICE}edit/"),
    ("ines", "the first tag"),
    ("ines", "its meaning"),
]


def _address(page: Page, path: str) -> str:
    if path not in ("the first tag", "its meaning"):
        return path
    found = page.locator(".live-tags a" if path == "the first tag" else "a[href*='/map/']").first
    return str(found.get_attribute("href"))


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_is_right_in_every_size_and_light(
    browser: Browser, running_plant: RunningPlant, signed_in: Callable[[str], Any], device: Page, who: str, path: str
) -> None:
    device.goto(running_plant.url + DEVICE)
    address = _address(device, path)
    for size, scheme in LOOKS:
        seen = checks.watched(
            checks.new_context(browser, size, scheme=scheme, storage=signed_in(who)), running_plant.url
        )
        answer = seen.page.goto(running_plant.url + address)
        seen.page.wait_for_timeout(300)
        faults = {
            "status": [] if answer and answer.ok else [str(answer and answer.status)],
            "axe": checks.axe_faults(seen.page),
            "console": seen.errors,
            "outside": seen.outside,
            "wide": checks.wide(seen.page),
            "small": checks.small_targets(seen.page, 24),
            "wide when longer": checks.wide_when_longer(seen.page) if size == "tablet" else [],
        }
        seen.page.context.close()
        assert ((size, scheme), {what: found for what, found in faults.items() if found}) == ((size, scheme), {})


def test_a_device_nobody_answers_for_says_so_in_a_sentence(running_plant: RunningPlant, device: Page) -> None:
    device.goto(running_plant.url + DEVICE)
    expect(device.locator("#device-state")).to_have_text("not connected")
    expect(device.locator("#device .notice")).to_contain_text("127.0.0.1")
    device.get_by_role("button", name="Look into the device").click()
    device.locator("summary", has_text="holding registers").first.click()
    expect(device.get_by_role("alert")).to_be_visible()
    expect(device.get_by_role("button", name="Try again")).to_be_visible()


def test_what_is_ticked_stays_while_values_arrive(running_plant: RunningPlant, device: Page) -> None:
    """The live part is replaced every two seconds; a choice being made beside it is not touched."""
    device.goto(running_plant.url + DEVICE)
    device.get_by_label("The chosen values belong to").select_option(index=2)
    chosen = device.get_by_label("The chosen values belong to").input_value()
    for _twice in range(2):
        with device.expect_response(lambda answer: answer.url.endswith("/rows/"), timeout=40_000):
            pass
    assert device.get_by_label("The chosen values belong to").input_value() == chosen
    expect(device.locator("#link")).to_have_attribute("data-link", "live")
