"""Variances between standard and actual cost, each apart. Positive is favourable.

Formulas of 04-definitions 4.12, as in any text of standard costing (price, usage, rate, efficiency, spending). Money
and quantities are Decimal; what was really paid comes in as the whole amount, so that no rounded price stands between.
"""

from decimal import Decimal


def material_price(standard_price: Decimal, quantity: Decimal, paid: Decimal) -> Decimal:
    """(standard price − actual price) × quantity, where `paid` is actual price × quantity."""
    return standard_price * quantity - paid


def material_usage(standard_price: Decimal, standard_quantity: Decimal, used: Decimal) -> Decimal:
    """(standard quantity for the output − used) × standard price."""
    return (standard_quantity - used) * standard_price


def labour_rate(standard_rate: Decimal, hours: Decimal, paid: Decimal) -> Decimal:
    """(standard rate − actual rate) × hours, where `paid` is actual rate × hours."""
    return standard_rate * hours - paid


def labour_efficiency(standard_rate: Decimal, standard_hours: Decimal, hours: Decimal) -> Decimal:
    """(standard hours for the output − hours) × standard rate."""
    return (standard_hours - hours) * standard_rate


def overhead_spending(standard_rate: Decimal, base: Decimal, spent: Decimal) -> Decimal:
    """Standard rate × actual base − what was really spent; the base is labour or machine hours."""
    return standard_rate * base - spent


def overhead_efficiency(standard_rate: Decimal, standard_base: Decimal, base: Decimal) -> Decimal:
    """(standard base for the output − actual base) × standard rate."""
    return (standard_base - base) * standard_rate
