"""Every kind's list goes out through its door and comes back unchanged, in both forms, with its old numbers."""

import asyncio
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import AsyncRequestFactory, Client

from factory_core.access.identity import acting
from factory_core.importing.kinds import kind_named, kinds
from factory_core.importing.models import ExternalId
from factory_core.importing.views import leaving
from factory_core.importing.views.leaving import file_of_rows
from factory_core.people.models import User
from factory_core.people.services import service_user
from inventory.items.services.units import ensure_units
from tests.world.bringing import brought
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
# A small factory as its old system would have written it; the order is that of `kinds()`.
FILES = {
    "units": "code,name,dimension,factor\nKT,=Kit,,\n",
    "partners": "code,name,customer,supplier,business entity id\nP-1,Both & Sons,yes,yes,900\n",
    "customers": "code,name,business entity id\nC-1,Store,901\n",
    "suppliers": "code,name,business entity id,phone\nS-1,+Steel,902,+49 421 1\n",
    "item_groups": "name,code,ProductSubcategoryID\nCastings,CAST,12\n",
    "items": (
        "number,name,supply,unit,standard cost,told apart by,ProductID\nBIKE,Bike,make,pcs,100,,775\n"
        "00123,@Frame,buy,pcs,12.3450,,776\nGLUE,Glue,buy,pcs,3,by lot,777\n"
    ),
    "supplier_items": "item,supplier,lead time in days,price for one unit\n00123,S-1,7,1.2340\n",
    "prices": "item,valid from,standard cost,sales price\nBIKE,2025-01-01,99.5,250\n",
    "locations": "code,name,kind,inside\nHALL,Hall,Store,\nA-1,Shelf,,HALL\n",
    "lots": "item,number,made on\nGLUE,L-1,2026-01-01\n",
    "opening_stock": "item,location,quantity,value,opening day\n00123,A-1,7,86.4150,2026-11-22\n",
    "stock_history": ("number,item,what it was for,quantity,cost of one,day\n9,00123,Purchase,4,1.5,2013-07-31\n"),
    "machines": "code,name,area,line,machine id\nM-1,Mill,{hall},{line},55\n",
    "work_centres": (
        "code,name,line,an hour of the machine,costs valid from,work centre id\nSAW,Saw,{line},40,2026-01-01,30\n"
    ),
    "boms": "item made,component,quantity,status\nBIKE,00123,2,released\n",
    "routings": "item made,operation number,operation,work centre,status,run min\nBIKE,10,Sawing,SAW,released,5\n",
    "purchase_orders": (
        "number,supplier,status,order date,position,item,quantity,price,due date,received\n"
        "B-8,S-1,complete,2026-01-13,1,00123,7,2.4,2026-01-30,7\n"
    ),
    "sales_orders": (
        "number,customer,status,ordered on,position,item,quantity,price,shipped quantity,due date\n"
        "V-1,C-1,shipped,2026-01-02,1,BIKE,3,250,3,2026-01-09\n"
    ),
    "scrap_reasons": "code,name,ScrapReasonID\nGOUGE,Gouge in metal,7\n",
    "production_orders": (
        "number,item,ordered,good,scrap,reason of scrap,status,line\nWO-1,BIKE,10,8,2,GOUGE,closed,{line}\n"
    ),
    "scrap_history": "day,item,quantity,reason,line\n2026-10-01,00123,2,GOUGE,{line}\n",
    "users": "user name,name,role,place\nolga,=Olga,operator,line:{line}\n",
    "readings": (
        "timestamp,machine,tag,value\n2019-03-04 06:00:00,{press},load,1.5\n2019-03-04 07:00:00,{press},load,2\n"
    ),
}


@pytest.fixture
def plant(settings, tmp_path: Path) -> Plant:
    settings.DATA_DIR = tmp_path
    made = a_plant("mill")
    plant_itself = service_user("plant")
    with acting(plant_itself, channel="test"):
        ensure_units(actor=plant_itself)
    return made


@pytest.fixture
def bringer(plant: Plant) -> User:
    return a_user("mia", superuser=True)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def taken_out(client: Client, kind: str, form: str, site: str = "") -> bytes:
    answer = client.get(f"/imports/export/{kind}.{form}", {"site": site} if site else {})
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_what_goes_out_of_every_kind_comes_back_unchanged(plant: Plant, bringer: User, tmp_path: Path) -> None:
    assert FILES.keys() == {kind.name for kind in kinds()}
    holes = {"hall": plant.area.code, "line": plant.line_a.code, "press": plant.press.code}
    for kind, text in FILES.items():
        run = brought(bringer, plant.site, kind, text.format(**holes), creates_missing=kind == "readings")
        assert (kind, run.created) == (kind, text.count("\n") - 1)
    numbers = list(ExternalId.objects.order_by("id").values_list("kind", "column", "text", "key"))
    said = {text for _kind, _column, text, _key in numbers}
    assert said >= {"900", "901", "902", "12", "775", "776", "55", "30", "7"}

    client = as_(bringer)
    for kind in FILES:
        for form in ("csv", "xlsx"):
            file = tmp_path / f"{kind}.{form}"
            file.write_bytes(taken_out(client, kind, form))
            again = brought(bringer, plant.site, kind, file)
            assert again.rows > 0, kind
            assert (kind, form, again.created, again.changed, again.unchanged) == (kind, form, 0, 0, again.rows)
    assert list(ExternalId.objects.order_by("id").values_list("kind", "column", "text", "key")) == numbers


def test_old_numbers_go_out_beside_their_things_and_no_cell_calculates(plant: Plant, bringer: User) -> None:
    brought(bringer, plant.site, "suppliers", FILES["suppliers"])
    lines = taken_out(as_(bringer), "suppliers", "csv").decode("utf-8-sig").split("\r\n")
    assert lines[0].endswith(",number in the old system")
    assert lines[1].startswith("S-1,'+Steel,")
    assert lines[1].endswith(",902")


def test_a_server_that_waits_for_nothing_gets_the_file_in_pieces(
    plant: Plant, bringer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(bringer, plant.site, "suppliers", FILES["suppliers"])
    monkeypatch.setattr(leaving, "_PIECE", 50)
    kind = kind_named("suppliers")
    assert kind is not None
    answer = file_of_rows(AsyncRequestFactory().get("/"), kind, bringer, plant.site, "csv")
    assert isinstance(answer, StreamingHttpResponse)

    async def pieces() -> list[bytes]:
        return [piece async for piece in answer]

    got = asyncio.run(pieces())
    assert len(got) > 2
    assert b"".join(got) == taken_out(as_(bringer), "suppliers", "csv")
    assert answer["Content-Disposition"] == f'attachment; filename="suppliers-{plant.site.code}.csv"'


def test_a_list_goes_out_for_those_with_its_right_and_from_their_sites_only(plant: Plant) -> None:
    other = a_plant("other")
    planner = as_(a_user("mia", "migrator", plant.site))
    assert "Export: Suppliers" in planner.get("/imports/export/suppliers/").content.decode()
    assert plant.press.code in taken_out(planner, "machines", "csv").decode()
    assert other.press.code not in taken_out(planner, "machines", "csv", plant.site.code).decode()
    for address in (f"machines.csv?site={other.site.code}", "nothing.csv", "users.csv", "users/"):
        assert planner.get(f"/imports/export/{address}").status_code == 404, address

    looker = as_(a_user("olga", "operator", plant.line_a))
    assert looker.get("/imports/export/items.xlsx").status_code == 404
    assert as_(a_user("stranger")).get("/imports/export/items.xlsx").status_code == 403


def test_a_list_page_leads_out_whoever_may(plant: Plant) -> None:
    migrator, looker = as_(a_user("mia", "migrator", plant.site)), as_(a_user("bo", "auditor", plant.site))
    assert '"/imports/export/items/"' in migrator.get("/items/").content.decode()
    # Kinds whose list is no page of its own stand with all others behind a button of the imports.
    assert "Templates and exports" in migrator.get("/imports/").content.decode()
    listed = migrator.get("/imports/templates/").content.decode()
    assert [name for name in ("machines", "readings") if f'"/imports/export/{name}/"' not in listed] == []
    assert '"/imports/export/' not in looker.get("/items/").content.decode()
