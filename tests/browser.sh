#!/bin/sh
# Find Chrome or Chromium for the browser tests, or install it from the distribution.
# Prints its path; fails if there is none.
set -u

find_browser() {
    for name in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable chrome; do
        [ -n "$name" ] && command -v "$name" && return 0
    done
    mac="/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    [ -x "$mac" ] && echo "$mac" && return 0
    return 1
}

find_browser && exit 0

root=""
[ "$(id -u)" = 0 ] || root="sudo"
echo "no Chrome or Chromium found: installing chromium" >&2
if command -v apt-get >/dev/null; then
    $root apt-get update -qq >&2 && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >&2
elif command -v dnf >/dev/null; then
    $root dnf install -y -q chromium >&2
elif command -v pacman >/dev/null; then
    $root pacman -Sy --noconfirm --quiet chromium >&2
elif command -v apk >/dev/null; then
    $root apk add --quiet chromium >&2
elif command -v brew >/dev/null; then
    brew install --quiet --cask chromium >&2
fi

find_browser || {
    echo "the browser tests need Chrome or Chromium: install it, or set CHROME to its path" >&2
    exit 1
}
