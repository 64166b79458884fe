"""Gateways, the devices behind them, and the tags they send; only these may bring readings into the plant."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.events.models import Event
from factory_core.plant.models import Machine, Site, code_validator
from factory_core.tables import PLANT_WIDE, Projection, Record

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


class Source(models.TextChoices):
    """How a gateway speaks to the plant; only our own agent is enrolled with a code."""

    AGENT = "agent", _("gateway agent")
    MQTT = "mqtt", _("MQTT client")
    SPARKPLUG = "sparkplug", _("Sparkplug node")
    PUSH = "push", _("pushing device")


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
    source = models.CharField(
        _("kind"), max_length=10, choices=Source.choices, default=Source.AGENT, db_default=Source.AGENT, editable=False
    )
    # What a foreign sender calls itself: "group/node" of Sparkplug, the client of a broker.
    source_name = models.CharField(_("name there"), max_length=200, blank=True, db_default="", editable=False)
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
            models.CheckConstraint(condition=models.Q(source__in=Source.values), name="gateway_source_known"),
            models.UniqueConstraint(
                fields=["source", "source_name"], condition=~models.Q(source_name=""), name="gateway_source_one_owner"
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
    # Where it last came from, and when its credential was seen in use from two places at once.
    address = models.CharField(_("address"), max_length=64, blank=True, db_default="")
    twin_suspected_at = models.DateTimeField(_("one credential in two places"), null=True)
    twin_note = models.CharField(_("which places"), max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = _("gateway health")
        verbose_name_plural = _("gateway health")

    def __str__(self) -> str:
        return str(self.gateway)


class CertificateReason(models.TextChoices):
    """Why a certificate was issued."""

    ENROLMENT = "enrolment", _("enrolment")
    RENEWAL = "renewal", _("renewal")


class GatewayCertificate(Record):
    """A certificate that the plant's authority issued for a gateway. The key never left the gateway."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"
    trail_label = ("serial",)

    gateway = models.ForeignKey(
        Gateway, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("gateway")
    )
    # Hexadecimal, upper case, as TLS libraries tell it.
    serial = models.CharField(_("serial number"), max_length=42, unique=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    # SHA-256 of the certificate and of its public key.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    key_fingerprint = models.CharField(_("fingerprint of the key"), max_length=64)
    issued_for = models.CharField(_("issued for"), max_length=10, choices=CertificateReason.choices)
    issued_by = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+", verbose_name=_("issued by"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gateway certificate")
        verbose_name_plural = _("gateway certificates")
        ordering = ["gateway__code", "-not_after"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(issued_for__in=CertificateReason.values), name="certificate_reason_known"
            ),
            models.CheckConstraint(
                condition=models.Q(not_before__lt=models.F("not_after")), name="certificate_life_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class Newcomer(Projection):
    """Somebody who knocks and is not known: one bounded row each, never one per knock. Nothing it says is stored."""

    scope_path = PLANT_WIDE
    view_capability = "telemetry.gateway.enrol"

    source = models.CharField(_("kind"), max_length=10, choices=Source.choices)
    # What it calls itself; anybody may call themselves anything.
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=64, blank=True)
    # Fingerprint of its key where it has one, else the first digits of its credential's hash.
    mark = models.CharField(_("mark"), max_length=64, blank=True)
    claims = models.JSONField(_("says of itself"), default=dict)
    attempts = models.BigIntegerField(_("attempts"), default=0)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    # A person said no; it stays listed apart, so that it does not come back as new.
    dismissed_at = models.DateTimeField(_("sent away"), null=True)

    class Meta:
        verbose_name = _("newcomer")
        verbose_name_plural = _("newcomers")
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["source", "name", "mark"], name="newcomer_once")]

    def __str__(self) -> str:
        return self.name


class RefusedSender(Projection):
    """Who knocked and was not let in: one bounded row per address and credential, never one per request."""

    scope_path = "gateway__site"
    view_capability = "telemetry.device.view"

    # Known only for revoked gateways.
    gateway = models.ForeignKey(Gateway, on_delete=models.CASCADE, null=True, related_name="+")
    address = models.CharField(_("address"), max_length=64)
    # The first digits of the credential's hash: tells senders apart, opens nothing.
    mark = models.CharField(_("credential mark"), max_length=12)
    why = models.CharField(_("why"), max_length=20)
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
    goes_with_import = True

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="use")
    read_on = models.DateField(_("last read on"))

    class Meta:
        verbose_name = _("use of a tag")
        verbose_name_plural = _("uses of tags")

    def __str__(self) -> str:
        return f"{self.tag_id} {self.read_on}"
