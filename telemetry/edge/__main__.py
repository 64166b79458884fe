"""`python -m telemetry.edge --config gateway.toml`: the gateway agent."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

from telemetry.edge.agent import Agent
from telemetry.edge.config import ConfigError, load
from telemetry.edge.disk import SpoolLocked
from telemetry.edge.messages import start_logging
from telemetry.edge.segment import DiskFull

FAILED = 1
CANNOT_START = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs the agent; returns the exit code: 0 stopped or done, 1 failed, 2 cannot start as configured."""
    parser = argparse.ArgumentParser(prog="python -m telemetry.edge", description="Millwright gateway agent")
    parser.add_argument("--config", type=Path, required=True, help="the gateway's TOML file")
    parser.add_argument("--check", action="store_true", help="only check the file")
    options = parser.parse_args(arguments)
    try:
        gateway = load(options.config)
        if options.check:
            sys.stdout.write(f"{options.config} is good: {len(gateway.device)} devices.\n")
            return 0
        start_logging(gateway.agent.log)
        agent = Agent(gateway)
    except (ConfigError, SpoolLocked) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    except (OSError, sqlite3.Error, DiskFull) as error:
        sys.stderr.write(f"The spool cannot be opened: {error}. Expected a folder this user may write, with room.\n")
        return FAILED
    return agent.run()


if __name__ == "__main__":
    sys.exit(main())
