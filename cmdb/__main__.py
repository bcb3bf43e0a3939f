"""`python -m cmdb` is the `moorings` command."""

from cmdb.cli import main

if __name__ == "__main__":
    main()
