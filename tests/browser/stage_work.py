"""The stage's running operation, and what a scan means at its stations."""

from types import SimpleNamespace as A

from django.http import HttpRequest, HttpResponse, JsonResponse


def running_work() -> A:
    """An operation with two instructions and three checks, one of them due."""
    checks = [
        A(position=10, name="Diameter", kind="NUMBER", unit="mm", limits="11.9 to 12.1 mm", choices=[], when="every 50",
          now=True, is_required=True, last="12.05 mm", last_ok=True),
        A(position=20, name="First piece", kind="YES_NO", unit="", limits="", choices=[], when="at the first piece",
          now=False, is_required=True, last="yes", last_ok=True),
        A(position=30, name="Surface", kind="CHOICE", unit="", limits="", choices=["clean", "scratched"],
          when="at the last piece", now=False, is_required=False, last="scratched", last_ok=False),
    ]  # fmt: skip
    steps = [
        A(position=1, text="Fix 12 flanges, tighten to 25 Nm", picture_url="", must_confirm=True, done=""),
        A(position=2, text="Check the coolant", picture_url="", must_confirm=False, done=""),
    ]
    return A(
        operation=A(id=9, count_by="BOTH", order=A(number="PO-000102")), counts=A(rework=0), steps=steps, checks=checks,
        papers=[A(name="Drawing 12-008", url="/drawing/")], next_step=steps[0], next_check="Check now: Diameter",
        check_now=checks[0], open_steps=1, open_checks=1, missing="Fix 12 flanges, tighten to 25 Nm; Diameter",
    )  # fmt: skip


def somebody_was_called() -> list[A]:
    """A call that waits, and one that is answered."""
    return [A(sentence="Called the supervisor, 2 min ago", coming=False), A(sentence="Marek W. is coming", coming=True)]


def load(request: HttpRequest, code: str) -> HttpResponse:
    """PO-000101 can be started, PO-000102 runs, nothing else is known."""
    read = request.GET.get("code", "")
    if read == "PO-000101/10":
        told = {"what": "Start PO-000101/10", "url": "/api/v1/machines/3/start-operation", "body": {"operation": 1}}
        return JsonResponse(told)
    if read == "PO-000102":
        return JsonResponse({"what": "PO-000102/10 is running here"})
    return JsonResponse({"detail": f"Read: {read}. Expected an order such as PO-000123."}, status=404)
