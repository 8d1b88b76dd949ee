"""``python -m varcolor`` is the command line."""

from varcolor.cli import main

if __name__ == "__main__":
    main()
