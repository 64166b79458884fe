"""Whatever the order of arrival, the stored time line equals one folding of all readings from scratch."""

import random

import pytest

from factory_core.access.identity import acting
from telemetry.states.models import StateCheckpoint, StateInterval
from telemetry.states.queries import readings
from telemetry.states.rules.counters import count
from telemetry.states.rules.definition import read_definition
from telemetry.states.rules.fold import fold_versions
from telemetry.states.rules.moments import to_us
from telemetry.states.rules.readings import Reading
from telemetry.states.services import derive_machines, rebuild_states
from tests.telemetry.states.machines import a_watched_machine, after

pytestmark = pytest.mark.django_db

CALM = {
    "sources": [
        {"kind": "bits", "bits": [{"tag": "fault", "state": "FAULT"}], "otherwise": None, "stale_after_s": 900},
        {"kind": "words", "tag": "execution", "otherwise": None, "stale_after_s": 600},
        {"kind": "current", "tag": "amps", "stale_after_s": 120, "run_for_s": 20, "idle_for_s": 60, "off_for_s": 60},
    ],
    "counters": [{"tag": "pieces", "modulus": 1000, "max_per_s": 0.5}],
}
NERVOUS = {
    "sources": [
        {"kind": "words", "tag": "execution", "words": {"ACTIVE": "PRODUCING"}, "otherwise": "SETUP"},
        {"kind": "counter", "tag": "pieces", "cycle_s": 60, "k": 2, "stale_after_s": 1200},
    ],
    "counters": [{"tag": "pieces", "modulus": 1000}],
}
LIVE = {
    "sources": [
        {"kind": "words", "tag": "execution", "otherwise": None, "stale_after_s": 45},
        {"kind": "current", "tag": "amps", "stale_after_s": 30},
        {"kind": "counter", "tag": "pieces", "cycle_s": 20, "stale_after_s": 60},
    ],
    "counters": [{"tag": "pieces"}],
}
VALUES = {
    "execution": ["ACTIVE", "active", "FEED_HOLD", "UNAVAILABLE", "ODD"],
    "amps": [0.0, 1.0, 2.5, 5.0, 5.0, 5.0],
    "fault": [True, False, False],
}


def some_hours(chance, watched):
    """Readings over about six hours, numbered, ties included."""
    at, pieces, rows = -3 * 3600.0, 990, []
    for seq in range(1, chance.randint(60, 160)):
        at += chance.choice([0, 1, 10, 15, 60, 60, 200, 700])
        tag = chance.choice(["execution", "amps", "amps", "amps", "pieces", "pieces", "fault"])
        pieces = chance.choice([pieces, pieces + 1, pieces + 1, pieces + 3, 0, 5]) % 1000
        value = float(pieces) if tag == "pieces" else chance.choice(VALUES[tag])
        rows.append(Reading(to_us(after(at)), tag, watched.stream.pk, seq, value, chance.choice([192, 192, 192, 0])))
    return rows


@pytest.mark.parametrize("seed", range(12))
def test_random_arrival_gives_the_one_time_line(plant, seed):
    chance, watched = random.Random(seed), a_watched_machine(plant)
    watched.rule(CALM, valid_from=-86_400)
    rows = some_hours(chance, watched)
    packets, left = [], list(rows)
    chance.shuffle(left)
    while left:
        size = chance.randint(1, 25)
        packets.append(left[:size])
        left = left[size:]
    packets += chance.sample(packets, 2)
    change_at = len(packets) // 2
    versions = [(to_us(after(-86_400)), read_definition(CALM))]
    for number, packet in enumerate(packets):
        watched.store(packet)
        if number == change_at:
            watched.rule(NERVOUS, valid_from=600)
            versions.append((to_us(after(600)), read_definition(NERVOUS)))
        if chance.random() < 0.8:
            watched.derive(at=40_000)
    watched.derive(at=40_000)
    assert watched.intervals() == fold_versions(rows, versions, to_us(after(40_000)))
    with acting(watched.deriver, channel="test"):
        assert rebuild_states(actor=watched.deriver, machine_id=watched.machine.pk, at=after(40_000)) is False


@pytest.mark.parametrize("seed", range(6))
def test_random_arrival_gives_the_one_count(plant, seed):
    chance, watched = random.Random(seed), a_watched_machine(plant)
    watched.rule(CALM)
    rows = [row for row in some_hours(chance, watched) if row.tag == "pieces"]
    mixed = list(rows)
    chance.shuffle(mixed)
    for start in range(0, len(mixed), 4):
        watched.store(mixed[start : start + 4])
        watched.derive(at=40_000)
    steps, _tallies = count(rows, read_definition(CALM).counters)
    noon = to_us(after(0))
    before = sorted(watched.steps())
    assert before == sorted(((s.at - noon) / 1_000_000, int(s.delta), s.kind) for s in steps)
    with acting(watched.deriver, channel="test"):
        rebuild_states(actor=watched.deriver, machine_id=watched.machine.pk, at=after(40_000))
    assert sorted(watched.steps()) == before


def test_rebuilt_equals_stored_and_repairs_what_was_changed_behind_its_back(plant):
    watched = a_watched_machine(plant)
    watched.rule(CALM)
    watched.store(some_hours(random.Random(5), watched))
    watched.derive(at=40_000)
    stored = watched.intervals()
    with acting(watched.deriver, channel="test"):
        assert rebuild_states(actor=watched.deriver, machine_id=watched.machine.pk, at=after(40_000)) is False
    assert watched.intervals() == stored
    StateInterval.objects.filter(machine=watched.machine).update(state="OFF")
    StateCheckpoint.objects.filter(machine=watched.machine).delete()
    with acting(watched.deriver, channel="test"):
        assert rebuild_states(actor=watched.deriver, machine_id=watched.machine.pk, at=after(40_000)) is True
    assert watched.intervals() == stored


def test_dense_stretches_are_read_in_pieces(plant, monkeypatch):
    monkeypatch.setattr(readings, "MOST_AT_ONCE", 5)
    watched = a_watched_machine(plant)
    watched.rule(CALM)
    rows = some_hours(random.Random(11), watched)
    # More at one instant than fits in a piece: the instant must still come whole.
    rows += [Reading(to_us(after(-3000)), "amps", watched.stream.pk, 1000 + n, float(n % 7), 192) for n in range(20)]
    for row in random.Random(1).sample(rows, len(rows)):
        watched.store([row])
        if row.seq % 9 == 0:
            watched.derive(at=40_000)
    watched.derive(at=40_000)
    assert watched.intervals() == fold_versions(
        rows, [(to_us(after(-86_400)), read_definition(CALM))], to_us(after(40_000))
    )


@pytest.mark.parametrize("seed", range(4))
def test_every_pass_of_a_live_plant_shows_what_is_known_by_then(plant, seed):
    chance = random.Random(seed)
    machines = [a_watched_machine(plant, machine) for machine in (plant.press, plant.lathe)]
    sent = {watched.machine.pk: [] for watched in machines}
    for watched in machines:
        watched.rule(LIVE)
    for second in range(0, 400, 5):
        for watched in machines:
            packet = []
            for _ in range(chance.randint(0, 3)):
                # Most of it fresh, some late by up to two minutes, some not at all.
                at = second - chance.choice([0.5, 1, 1, 2, 40, 120])
                tag = chance.choice(["execution", "amps", "amps", "pieces"])
                value = float(second // 20) if tag == "pieces" else chance.choice(VALUES[tag])
                packet.append(Reading(to_us(after(at)), tag, watched.stream.pk, next(watched.numbers), value, 192))
            if packet and chance.random() < 0.7:
                watched.store(packet)
                sent[watched.machine.pk] += packet
        with acting(machines[0].deriver, channel="test"):
            ids = [watched.machine.pk for watched in machines]
            derive_machines(actor=machines[0].deriver, machine_ids=ids, at=after(second))
        for watched in machines:
            known = [(to_us(after(-86_400)), read_definition(LIVE))]
            assert watched.intervals() == fold_versions(sent[watched.machine.pk], known, to_us(after(second)))
