#!/bin/sh
# Makes ../vendor: widgets.js, widgets.css, the fonts and their licences. `make widgets` runs it.
# To renew what it is made of: change package.json, and run `npm install --package-lock-only` here.
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/* "$work"
cd "$work"
npm ci --silent --ignore-scripts
node build.mjs "$here/../vendor"
