"""Gateways, the devices behind them, and the tags they send; only these may bring readings into the plant."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Machine, Site, code_validator
from factory_core.tables import Projection, Record

tag_name_validator = RegexValidator(
    r"^[^\s\x00]{1,200}$", _("A tag name has 1 to 200 characters and no spaces, for example press1.current.")
)


class GatewayStatus(models.TextChoices):
    WAITING = "waiting", _("waits for enrolment")
    ACTIVE = "active", _("active")
    REVOKED = "revoked", _("revoked")


class TagKind(models.TextChoices):
    NUMBER = "number", _("number")
    TEXT = "text", _("text")
    BOOL = "bool", _("on or off")
    COUNTER = "counter", _("counter")


class TagRole(models.TextChoices):
    """What a tag is to its machine; the engineer says it, rules and pages start from it."""

    STATE = "state", _("state")
    COUNT = "count", _("count")
    ALARM = "alarm", _("alarm")
    ENERGY = "energy", _("energy")
    VALUE = "value", _("value")


class Gateway(Record):
    """A sender of packets with an identity of its own. Tokens and codes are kept as SHA-256 only."""

    scope_path = "site"
    view_capability = "telemetry.device.view"

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="gateways", verbose_name=_("site"))
    status = models.CharField(_("status"), max_length=10, choices=GatewayStatus.choices, default=GatewayStatus.WAITING)
    token_hash = models.CharField(max_length=64, blank=True, editable=False)
    # While a token is exchanged both are valid, until the next exchange or `end_old_token`.
    next_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    enrol_code_hash = models.CharField(max_length=64, blank=True, editable=False)
    enrol_expires_at = models.DateTimeField(_("enrolment code valid until"), null=True, blank=True, editable=False)
    history_from = models.DateTimeField(_("accepts readings from"), null=True, blank=True)
    # What the gateway gets: what somebody wrote by hand, and its devices and tags (`services.composing`).
    config = models.JSONField(_("configuration"), default=dict, blank=True)
    # The part written by hand; null = nothing was composed yet, `config` is all by hand.
    own_config = models.JSONField(_("configuration by hand"), null=True, blank=True, editable=False)
    config_version = models.PositiveIntegerField(_("configuration version"), default=0, editable=False)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=GatewayStatus.values), name="gateway_status_known"),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~models.Q(token_hash=""), name="gateway_token_one_owner"
            ),
            models.UniqueConstraint(
                fields=["enrol_code_hash"], condition=~models.Q(enrol_code_hash=""), name="gateway_code_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Device(Record):
    """A machine control, sensor or scanner that a gateway reads."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="devices", verbose_name=_("gateway"))
    code = models.CharField(_("code"), max_length=40, validators=[code_validator])
    protocol = models.CharField(_("protocol"), max_length=40)
    address = models.CharField(_("address"), max_length=200, blank=True)
    # As the gateway's configuration says it, without code, driver and tags: see `telemetry.edge.devices`.
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ["gateway__code", "code"]
        constraints = [models.UniqueConstraint(fields=["gateway", "code"], name="device_code_per_gateway")]

    def __str__(self) -> str:
        return self.code


class Tag(Record):
    """A named stream of values of one device. A tag nobody decides anything by is not collected."""

    # Tags without a machine belong to the gateway's site: see `devices.queries.visible_tags`.
    scope_path = "machine"
    view_capability = "telemetry.view"

    gateway = models.ForeignKey(Gateway, on_delete=models.PROTECT, related_name="tags", verbose_name=_("gateway"))
    name = models.CharField(_("name"), max_length=200, validators=[tag_name_validator])
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, null=True, blank=True, related_name="tags", verbose_name=_("device")
    )
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="tags", verbose_name=_("machine")
    )
    # Where in the device it is found; a tag without an address is sent by a program that knows its name.
    address = models.CharField(_("address in the device"), max_length=400, blank=True)
    # Further settings of the gateway for this tag: scale, type, period … as in `telemetry.edge.devices.common.Tag`.
    options = models.JSONField(_("options"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=TagKind.choices, default=TagKind.NUMBER)
    role = models.CharField(_("what it is"), max_length=10, choices=TagRole.choices, default=TagRole.VALUE)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    decision = models.CharField(_("decision it serves"), max_length=200)
    expected_period_s = models.FloatField(_("expected every (s)"), null=True, blank=True)
    min_value = models.FloatField(_("lowest possible value"), null=True, blank=True)
    max_value = models.FloatField(_("highest possible value"), null=True, blank=True)
    enabled = models.BooleanField(_("collected"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["gateway__code", "name"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "name"], name="tag_name_per_gateway"),
            models.CheckConstraint(condition=models.Q(kind__in=TagKind.values), name="tag_kind_known"),
            models.CheckConstraint(condition=models.Q(role__in=TagRole.values), name="tag_role_known"),
            models.CheckConstraint(condition=~models.Q(decision=""), name="tag_serves_a_decision"),
            models.CheckConstraint(
                condition=models.Q(min_value=None)
                | models.Q(max_value=None)
                | models.Q(min_value__lte=models.F("max_value")),
                name="tag_range_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GatewayHealth(Projection):
    """What a gateway last said about itself, and when anything last came from it."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    gateway = models.OneToOneField(Gateway, on_delete=models.CASCADE, related_name="health")
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    reported_at = models.DateTimeField(_("last report"), null=True)
    version = models.CharField(_("program version"), max_length=40, blank=True)
    spool_rows = models.BigIntegerField(_("rows waiting"), null=True)
    spool_bytes = models.BigIntegerField(_("bytes waiting"), null=True)
    oldest_at = models.DateTimeField(_("oldest row waiting"), null=True)
    # Gateway clock minus server clock: positive when the gateway is ahead.
    clock_offset_ms = models.BigIntegerField(_("clock offset (ms)"), null=True)
    clock_source = models.CharField(_("clock set by"), max_length=40, blank=True)
    devices = models.JSONField(_("devices"), default=list)
    # The rest of the report as it came: lanes, gaps, disk, uptime.
    detail = models.JSONField(_("details"), default=dict)
    clone_suspected_at = models.DateTimeField(_("two senders of one buffer seen"), null=True)
    clone_note = models.CharField(_("what clashed"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gateway health")
        verbose_name_plural = _("gateway health")

    def __str__(self) -> str:
        return str(self.gateway)


class RefusedSender(Projection):
    """Who knocked and was not let in: one bounded row per address and credential, never one per request."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    # Known only for revoked gateways.
    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.CharField(_("address"), max_length=64)
    # The first digits of the credential's hash: tells senders apart, opens nothing.
    mark = models.CharField(_("credential mark"), max_length=12)
    why = models.CharField(_("why"), max_length=10)
    attempts = models.BigIntegerField(_("attempts"), default=0)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("refused sender")
        verbose_name_plural = _("refused senders")
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["address", "mark"], name="refused_sender_once")]

    def __str__(self) -> str:
        return f"{self.address} {self.mark}"


class TagUse(Projection):
    """The day on which somebody last looked at a tag's readings: a curve, a question of the API."""

    scope_path = "tag__machine"
    view_capability = "telemetry.view"

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="use")
    read_on = models.DateField(_("last read on"))

    class Meta:
        verbose_name = _("use of a tag")
        verbose_name_plural = _("uses of tags")

    def __str__(self) -> str:
        return f"{self.tag_id} {self.read_on}"
