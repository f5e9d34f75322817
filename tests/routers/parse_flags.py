"""What does a router's launcher make of these arguments? Run by the Python of its venv:
parse_flags.py MODULE ARGUMENT...

Prints a JSON object of the flags whose values are not the launcher's own defaults, and
ends like the launcher when it refuses the arguments."""
import argparse
import importlib
import json
import sys


def main():
    seen = []
    parse_args = argparse.ArgumentParser.parse_args

    def remember(parser, *args, **kwargs):
        seen.append((parser, parse_args(parser, *args, **kwargs)))
        return seen[-1][1]

    argparse.ArgumentParser.parse_args = remember
    importlib.import_module(sys.argv[1]).parse_router_args(sys.argv[2:])
    parser, values = seen[0]
    given = {}
    for action in parser._actions:
        value = getattr(values, action.dest, action.default)
        if value != action.default:
            given[action.option_strings[0].lstrip("-")] = value
    json.dump(given, sys.stdout)


if __name__ == "__main__":
    main()
