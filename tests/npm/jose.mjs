// Another implementation of JOSE judges what we issue, by the published keys alone.
// node jose.mjs URL; standard input: {issuer, licence, access, work, status}
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";

const url = process.argv[2];
const said = JSON.parse(await new Response(process.stdin).text());
const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
const rules = { issuer: said.issuer, audience: "tallystick-gate", algorithms: ["ES256"] };

// A licence verifies as what it is, and as nothing else.
const licence = await jwtVerify(said.licence, keys, { ...rules, typ: "license+jwt", requiredClaims: ["jti", "sub", "nbf", "exp"] });
assert.equal(licence.payload.content_id, said.work);
assert.deepEqual(licence.payload.rights_scope, ["ai-train"]);
await assert.rejects(jwtVerify(said.licence, keys, { ...rules, typ: "at+jwt" }), errors.JWTClaimValidationFailed);
const [head, body, signature] = said.licence.split(".");
const forged = Buffer.from(JSON.stringify({ ...licence.payload, exp: licence.payload.exp + 1 })).toString("base64url");
await assert.rejects(jwtVerify(`${head}.${forged}.${signature}`, keys, rules), errors.JWSSignatureVerificationFailed);
assert.ok(body);

// The access token made from it: another key, a shorter life (RFC 9068).
const access = await jwtVerify(said.access, keys, { ...rules, typ: "at+jwt" });
assert.equal(access.payload.sub, licence.payload.sub);
assert.ok(access.payload.exp - access.payload.iat <= 300);
assert.notEqual(decodeProtectedHeader(said.access).kid, decodeProtectedHeader(said.licence).kid);

// The status list that the licence names (draft-ietf-oauth-status-list, sections 4.1 and 8.3).
const { idx, uri } = licence.payload.status.status_list;
const answer = await fetch(url + new URL(uri).pathname, { headers: { accept: "application/statuslist+jwt" } });
assert.equal(answer.headers.get("content-type").split(";")[0], "application/statuslist+jwt");
const list = await jwtVerify(await answer.text(), keys, { typ: "statuslist+jwt", subject: uri, algorithms: ["ES256"] });
assert.ok(list.payload.ttl > 0);
const { bits, lst } = list.payload.status_list;
assert.equal(bits, 2);
const bytes = inflateSync(Buffer.from(lst, "base64url"));
assert.equal((bytes[Math.floor(idx / 4)] >> ((idx % 4) * 2)) & 3, said.status);
