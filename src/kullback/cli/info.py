"""kullback info."""

from __future__ import annotations


def info() -> int:
    """Print versions, and which optional libraries are installed and for what."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kullback.kernels import native
    from kullback.version import VERSION

    libraries = {
        "numpy": "core",
        "scipy": "core",
        "rich": "core",
        "pyarrow": "tables: Parquet and Arrow",
        "duckdb": "tables: CSV, JSON, many files, SQL",
        "narwhals": "tables: pandas, Polars and other DataFrames",
        "jinja2": "tables: the HTML report",
        "scikit-learn": "estimation: --joint",
    }
    table = Table("library", "version", "for", box=None, header_style="bold")
    for name, purpose in libraries.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            extra = purpose.split(":")[0]
            found = f'missing: pip install "kullback[{extra}]"'
        table.add_row(name, escape(found), purpose)
    console = Console()
    console.print(f"kullback {VERSION}, Python {platform.python_version()}, {platform.machine()}")
    console.print(f"kernels: {native.LEVEL}" + (f" ({escape(native.REASON)})" if native.REASON else ""))
    console.print(table)
    return 0
