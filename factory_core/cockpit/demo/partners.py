"""Whom the demo plant buys from and sells to. All companies are invented."""

from dataclasses import dataclass

from factory_core.partners.models import Partner, PartnerAddress


@dataclass(frozen=True)
class DemoPartner:
    """One company: its side, and where it is written to."""

    code: str
    name: str
    side: str
    street: str
    postal_code: str
    city: str
    country: str


PARTNERS = (
    DemoPartner("S-100", "Nordstahl Handel", "supplier", "Am Stahlhof 4", "28237", "Bremen", "DE"),
    DemoPartner("S-110", "Alubandwerk Unna", "supplier", "Bandstraße 12", "59423", "Unna", "DE"),
    DemoPartner("S-120", "Schraubenkontor Hagen", "supplier", "Gewindeweg 8", "58095", "Hagen", "DE"),
    DemoPartner("S-130", "Kartonwerk Twente", "supplier", "Papierkade 3", "7511 AB", "Enschede", "NL"),
    DemoPartner("C-500", "Getriebebau Weser", "customer", "Industriestraße 21", "27568", "Bremerhaven", "DE"),
    DemoPartner("C-510", "Pumpenfabrik Aller", "customer", "Pumpenweg 1", "27283", "Verden", "DE"),
    DemoPartner("C-520", "Maskiner Aarhus", "customer", "Havnegade 40", "8000", "Aarhus", "DK"),
)


def build_partners() -> dict[str, Partner]:
    """Every company with its address, by code."""
    found = {}
    for one in PARTNERS:
        partner = Partner.objects.create(
            code=one.code, name=one.name, is_customer=one.side == "customer", is_supplier=one.side == "supplier"
        )
        PartnerAddress.objects.create(
            partner=partner, street=one.street, postal_code=one.postal_code, city=one.city, country=one.country
        )
        found[one.code] = partner
    return found
