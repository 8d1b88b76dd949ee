"""``python -m varcolor`` and the ``varcolor`` program are the command line."""

import sys


def main() -> None:
    """Run it; an interrupt during the imports ends it quietly, too."""
    try:
        from varcolor.cli import main as command_line

        command_line()
    except KeyboardInterrupt:
        print("varcolor: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
