// Transactions and batches that several wallets signed, part by part and put together by npm's xrpl.
// node signing.mjs FILE SEED COUNT
import { writeFileSync } from "node:fs";
import { generateSeed } from "ripple-keypairs";
import { encodeAccountPublic, encodeAccountID } from "ripple-address-codec";
import codec from "ripple-binary-codec";
import xrpl from "xrpl";
import { Random } from "./random.mjs";

const [file, seed, count] = process.argv.slice(2);
const { below, one, bytes, hex } = new Random(Number(seed));

const wallet = () => {
  const secret = generateSeed({ entropy: bytes(16), algorithm: one(["ed25519", "ecdsa-secp256k1"]) });
  return Object.assign(xrpl.Wallet.fromSeed(secret), { secret });
};
const told = w => ({ secret: w.secret, address: w.address, publicKey: w.publicKey, base58: encodeAccountPublic(Buffer.from(w.publicKey, "hex")) });

function several() {
  const owner = encodeAccountID(Buffer.from(hex(20), "hex"));
  const wallets = Array.from({ length: 1 + below(8) }, wallet);
  const tx = {
    TransactionType: "Payment", Account: owner, Destination: encodeAccountID(Buffer.from(hex(20), "hex")), Amount: String(1 + below(1e9)),
    Fee: "120", Sequence: 1 + below(2 ** 31), SigningPubKey: "", ...one([{}, { DestinationTag: below(2 ** 32) }]),
  };
  const parts = wallets.map(w => w.sign(tx, true).tx_blob);
  return { tx, wallets: wallets.map(told), parts, combined: xrpl.multisign(parts) };
}

function batch() {
  const [sender, ...others] = Array.from({ length: 2 + below(3) }, wallet);
  const [regular, guard] = [wallet(), wallet()];
  const actors = [...others, sender];
  let sequence = 1 + below(1e6);
  const inner = actors.concat(actors).slice(0, Math.max(2, Math.min(8, actors.length + below(4)))).map(actor => ({
    RawTransaction: {
      TransactionType: "Payment", Account: actor.address, Destination: one(actors.filter(a => a !== actor)).address, Amount: String(1 + below(1e9)),
      Flags: 0x40000000, Fee: "0", Sequence: sequence++, SigningPubKey: "",
    },
  }));
  const tx = {
    TransactionType: "Batch", Account: sender.address, Flags: one([0x10000, 0x20000, 0x40000, 0x80000]), Fee: String(100 + below(100)),
    ...one([{ Sequence: 1 + below(1e6) }, { Sequence: 0, TicketSequence: 1 + below(1e6) }]), RawTransactions: inner,
  };
  const signed = (by, opts) => {
    const copy = structuredClone(tx);
    xrpl.signMultiBatch(by, copy, opts);
    return codec.encode(copy);
  };
  const parts = others.map(w => signed(w));
  const regularPart = signed(regular, { batchAccount: others[0].address });
  const severalPart = signed(guard, { batchAccount: others[0].address, multisign: true });
  const combined = xrpl.combineBatchSigners(parts);
  const final = sender.sign(codec.decode(combined));
  return {
    tx, sender: told(sender), others: others.map(told), regular: told(regular), guard: told(guard), parts, regularPart, severalPart, combined, final,
    innerHashes: inner.map(i => xrpl.hashes.hashSignedTx(i.RawTransaction)),
  };
}

writeFileSync(file, Array.from({ length: Number(count) }, () => JSON.stringify({ several: several(), batch: batch() })).join("\n"));
