#!/bin/sh
# Rebuilds a package file from its commit, and signs it only where the rebuild is the same file. Run it in the checkout.
#
#   release.sh FILE URL COMMIT [options of `reproof attest`]
#
# What was signed is not signed again: the last file that is written is there only when all are.
set -eu
folder=$(cd "$(dirname -- "$1")" && pwd)
file=$folder/$(basename -- "$1") url=$2 commit=$3
shift 3

if [ -e "$file.intoto.jsonl" ]; then
  echo "$file was signed before" >&2
  exit 0
fi

# The checkout has the commit already, also of a private repository; git still checks every object by its digest.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$PWD.insteadOf" GIT_CONFIG_VALUE_0="$url"

# One attempt: what is the same only with another compressor may have a byte in its header that somebody changed.
run=$(mktemp -d)/run
reproof rebuild "$file" --source "git+$url#$commit" --require bit-identical --attempts 1 --out "$run"
reproof attest "$run" --out "$folder" "$@"
