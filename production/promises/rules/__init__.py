"""How expected ends are found and explained. Plain Python."""
