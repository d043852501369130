#!/bin/sh
# Verify a PromptGuard webhook with openssl:
#
#   WEBHOOK_SECRET=whsec_... verify.sh ID TIMESTAMP SIGNATURES DOCUMENTED BODY_FILE SEEN_FILE
#
# ID, TIMESTAMP and SIGNATURES are the headers webhook-id, webhook-timestamp and webhook-signature, DOCUMENTED is
# X-PromptGuard-Signature. SEEN_FILE collects the ids you acted on. Exit 0: act on it. Exit 1: answer 400.
# openssl takes its key on the command line: use this where nobody else can list your processes.
set -eu
id=$1 timestamp=$2 signatures=$3 documented=$4 body=$5 seen=$6
reject() { echo "rejected: $1" >&2; exit 1; }
hexadecimal() { od -An -v -tx1 | tr -d ' \n'; }

case $timestamp in ''|*[!0-9]*) reject "headers are missing or malformed" ;; esac
key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | openssl base64 -d -A | hexadecimal)
expected="v1,$({ printf '%s.%s.' "$id" "$timestamp"; cat "$body"; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)"
# During a rotation there are two signatures; one of them is enough.
case " $signatures " in *" $expected "*) ;; *) reject "the signature does not match" ;; esac

text_key=$(printf %s "$WEBHOOK_SECRET" | hexadecimal)
plain="sha256=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$text_key" -binary "$body" | hexadecimal)"
[ "$documented" = "$plain" ] || reject "the documented signature does not match"

age=$(($(date +%s) - timestamp))
[ "${age#-}" -le 300 ] || reject "the timestamp is too old"
if [ -f "$seen" ] && grep -qxF "$id" "$seen"; then reject "this delivery was acted on already; answer 200"; fi
printf '%s\n' "$id" >> "$seen"
