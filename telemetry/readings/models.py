"""What machines said: streams and their watermarks, readings by day, and everything that was refused or lost."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine
from factory_core.tables import Fact, Projection
from telemetry.devices.models import Gateway, Tag


class Stream(Projection):
    """One lane of one epoch of a gateway; rows up to `acked_seq` are committed or declared lost.

    Simple senders without a buffer have the epoch `simple`, which no packet can name.
    """

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="streams")
    epoch = models.CharField(max_length=16)
    lane = models.CharField(max_length=1)
    acked_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "epoch", "lane"], name="stream_once"),
            models.CheckConstraint(condition=models.Q(lane__in=["e", "s"]), name="stream_lane_known"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_id}/{self.epoch}/{self.lane}"


class Packet(Fact):
    """A packet that brought something new: its numbers, both clocks, and the digest that proves its content."""

    scope_path = "stream__gateway__site"
    view_capability = "telemetry.device.view"

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="packets")
    first_seq = models.BigIntegerField()
    count = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Added to every time of the packet because the gateway's clock was wrong; 0 for a good clock.
    shift_ms = models.BigIntegerField(default=0)
    synced = models.BooleanField()
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("packet")
        verbose_name_plural = _("packets")
        indexes = [
            models.Index(fields=["stream", "first_seq"], name="packet_stream_seq"),
            models.Index(fields=["received_at"], name="packet_received"),
        ]


class StoredReading(Fact):
    """What both reading tables share. Partitioned by UTC day of the device's time; no row has an own number:
    (stream, seq) names it, and the watermark of the stream is what keeps it single.
    """

    scope_path = "tag__machine"
    view_capability = "telemetry.view"

    id = None  # type: ignore[assignment]  # takes the number of Fact away: nothing refers to one reading
    pk = models.CompositePrimaryKey("stream_id", "seq")
    tag = models.ForeignKey(Tag, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    at = models.DateTimeField()
    quality = models.SmallIntegerField()
    stream = models.ForeignKey(Stream, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    seq = models.BigIntegerField()

    class Meta:
        abstract = True
        managed = False


class Reading(StoredReading):
    """A numeric value of a tag at a time; on/off is 1 and 0."""

    value = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "telemetry_reading"


class ReadingText(StoredReading):
    """A text value of a tag at a time."""

    value = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "telemetry_readingtext"


class ImportedStretch(Projection):
    """Readings of one tag that an import brought in one go: undo finds them by it, and nothing else need be searched.

    A summary of the readings; the stream is the run's own: its epoch names the run, and no packet can.
    """

    scope_path = "machine"
    view_capability = "telemetry.view"
    # An undo reads these rows last of all, and takes them away itself.
    goes_with_import = True

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="stretches")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")
    # As the tag stood when they came: an undo may have taken the tag away by the time it asks.
    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, null=True, related_name="+")
    started_at = models.DateTimeField(_("first reading"))
    ended_at = models.DateTimeField(_("last reading"))
    count = models.PositiveIntegerField(_("readings"))

    class Meta:
        verbose_name = _("imported stretch")
        verbose_name_plural = _("imported stretches")
        indexes = [models.Index(fields=["stream", "tag"], name="imported_stretch_of_run")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(started_at__lte=models.F("ended_at")), name="imported_stretch_not_empty"
            )
        ]


class Gap(Fact):
    """Rows a gateway declared lost, both ends included; a loss is always declared, never guessed."""

    scope_path = "stream__gateway__site"
    view_capability = "telemetry.device.view"

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="gaps")
    from_seq = models.BigIntegerField()
    to_seq = models.BigIntegerField()
    reason = models.CharField(max_length=80)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("gap")
        verbose_name_plural = _("gaps")


class DeviceLoss(Fact):
    """Readings lost inside a device, as its own protocol tells: a queue that ran over, a buffer that was too short.

    The gateway says so by a row in the lane of events (`stream`, `seq`), kept once like every row.
    """

    scope_path = "stream__gateway__site"
    view_capability = "telemetry.device.view"

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="losses")
    seq = models.BigIntegerField()
    device_code = models.CharField(_("device"), max_length=60)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    reason = models.CharField(_("reason"), max_length=200)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("loss inside a device")
        verbose_name_plural = _("losses inside devices")
        indexes = [models.Index(fields=["stream", "device_code", "-ended_at"], name="loss_of_device")]


class QuarantinedReading(Fact):
    """A row that could not be a reading, kept as it came with the reason."""

    scope_path = "stream__gateway__site"
    view_capability = "telemetry.device.view"

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, null=True, related_name="quarantined")
    seq = models.BigIntegerField()
    tag_name = models.CharField(max_length=200)
    at = models.DateTimeField(null=True)
    raw = models.TextField()
    code = models.CharField(max_length=40)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("quarantined reading")
        verbose_name_plural = _("quarantined readings")
        indexes = [models.Index(fields=["stream", "-id"], name="quarantine_stream")]


class DeadLetter(Fact):
    """A body nobody could read, kept in part so that a person can look at it."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, null=True, related_name="dead_letters")
    source = models.CharField(max_length=40)
    body = models.BinaryField()
    error = models.CharField(max_length=400)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")


class LatestValue(Projection):
    """The newest good or bad value of a tag, by the device's time."""

    scope_path = "tag__machine"
    view_capability = "telemetry.view"
    # An import that made the tag takes this with it: see `readings.importers`.
    goes_with_import = True

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="latest")
    at = models.DateTimeField()
    number = models.FloatField(null=True)
    text = models.TextField(null=True)
    quality = models.SmallIntegerField()
    received_at = models.DateTimeField()


class DirtyRange(Projection):
    """A stretch of a machine's time whose states must be computed (again): `started_at` ≤ new rows ≤ `ended_at`."""

    scope_path = "machine"
    view_capability = "telemetry.view"
    goes_with_import = True

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    created_at = models.DateTimeField()
