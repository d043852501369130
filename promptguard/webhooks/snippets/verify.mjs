// Verify a PromptGuard webhook. Node 18 or newer, nothing to install.
//
//   verify(secret, request.headers, rawBody, seen)
//
// `secret` is the text shown once when the endpoint was made (`whsec_...`); `body` the raw Buffer, before any
// parsing; `seen` remembers the ids you acted on (a Set, or a table with a unique key). Throws; then answer 400.
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 300;

export function verify(secret, headers, body, seen, now = Date.now() / 1000) {
  const get = lowerCased(headers);
  const id = get["webhook-id"];
  const timestamp = get["webhook-timestamp"];
  if (!id || !/^\d+$/.test(timestamp ?? "")) throw new Error("headers are missing or malformed");
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = "v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  // During a rotation there are two signatures; one of them is enough.
  const given = (get["webhook-signature"] ?? "").split(" ");
  if (!given.some((each) => same(expected, each))) throw new Error("the signature does not match");
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) throw new Error("the timestamp is too old");
  if (seen.has(id)) throw new Error("this delivery was acted on already; answer 200");
  seen.add(id);
  return id;
}

// The older header alone. It proves who wrote the body but not when: prefer `verify`.
export function verifyDocumentedHeader(secret, headers, body) {
  const get = lowerCased(headers);
  const expected = "sha256=" + createHmac("sha256", secret).update(body).digest("hex");
  const names = ["x-promptguard-signature", "x-promptguard-signature-previous"];
  if (!names.some((name) => same(expected, get[name] ?? ""))) throw new Error("the signature does not match");
}

function lowerCased(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function same(left, right) {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
