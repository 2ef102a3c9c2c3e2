"""Read one handwritten digit in each photo, and list the doubtful ones for a person to look at.

    python examples/read_a_photo.py examples/photos/*.jpg

Needs `pip install inkdigits` and no training framework.
"""

import sys

from inkdigits import Reader


def main(paths: list[str]) -> None:
    fields = Reader().read_fields(paths, kind="digit")
    for path, field in zip(paths, fields, strict=True):
        print(f"{path}: {field.text or '-'}  {field.confidence:.0%} sure, {field.status}")
    doubtful = [path for path, field in zip(paths, fields, strict=True) if field.status != "ok"]
    print(f"look at {len(doubtful)} of {len(paths)}: {', '.join(doubtful) or 'none'}")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python read_a_photo.py PHOTO...")
    main(sys.argv[1:])
