// Random transactions over every field that ripple-binary-codec knows, written by it: what another codec must agree with.
// node codec.mjs FILE SEED COUNT
import { writeFileSync } from "node:fs";
import codec from "ripple-binary-codec";
import definitions from "ripple-binary-codec/dist/enums/definitions.json" with { type: "json" };
import { encodeAccountID } from "ripple-address-codec";
import xrpl from "xrpl";
import { Random } from "./random.mjs";

const [file, seed, count] = process.argv.slice(2);
const { below, one, hex } = new Random(Number(seed));

const many = (most, make) => Array.from({ length: 1 + below(most) }, make);
const digits = most => String(1 + below(9)) + Array.from({ length: below(most) }, () => below(10)).join("");
const account = () => encodeAccountID(Buffer.from(hex(20), "hex"));
// Without "<>": allowed, and written back as hexadecimal by this package only. One whose first byte is not zero is never taken for a code of three letters.
const currency = () => one([() => "USD", () => one(["EUR", "A1b", "$!#", "xyz"]), () => "01" + hex(19)])();
const decimal = (most, least, largest) => `${one(["", "-"])}${digits(most)}e${least + below(largest - least)}`;
const token = () => ({ mpt_issuance_id: hex(24) });
const asset = () => one([() => ({ currency: "XRP" }), () => ({ currency: currency(), issuer: account() }), token])();
const drops = () => one([String(below(1000)), digits(16), "100000000000000000"]);
const issued = () => ({ value: one(["0", decimal(14, -80, 60)]), currency: currency(), issuer: account() });
const step = () => one([
  () => ({ account: account() }),
  () => ({ currency: currency(), issuer: account() }),
  () => ({ currency: "XRP" }),
  () => ({ issuer: account() }),
])();

const fields = definitions.FIELDS.filter(([name, f]) => f.isSerialized && !["ObjectEndMarker", "ArrayEndMarker"].includes(name)
  && !["Unknown", "Transaction", "LedgerEntry", "Validation", "Metadata"].includes(f.type));
const named = { LedgerEntryType: definitions.LEDGER_ENTRY_TYPES, TransactionResult: definitions.TRANSACTION_RESULTS, TransactionType: definitions.TRANSACTION_TYPES };
// The others are no numbers that a ledger holds.
const known = table => Object.keys(table).filter(key => table[key] >= 0 && table[key] < 65535);
// The sender of UNLModify has no bytes; rippled writes it as "", this package as an account.
const types = known(definitions.TRANSACTION_TYPES).filter(type => type !== "UNLModify");
const objects = fields.filter(([, f]) => f.type === "STObject").map(([name]) => name);

const makers = {
  UInt8: () => below(256),
  UInt16: () => below(65536),
  UInt32: () => one([below(2 ** 31), 2 ** 32 - 1 - below(1000)]),
  UInt64: () => digits(14),
  Int32: () => below(2 ** 32) - 2 ** 31,
  Hash128: () => hex(16),
  Hash160: () => hex(20),
  Hash192: () => hex(24),
  Hash256: () => hex(32),
  Amount: () => one([drops, issued, () => ({ value: digits(17), ...token() })])(),
  // Lengths of one byte, of two, and now and then of three.
  Blob: () => hex(below(60) === 0 ? 12481 + below(20) : one([0, 1, below(192), 193 + below(200)])),
  AccountID: account,
  Number: () => one(["0", digits(25), decimal(18, -60, 60), `${digits(5)}.${digits(8)}`]),
  PathSet: () => many(6, () => many(8, step)),
  Vector256: () => many(7, () => hex(32)),
  Issue: asset,
  XChainBridge: () => ({
    LockingChainDoor: account(), LockingChainIssue: one([{ currency: "XRP" }, { currency: "USD", issuer: account() }]),
    IssuingChainDoor: account(), IssuingChainIssue: one([{ currency: "XRP" }, { currency: "USD", issuer: account() }]),
  }),
  Currency: currency,
};

function some(depth, most) {
  const made = {};
  for (const [name, field] of many(most, () => one(fields))) {
    if (name === "PermissionValue") made[name] = one(["Payment", "TrustSet", "PaymentMint"]);
    else if (named[name]) made[name] = one(known(named[name]));
    else if (field.type === "STObject") { if (depth > 0) made[name] = some(depth - 1, 4); }
    else if (field.type === "STArray") { if (depth > 0) made[name] = many(3, () => ({ [one(objects)]: some(depth - 1, 3) })); }
    else made[name] = makers[field.type]();
  }
  return made;
}

const lines = [];
let refused = 0;
while (lines.length < Number(count)) {
  const asked = { ...some(3, 14), TransactionType: one(types), Account: account() };
  let blob;
  try {
    blob = codec.encode(asked);
  } catch (error) {
    // What it refuses itself, such as an amount with too many digits.
    if (++refused > Number(count)) throw error;
    continue;
  }
  const signer = account();
  lines.push(JSON.stringify({
    asked, blob, json: codec.decode(blob), signing: codec.encodeForSigning(asked), signer, multisigning: codec.encodeForMultisigning(asked, signer),
    hash: asked.TxnSignature || asked.Signers ? xrpl.hashes.hashSignedTx(blob) : null,
  }));
}
writeFileSync(file, lines.join("\n"));
