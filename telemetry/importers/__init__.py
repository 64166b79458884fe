"""What of telemetry comes over from old systems: readings, as `readings` describes them."""
