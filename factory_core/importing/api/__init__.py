"""Imports, templates, old numbers and openings through the API."""
