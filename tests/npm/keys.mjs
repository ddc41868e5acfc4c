// Random seeds with everything that npm's xrpl and ripple-keypairs derive from them and sign with them.
// node keys.mjs FILE SEED COUNT
import { writeFileSync } from "node:fs";
import { generateSeed, deriveKeypair, deriveAddress, sign } from "ripple-keypairs";
import { classicAddressToXAddress } from "ripple-address-codec";
import xrpl from "xrpl";
import { Random } from "./random.mjs";

const [file, seed, count] = process.argv.slice(2);
const { below, one, bytes, hex } = new Random(Number(seed));

const lines = Array.from({ length: Number(count) }, () => {
  const algorithm = one(["ed25519", "ecdsa-secp256k1"]);
  const secret = generateSeed({ entropy: bytes(16), algorithm });
  const { privateKey, publicKey } = deriveKeypair(secret);
  const address = deriveAddress(publicKey);
  const [tag, test, message, channel] = [one([false, below(2 ** 32)]), one([true, false]), hex(below(200)), hex(32)];
  const drops = one([String(1 + below(1000)), "100000000000000000", String(1 + below(2 ** 31)) + "000"]);
  const wallet = xrpl.Wallet.fromSeed(secret);
  const payment = {
    TransactionType: "Payment", Account: address, Destination: deriveAddress(deriveKeypair(generateSeed({ entropy: bytes(16) })).publicKey),
    Amount: drops, Fee: String(10 + below(90)), Sequence: 1 + below(2 ** 31), LastLedgerSequence: 1 + below(2 ** 31),
  };
  return JSON.stringify({
    algorithm: algorithm === "ed25519" ? "Ed25519" : "Secp256k1", secret, privateKey, publicKey, address,
    tag: tag === false ? null : tag, test, xaddress: classicAddressToXAddress(address, tag, test),
    message, signature: sign(message, privateKey),
    channel, drops, claim: xrpl.signPaymentChannelClaim(channel, xrpl.dropsToXrp(drops).toString(), privateKey),
    payment, signed: wallet.sign(payment),
  });
});
writeFileSync(file, lines.join("\n"));
