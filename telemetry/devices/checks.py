"""The lines about gateways on the Health page. Counts only: whose gateways they are is told to who may see them."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factory_core.clock import now
from factory_core.processes.rules import Colour, Part
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.devices.models import Gateway, GatewayStatus, Newcomer
from telemetry.devices.queries import certificate_ends, silent_gateways, twin_suspicions
from telemetry.devices.rules import Ending, ending


def gateways_part() -> Part:
    """Whether every enrolled gateway is heard."""
    active = Gateway.objects.filter(status=GatewayStatus.ACTIVE).count()
    silent = len(silent_gateways(now()))
    if not active:
        return Part("gateways", Colour.AMBER, _("No gateway is enrolled yet: no machine reports anything."))
    if silent:
        sentence = ngettext(
            "%(n)d of %(all)d gateways is silent: its machines show no data. Look at its power and network.",
            "%(n)d of %(all)d gateways are silent: their machines show no data. Look at their power and network.",
            silent,
        )
        return Part(
            "gateways", Colour.RED if silent == active else Colour.AMBER, sentence % {"n": silent, "all": active}
        )
    sentence = ngettext("%(n)d gateway reports.", "All %(n)d gateways report.", active)
    return Part("gateways", Colour.GREEN, sentence % {"n": active})


def identity_part() -> Part:
    """Whether every gateway is who it says, and stays so: credentials in two places, certificates near their end."""
    at = now()
    return _twins(at) or _ending(at) or _authority(at)


def newcomers_part() -> Part:
    """Who asks to be let in."""
    waiting = Newcomer.objects.filter(dismissed_at=None).count()
    if not waiting:
        return Part("newcomers", Colour.GREEN, _("Nobody unknown asks to be let in."))
    sentence = ngettext(
        "%(n)d unknown sender asks to be let in; nothing it sends is stored. Let it in or send it away.",
        "%(n)d unknown senders ask to be let in; nothing they send is stored. Let them in or send them away.",
        waiting,
    )
    return Part(
        "newcomers", Colour.AMBER, sentence % {"n": waiting}, url="/newcomers/", needs="telemetry.gateway.enrol"
    )


def _twins(at: datetime) -> Part | None:
    twins = twin_suspicions(at).count()
    if not twins:
        return None
    sentence = ngettext(
        "The credential of %(n)d gateway is used in two places at once: somebody copied it. Revoke the gateway, "
        "look at both places, and enrol it again.",
        "The credentials of %(n)d gateways are used in two places at once: somebody copied them. Revoke the "
        "gateways, look at both places, and enrol them again.",
        twins,
    )
    return Part("identity", Colour.RED, sentence % {"n": twins})


def _ending(at: datetime) -> Part | None:
    ends = [ending(ends_at, at) for ends_at in certificate_ends(at).values()]
    near = {word: ends.count(word) for word in Ending}
    if near[Ending.OVER]:
        sentence = ngettext(
            "The certificate of %(n)d gateway ended: it is refused. Enrol it again with a new code.",
            "The certificates of %(n)d gateways ended: they are refused. Enrol them again with new codes.",
            near[Ending.OVER],
        )
        return Part("identity", Colour.RED, sentence % {"n": near[Ending.OVER]})
    for word, days in ((Ending.DAY, 1), (Ending.WEEK, 7), (Ending.MONTH, 30)):
        if near[word]:
            sentence = ngettext(
                "The certificate of %(n)d gateway ends within %(within)s and was not renewed. See what the gateway's "
                "log says, or enrol it again with a new code.",
                "The certificates of %(n)d gateways end within %(within)s and were not renewed. See what the "
                "gateways' logs say, or enrol them again with new codes.",
                near[word],
            )
            within = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
            colour = Colour.RED if word is Ending.DAY else Colour.AMBER
            return Part("identity", colour, sentence % {"n": near[word], "within": within})
    return None


def _authority(at: datetime) -> Part:
    keeper = Authority(settings.DATA_DIR / "authority")
    if not keeper.exists:
        return Part("identity", Colour.GREEN, _("Gateways are known by their tokens; there is no authority yet."))
    try:
        if keeper.needs_renewal(at):
            sentence = _("The plant's issuing certificate ends on %(day)s. Run: manage.py authority renew")
            day = keeper.issuing_certificate().not_valid_after_utc.date().isoformat()
            return Part("identity", Colour.AMBER, sentence % {"day": day})
    except AuthorityError as error:
        return Part("identity", Colour.RED, str(error))
    number = len(certificate_ends(at))
    sentence = ngettext(
        "%(n)d gateway has a certificate, which renews itself.",
        "%(n)d gateways have certificates, which renew themselves.",
        number,
    )
    return Part("identity", Colour.GREEN, sentence % {"n": number})
