"""How the demo's simulated machines are heard: one gateway, its tags with their decisions, and the state rules."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from factory_core.cockpit.demo.places import MACHINES, DemoMachine
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import TagKind
from telemetry.devices.services import add_device, add_tag, enrol_directly, register_gateway
from telemetry.states.services.rules import set_state_rule

GATEWAY = "DEMO-GATEWAY"
ALARMS = ("E101 SPINDLE OVERLOAD", "E204 COOLANT LOW", "E231 DOOR OPEN", "E310 BAR FEED EMPTY", "E417 TOOL BROKEN")
# Machines repeat their words every 30 s; after 45 s without one nobody knows what they do.
SILENT_AFTER_S = 45
HISTORY = timedelta(hours=8)
AMPS = 8.0

TAGS = (
    ("execution", TagKind.TEXT, "", "Does the machine run, and since when?"),
    ("mode", TagKind.TEXT, "", "Is it being set up?"),
    ("alarm_code", TagKind.TEXT, "", "Which reason does a stop get by itself?"),
    ("part_count", TagKind.COUNTER, "", "Is the order on plan?"),
    ("scrap_count", TagKind.COUNTER, "", "Must somebody look at the process now?"),
    ("current", TagKind.NUMBER, "A", "Is the spindle or press loaded as usual?"),
    ("power", TagKind.NUMBER, "kW", "What does a piece cost in energy?"),
)


def build_gateway(actor: User, site: Site, machines: dict[str, Machine], at: datetime) -> str:
    """Register the demo gateway with every tag and rule; gives its token."""
    gateway = register_gateway(actor=actor, code=GATEWAY, site=site, at=at, name="Demo gateway (simulated machines)")
    token = enrol_directly(actor=actor, gateway_id=gateway.pk, at=at)
    for demo in MACHINES:
        machine = machines[demo.code]
        device = add_device(actor=actor, gateway_id=gateway.pk, code=demo.code, protocol="simulator", at=at)
        for name, kind, unit, decision in TAGS:
            add_tag(
                actor=actor, gateway_id=gateway.pk, name=f"{demo.code}.{name}", decision=decision, at=at, kind=kind,
                machine=machine, device=device, unit=unit,
            )  # fmt: skip
        set_state_rule(
            actor=actor, machine=machine, definition=rule_of(demo), valid_from=at - HISTORY - timedelta(hours=1), at=at
        )
    return token


def rule_of(demo: DemoMachine) -> dict[str, Any]:
    """How the signals of a demo machine become its state: by its own words, or by its current."""
    counters = [
        {"tag": f"{demo.code}.part_count", "counts": "pieces"},
        {"tag": f"{demo.code}.scrap_count", "counts": "scrap"},
    ]
    alarm = {
        "kind": "words", "tag": f"{demo.code}.alarm_code", "words": dict.fromkeys(ALARMS, "FAULT"), "otherwise": None,
        "stale_after_s": SILENT_AFTER_S,
    }  # fmt: skip
    setup = {
        "kind": "words", "tag": f"{demo.code}.mode", "words": {"MANUAL": "SETUP"}, "otherwise": None,
        "stale_after_s": SILENT_AFTER_S,
    }  # fmt: skip
    if demo.rule == "current":
        by_current = {
            "kind": "current", "tag": f"{demo.code}.current", "run_above": AMPS * 0.55, "idle_below": AMPS * 0.4,
            "off_below": 0.2, "stale_after_s": SILENT_AFTER_S,
        }  # fmt: skip
        return {"sources": [by_current], "counters": counters}
    execution = {"kind": "words", "tag": f"{demo.code}.execution", "stale_after_s": SILENT_AFTER_S}
    return {"sources": [alarm, setup, execution], "counters": counters}


def write_gateway_file(path: Path, *, url: str, token: str, history_from: datetime) -> None:
    """The configuration of the demo gateway's edge agent; only its owner may read the token in it."""
    lines = [
        "# Made by the demo plant. The machines below exist only in this program.",
        "[server]", f'url = "{url}"', f'token = "{token}"', "", "[spool]", 'dir = "spool"', "max_mb = 256", "",
    ]  # fmt: skip
    for number, demo in enumerate(MACHINES, start=1):
        lines += [
            "[[device]]", 'driver = "simulator"', f'code = "{demo.code}"', f"cycle_s = {demo.cycle_s}",
            f'pattern = "{demo.pattern}"', f"seed = {number}", f"amps = {AMPS}",
            f"history_from = {history_from:%Y-%m-%dT%H:%M:%SZ}", "",
        ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
