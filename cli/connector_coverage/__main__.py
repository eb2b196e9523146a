"""`python -m cli.connector_coverage` rewrites docs/connector-coverage.md."""

from __future__ import annotations

from cli.connector_coverage.page import FILE, ROWS, page


def main() -> None:
    FILE.write_text(page(), encoding="utf-8")
    print(f"{FILE}: {len(ROWS)} rows")


if __name__ == "__main__":
    main()
