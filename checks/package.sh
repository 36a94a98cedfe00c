#!/usr/bin/env bash
# Packs, installs into an empty folder without development tools, and runs what is there with no network.
#
#     npm run build && npm run check:package
#
# Needs the registry while installing; afterwards, where `unshare` may make a network of its own, nothing at all.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cd "$top" && npm pack --ignore-scripts --pack-destination "$work" >/dev/null 2>&1
cd "$work" && mkdir empty && cd empty && npm init -y >/dev/null
npm install --ignore-scripts --omit=dev --no-audit --no-fund "$work"/embolens-*.tgz >/dev/null
cat > doors.mjs <<'END'
import doors from "embolens/package.json" with { type: "json" };
for (const door of Object.keys(doors.exports)) if (!/wasm|json/.test(door)) await import(`embolens${door.slice(1)}`);
console.log("every door opens");
END
cat > run.sh <<'END'
set -euo pipefail
embolens=node_modules/.bin/embolens
node --no-warnings doors.mjs
for command in inspect diagnose phantom label import import-weights prepare train evaluate roc experiment export serve; do
  "$embolens" "$command" --help >/dev/null
done
"$embolens" phantom --out hospital --studies 2 --seed 1 >/dev/null 2>&1
"$embolens" inspect hospital >/dev/null
"$embolens" diagnose hospital/dicom --out results --device cpu >/dev/null 2>&1
test -n "$(find results -name '*.json' -print -quit)"
echo "phantom, inspect and diagnose ran"
"$embolens" serve --data room --port 8123 >/dev/null 2>serve.log & server=$!
trap 'kill $server' EXIT
for try in $(seq 60); do
  page=$(node -e 'fetch("http://127.0.0.1:8123/").then((r) => r.text()).then(console.log, () => {})')
  [ -z "$page" ] || break
  sleep 0.5
done
grep -q "<script" <<<"$page" && echo "the page is served"
END
if unshare --user --map-root-user --net true 2>/dev/null; then
  unshare --user --map-root-user --net bash -c 'ip link set lo up 2>/dev/null; bash run.sh'
else
  bash run.sh
fi
