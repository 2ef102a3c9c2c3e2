#!/usr/bin/env bash
# Tell by the exit code whether there is a Chromium to test the browser page in; tests/web/page/conftest.py looks alike.
[[ -z ${INKDIGITS_CHROMIUM:-} ]] || exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    ! command -v "$name" >/dev/null || exit 0
done
exit 1
