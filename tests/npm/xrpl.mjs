// The official xrpl.js, unmodified, against a node that closes ledgers by the clock.
// node xrpl.mjs SCENARIO WEBSOCKET_URL
import assert from "node:assert/strict";
import xrpl from "xrpl";

const { Client, Wallet, ECDSA, signPaymentChannelClaim, verifyPaymentChannelClaim, xrpToDrops, getBalanceChanges } = xrpl;

const [scenario, url] = process.argv.slice(2);
const client = new Client(url, { timeout: 10_000 });
await client.connect();
const rich = Wallet.fromSeed("snoPBrXtMeMyMHUVTgbuqAfg1SUTb", { algorithm: ECDSA.secp256k1 });

async function send(tx, wallet) {
  const answer = await client.submitAndWait(tx, { wallet, autofill: true });
  assert.equal(answer.result.validated, true);
  return answer.result;
}

async function succeeds(tx, wallet) {
  const result = await send(tx, wallet);
  assert.equal(result.meta.TransactionResult, "tesSUCCESS", JSON.stringify(result.meta));
  return result;
}

async function funded(algorithm, xrp = "1000") {
  const wallet = Wallet.generate(algorithm);
  const paid = await succeeds(
    { TransactionType: "Payment", Account: rich.address, Destination: wallet.address, Amount: xrpToDrops(xrp) }, rich);
  assert.equal(paid.meta.delivered_amount, xrpToDrops(xrp));
  return wallet;
}

const drops = async (account) =>
  BigInt((await client.request({ command: "account_info", account, ledger_index: "validated" })).result.account_data.Balance);

const scenarios = {
  async payment() {
    const [a, b] = [await funded(ECDSA.ed25519), await funded(ECDSA.secp256k1)];
    const before = await drops(b.address);
    const paid = await succeeds(
      { TransactionType: "Payment", Account: a.address, Destination: b.address, Amount: "1500000", DestinationTag: 0 }, a);
    assert.equal((await drops(b.address)) - before, 1500000n);
    assert.deepEqual(getBalanceChanges(paid.meta).find((c) => c.account === b.address).balances,
      [{ currency: "XRP", value: "1.5" }]);
    assert.equal(await client.getXrpBalance(b.address), 1001.5);
    const history = await client.request({ command: "account_tx", account: b.address });
    assert.equal(history.result.transactions.length, 2);
    assert.equal(history.result.transactions[0].hash, paid.hash);
  },

  async channel() {
    const [payer, payee] = [await funded(ECDSA.secp256k1), await funded(ECDSA.ed25519)];
    const opened = await succeeds({
      TransactionType: "PaymentChannelCreate", Account: payer.address, Destination: payee.address,
      Amount: xrpToDrops("50"), SettleDelay: 3600, PublicKey: payer.publicKey,
    }, payer);
    const channel = opened.meta.AffectedNodes.find((n) => n.CreatedNode?.LedgerEntryType === "PayChannel").CreatedNode.LedgerIndex;
    const listed = await client.request({ command: "account_channels", account: payer.address, ledger_index: "validated" });
    assert.equal(listed.result.channels[0].channel_id, channel);

    const signature = signPaymentChannelClaim(channel, "12", payer.privateKey);
    assert.equal(verifyPaymentChannelClaim(channel, "12", signature, payer.publicKey), true);
    const checked = await client.request(
      { command: "channel_verify", channel_id: channel, amount: xrpToDrops("12"), signature, public_key: payer.publicKey });
    assert.equal(checked.result.signature_verified, true);

    const before = await drops(payee.address);
    const claimed = await succeeds({
      TransactionType: "PaymentChannelClaim", Account: payee.address, Channel: channel, Balance: xrpToDrops("12"),
      Amount: xrpToDrops("12"), Signature: signature.toUpperCase(), PublicKey: payer.publicKey,
    }, payee);
    assert.equal((await drops(payee.address)) - before, 12_000_000n - BigInt(claimed.tx_json.Fee));

    await succeeds({ TransactionType: "PaymentChannelFund", Account: payer.address, Channel: channel, Amount: xrpToDrops("5") }, payer);
    const entry = await client.request({ command: "ledger_entry", payment_channel: channel, ledger_index: "validated" });
    assert.equal(entry.result.node.Amount, xrpToDrops("55"));
    assert.equal(entry.result.node.Balance, xrpToDrops("12"));

    const rest = await drops(payer.address);
    await succeeds({ TransactionType: "PaymentChannelClaim", Account: payee.address, Channel: channel, Flags: 0x20000 }, payee);
    assert.equal((await drops(payer.address)) - rest, 43_000_000n);
    await assert.rejects(client.request({ command: "ledger_entry", payment_channel: channel, ledger_index: "validated" }),
      (e) => e.data.error === "entryNotFound");
  },

  async tickets() {
    const wallet = await funded(ECDSA.ed25519);
    const made = await succeeds({ TransactionType: "TicketCreate", Account: wallet.address, TicketCount: 3 }, wallet);
    const tickets = made.meta.AffectedNodes.filter((n) => n.CreatedNode?.LedgerEntryType === "Ticket")
      .map((n) => n.CreatedNode.NewFields.TicketSequence).sort((x, y) => y - x);
    assert.equal(tickets.length, 3);
    for (const TicketSequence of tickets)
      await succeeds({ TransactionType: "Payment", Account: wallet.address, Destination: rich.address, Amount: "1", Sequence: 0, TicketSequence }, wallet);
    const left = await client.request({ command: "account_objects", account: wallet.address, type: "ticket", ledger_index: "validated" });
    assert.equal(left.result.account_objects.length, 0);
  },

  async subscriptions() {
    const ledgers = [], seen = [];
    client.on("ledgerClosed", (l) => ledgers.push(l.ledger_index));
    client.on("transaction", (t) => seen.push(t));
    const wallet = await funded(ECDSA.ed25519);
    await client.request({ command: "subscribe", streams: ["ledger"], accounts: [wallet.address] });
    const paid = await succeeds({ TransactionType: "Payment", Account: rich.address, Destination: wallet.address, Amount: "7" }, rich);
    for (let i = 0; i < 50 && seen.length === 0; i++) await new Promise((r) => setTimeout(r, 100));
    assert.equal(seen[0].hash, paid.hash);
    assert.equal(seen[0].validated, true);
    assert.equal(seen[0].meta.delivered_amount, "7");
    assert.ok(ledgers.length >= 1 && ledgers.every((l, i) => i === 0 || l === ledgers[i - 1] + 1), `${ledgers}`);
  },

  async refusals() {
    const poor = Wallet.generate();
    await assert.rejects(client.request({ command: "account_info", account: poor.address }), (e) => e.data.error === "actNotFound");
    const small = await send({ TransactionType: "Payment", Account: rich.address, Destination: poor.address, Amount: "1" }, rich);
    assert.equal(small.meta.TransactionResult, "tecNO_DST_INSUF_XRP");
    await assert.rejects(client.request({ command: "no_such_command" }), (e) => e.data.error === "unknownCmd");
    await assert.rejects(client.submitAndWait({
      TransactionType: "Payment", Account: rich.address, Destination: poor.address, Amount: "1000000", LastLedgerSequence: 3 },
    { wallet: rich, autofill: true }), /LastLedgerSequence|tefMAX_LEDGER/u);
  },
};

try {
  await scenarios[scenario]();
} finally {
  await client.disconnect();
}
