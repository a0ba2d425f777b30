#!/usr/bin/env bash
# Installs what the action needs, exactly as its lockfiles say and without running anything of it; says which Node to use.
set -euo pipefail
root="$(cd "$GITHUB_ACTION_PATH/.." && pwd)"
# Two steps of one job, or two jobs on a runner of one's own, install once.
wanted="$(cat "$root/package-lock.json" "$GITHUB_ACTION_PATH/node/package-lock.json" | sha256sum | cut -d ' ' -f 1)"
stamp="$root/node_modules/.reproof-installed"
quiet=(--ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)

if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  (cd "$root" && npm ci --omit=dev "${quiet[@]}")
fi

# The sources run as they are on a Node that knows types; an older one on the runner is left alone.
node="$(command -v node)"
suits='process.exit(require("semver").satisfies(process.version, require("./package.json").engines.node) ? 0 : 1)'
if ! (cd "$root" && "$node" -e "$suits"); then
  case "$(uname -m)" in aarch64 | arm64) platform=linux-arm64 ;; *) platform=linux-x64 ;; esac
  node="$GITHUB_ACTION_PATH/node/node_modules/node-$platform/bin/node"
  if [ ! -x "$node" ]; then (cd "$GITHUB_ACTION_PATH/node" && npm ci "${quiet[@]}"); fi
fi

printf '%s' "$wanted" >"$stamp"
printf 'node=%s\n' "$node" >>"$GITHUB_OUTPUT"
