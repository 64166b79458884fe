"""What comes out of the printer: the page is as large as the label, nothing else is on it, and the code can be read."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, Route

from factory_core.access.identity import acting
from inventory.labels.rules.codes import qr_matrix
from inventory.labels.services.templates import create_template, make_default_templates
from tests.browser.desk import chromium
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import minute

pytestmark = pytest.mark.browser

HERE = "http://plant.test"
POINTS_PER_MM = 72 / 25.4
PIXEL_MM = 25.4 / 96
# Where the centre of each module is drawn, read off a picture of the page.
READ = """async ([picture, x, y, size, side]) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width; canvas.height = image.height;
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const scale = image.width / window.innerWidth, module = size / side, rows = [];
  for (let row = 0; row < side; row++) {
    const read = [];
    for (let col = 0; col < side; col++) {
      const at = [(x + (col + .5) * module) * scale, (y + (row + .5) * module) * scale];
      read.push(pen.getImageData(...at, 1, 1).data[0] < 128);
    }
    rows.push(read);
  }
  return rows;
}"""


@contextmanager
def opened(answers: dict[str, Any]) -> Iterator[Page]:
    """A page in the distribution's Chromium that is told these answers, with their headers, and nothing else."""

    def tell(route: Route) -> None:
        answer = answers.get(route.request.url.removeprefix(HERE))
        if answer is None:
            route.fulfill(status=404)
        else:
            route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)

    with chromium() as browser:
        page = browser.new_page(device_scale_factor=3, viewport={"width": 800, "height": 900})
        page.route("**/*", tell)
        yield page


class Static:
    """A file of ours as an answer."""

    status_code = 200

    def __init__(self, path: Path) -> None:
        self.content = path.read_bytes()

    def items(self) -> list[tuple[str, str]]:
        """Its headers."""
        return [("Content-Type", "text/css")]


def sheet_of(client: Client, wish: dict[str, Any]) -> dict[str, Any]:
    """The printed sheet and everything it asks for."""
    sheet = client.post("/labels/print/", wish)
    assert sheet.status_code == 200
    answers: dict[str, Any] = {"/sheet/": sheet}
    for address in re.findall(r'<link rel="stylesheet" href="([^"]+)"', sheet.content.decode()):
        static = settings.BASE_DIR / address.lstrip("/")
        answers[address] = Static(static) if static.is_file() else client.get(address)
    return answers


def pages_of(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of the pages of a PDF in millimetres, which Chromium rounds to its pixels (0.26 mm)."""
    boxes = re.findall(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    return [(round(float(wide) / POINTS_PER_MM, 1), round(float(high) / POINTS_PER_MM, 1)) for wide, high in boxes]


@pytest.fixture
def client(cast: Cast, clock: Clock) -> Client:
    with acting(cast.it_admin, channel="test"):
        make_default_templates(actor=cast.it_admin, at=minute(0))
    client = Client()
    client.force_login(cast.storekeeper)
    return client


def test_a_lot_label_is_a_page_of_its_size_and_its_code_is_readable(client: Client) -> None:
    lot = a_lot(an_item("MW-1", tracking="LOT", gtin="06291041500213"), "ABC-12", expires_on=date(2028, 2, 29))
    answers = sheet_of(client, {"subject": "LOT", "id": lot.pk, "copies": "3"})
    expected = qr_matrix("\x1d01062910415002131728022910ABC-12")
    said: list[str] = []
    with opened(answers) as page:
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{HERE}/sheet/")
        pdf = page.pdf(prefer_css_page_size=True)
        code = page.locator(".label").first.locator("svg svg path").first
        box = code.bounding_box()
        assert box is not None
        picture = base64.b64encode(page.screenshot()).decode()
        read = page.evaluate(READ, [picture, box["x"], box["y"], box["width"], len(expected)])
        drawn = page.locator(".label > svg").first.evaluate("node => node.getBoundingClientRect().toJSON()")
    assert len(pages_of(pdf)) == 3
    assert all(size == pytest.approx((100, 50), abs=PIXEL_MM) for size in pages_of(pdf))
    assert (drawn["width"] * PIXEL_MM, drawn["height"] * PIXEL_MM) == pytest.approx((100, 50), abs=0.05)
    assert read == expected
    # The strict policy takes the stylesheet of the size; nothing was refused.
    assert [line for line in said if "Content Security Policy" in line] == []


def test_each_kind_of_label_has_its_own_paper(client: Client, cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin, channel="test"):
        create_template(
            actor=cast.it_admin,
            code="odd",
            name="Odd",
            subject="LOCATION",
            # Both are rounded down by the browser.
            width_mm=Decimal("40.3"),
            height_mm=Decimal(31),
            elements=[{"kind": "text", "x": 0, "y": 0, "width": 40, "height": 31, "field": "code", "size": 9}],
            at=minute(1),
        )
    item, place = an_item("MW-1"), a_location(plant.site, "A-03-12")
    wishes: list[tuple[dict[str, Any], tuple[float, float]]] = [
        ({"subject": "ITEM", "id": item.pk}, (62, 29)),
        ({"subject": "LOCATION", "id": place.pk}, (100, 30)),
        ({"subject": "LOCATION", "id": place.pk, "template": "odd"}, (40.3, 31)),
    ]
    sheets = [(sheet_of(client, {**wish, "copies": "2"}), size) for wish, size in wishes]
    for answers, size in sheets:
        with opened(answers) as page:
            page.goto(f"{HERE}/sheet/")
            pages = pages_of(page.pdf(prefer_css_page_size=True))
        assert (size, len(pages)) == (size, 2)
        assert pages[0] == pytest.approx(size, abs=PIXEL_MM)
