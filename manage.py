#!/usr/bin/env python
"""Millwright's command line."""

import os
import sys

from factory_core.processes.run import main as up

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "factory_core.settings")
    # The supervisor lives as long as the plant and needs nothing of the application.
    if sys.argv[1:2] == ["up"]:
        sys.exit(up(sys.argv[2:]))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
