"""``python -m kullback`` is ``kullback``."""

from kullback.cli import main

if __name__ == "__main__":
    main()
