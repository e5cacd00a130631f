"""`python -m instrument` is `ladmg`."""

if __name__ == "__main__":
    from instrument.cli import main

    raise SystemExit(main())
