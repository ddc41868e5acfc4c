// The official Stripe client against a server that speaks its protocol.
// node stripe.mjs SCENARIO URL SECRET_KEY; what a scenario cannot know by itself comes as JSON on standard input.
import assert from "node:assert/strict";
import Stripe from "stripe";

const [scenario, url, key] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const connect = (secret, settings = {}) =>
  new Stripe(secret, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false, ...settings });
const stripe = connect(key);

// What a buyer, a bank or an operator does has no call in the client.
async function act(path, fields = {}) {
  const answer = await fetch(`${url}/_sim/${path}`, { method: "POST", body: new URLSearchParams(fields) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

const order = (amount, more = {}) => ({
  mode: "payment",
  line_items: [{ price_data: { currency: "usd", unit_amount: amount, product_data: { name: "Dataset" } }, quantity: 1 }],
  success_url: "http://shop.test/done?session={CHECKOUT_SESSION_ID}",
  cancel_url: "http://shop.test/back",
  ...more,
});

async function paid(amount, more) {
  const session = await stripe.checkout.sessions.create(order(amount, more));
  await act(`sessions/${session.id}/pay`, { card: "4000000000000077" });
  return stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent.latest_charge.balance_transaction"] });
}

async function creator() {
  const account = await stripe.accounts.create({
    country: "US", type: "express", capabilities: { transfers: { requested: true } }, metadata: { creator: "c1" },
  });
  await act(`accounts/${account.id}/onboard`);
  return account.id;
}

async function refused(type, promise) {
  const error = await promise.then(() => assert.fail("was accepted"), (e) => e);
  assert.equal(error.constructor.name, type, `${error.constructor.name}: ${error.message}`);
  return error;
}

const scenarios = {
  async account() {
    const account = await stripe.accounts.create({
      country: "DE", email: "c@example.com", metadata: { creator: "7" },
      controller: { fees: { payer: "application" }, losses: { payments: "application" }, stripe_dashboard: { type: "express" } },
      capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
    });
    assert.equal(account.default_currency, "eur");
    assert.equal(account.capabilities.transfers, "inactive");
    assert.ok(account.requirements.currently_due.includes("external_account"));
    const link = await stripe.accountLinks.create({
      account: account.id, type: "account_onboarding", refresh_url: "http://shop.test/r", return_url: "http://shop.test/d",
    });
    const page = await fetch(link.url);
    assert.match(await page.text(), /no real money/);
    const done = await fetch(link.url, { method: "POST", redirect: "manual", body: new URLSearchParams({ action: "complete" }) });
    assert.equal(done.headers.get("location"), "http://shop.test/d");
    const active = await stripe.accounts.retrieve(account.id);
    assert.equal(active.charges_enabled && active.payouts_enabled && active.details_submitted, true);
    assert.deepEqual(active.requirements.currently_due, []);
    const updated = await stripe.accounts.update(account.id, { metadata: { creator: "", other: "x" } });
    assert.deepEqual(updated.metadata, { other: "x" });
    const own = await stripe.balance.retrieve({}, { stripeAccount: account.id });
    assert.deepEqual(own.available.map((b) => [b.currency, b.amount]), [["eur", 0]]);
  },

  async checkout() {
    const session = await paid(2000, {
      client_reference_id: "order-1", metadata: { order: "1" },
      payment_intent_data: { metadata: { order: "1" }, transfer_group: "group-1" },
    });
    assert.equal(session.status, "complete");
    assert.equal(session.payment_status, "paid");
    assert.equal(session.client_reference_id, "order-1");
    const { latest_charge: charge, transfer_group, metadata } = session.payment_intent;
    assert.equal(transfer_group, "group-1");
    assert.deepEqual({ ...metadata }, { order: "1" });
    assert.equal(charge.balance_transaction.fee, 88);
    assert.equal(charge.balance_transaction.net, 1912);
    const items = await stripe.checkout.sessions.listLineItems(session.id);
    assert.equal(items.data[0].description, "Dataset");
    const open = await stripe.checkout.sessions.create(order(500));
    assert.equal((await stripe.checkout.sessions.expire(open.id)).status, "expired");
    await refused("StripeInvalidRequestError", stripe.checkout.sessions.expire(open.id));
  },

  async transfer() {
    const session = await paid(10000);
    const destination = await creator();
    const transfer = await stripe.transfers.create({
      amount: 4000, currency: "usd", destination, source_transaction: session.payment_intent.latest_charge.id,
      metadata: { payout: "p1" },
    });
    assert.equal(transfer.transfer_group, `group_${session.payment_intent.id}`);
    const found = await stripe.transfers.list({ transfer_group: transfer.transfer_group, destination });
    assert.deepEqual(found.data.map((t) => t.id), [transfer.id]);
    const reversal = await stripe.transfers.createReversal(transfer.id, { amount: 1500 });
    assert.equal(reversal.transfer, transfer.id);
    const after = await stripe.transfers.retrieve(transfer.id, { expand: ["balance_transaction", "destination"] });
    assert.equal(after.amount_reversed, 1500);
    assert.equal(after.reversals.data[0].id, reversal.id);
    assert.equal(after.balance_transaction.amount, -4000);
    assert.equal(after.destination.id, destination);
    const payout = await stripe.payouts.create({ amount: 2500, currency: "usd" }, { stripeAccount: destination });
    await act(`payouts/${payout.id}/complete`, { outcome: "paid" });
    assert.equal((await stripe.payouts.retrieve(payout.id, {}, { stripeAccount: destination })).status, "paid");
  },

  async refund() {
    const session = await paid(1000);
    const payment_intent = session.payment_intent.id;
    const part = await stripe.refunds.create({ payment_intent, amount: 300, reason: "requested_by_customer" });
    assert.equal(part.status, "succeeded");
    const tooMuch = await refused("StripeInvalidRequestError", stripe.refunds.create({ payment_intent, amount: 800 }));
    assert.match(tooMuch.message, /greater than unrefunded amount/);
    await paid(1000);
    await stripe.refunds.create({ payment_intent });
    const charge = await stripe.charges.retrieve(session.payment_intent.latest_charge.id, { expand: ["refunds"] });
    assert.equal(charge.refunded, true);
    assert.equal(charge.refunds.data.length, 2);
    const again = await refused("StripeInvalidRequestError", stripe.refunds.create({ payment_intent }));
    assert.equal(again.code, "charge_already_refunded");
  },

  async idempotency() {
    const idempotencyKey = `key-${process.pid}-${Date.now()}`;
    const first = await stripe.checkout.sessions.create(order(700), { idempotencyKey });
    const second = await stripe.checkout.sessions.create(order(700), { idempotencyKey });
    assert.equal(second.id, first.id);
    assert.equal(second.lastResponse.headers["idempotent-replayed"], "true");
    await refused("StripeIdempotencyError", stripe.checkout.sessions.create(order(701), { idempotencyKey }));
    // A client that retries by itself after an unknown outcome gets what the first attempt made.
    const before = (await stripe.checkout.sessions.list({ limit: 100 })).data.length;
    await act("faults", { kind: "error_after", method: "POST", path: "/v1/checkout/sessions" });
    await connect(key, { maxNetworkRetries: 2 }).checkout.sessions.create(order(900));
    assert.equal((await stripe.checkout.sessions.list({ limit: 100 })).data.length, before + 1);
  },

  async errors() {
    const unknown = await refused("StripeInvalidRequestError", stripe.refunds.create({ colour: "red" }));
    assert.equal(unknown.code, "parameter_unknown");
    assert.equal(unknown.param, "colour");
    assert.match(unknown.requestId, /^req_/);
    const missing = await refused("StripeInvalidRequestError", stripe.transfers.create({ amount: 5, currency: "usd" }));
    assert.equal(missing.code, "parameter_missing");
    const none = await refused("StripeInvalidRequestError", stripe.charges.retrieve("ch_none"));
    assert.equal(none.statusCode, 404);
    await refused("StripeAuthenticationError", connect("sk_test_wrong").balance.retrieve());
    await refused("StripePermissionError", stripe.balance.retrieve({}, { stripeAccount: "acct_none" }));
    await act("faults", { kind: "rate_limit", path: "/v1/balance" });
    await refused("StripeRateLimitError", stripe.balance.retrieve());
    await act("faults", { kind: "error_before", path: "/v1/balance" });
    await refused("StripeAPIError", stripe.balance.retrieve());
    await act("faults", { kind: "timeout_before", path: "/v1/balance" });
    await refused("StripeConnectionError", connect(key, { timeout: 300 }).balance.retrieve());
    await refused("StripeInvalidRequestError", connect(key, { apiVersion: "2020-08-27" }).balance.retrieve());
  },

  async pagination() {
    const made = [];
    for (let i = 0; i < 7; i++) made.unshift((await stripe.customers.create({ metadata: { i: `${i}` } })).id);
    const all = [];
    for await (const customer of stripe.customers.list({ limit: 3 })) all.push(customer.id);
    assert.deepEqual(all, made);
    const page = await stripe.customers.list({ limit: 3, starting_after: made[2] });
    assert.deepEqual(page.data.map((c) => c.id), made.slice(3, 6));
    assert.equal(page.has_more, true);
    const back = await stripe.customers.list({ limit: 2, ending_before: made[4] });
    assert.deepEqual(back.data.map((c) => c.id), made.slice(2, 4));
  },

  async webhooks() {
    let text = "";
    for await (const chunk of process.stdin) text += chunk;
    const { secret, deliveries } = JSON.parse(text);
    assert.ok(deliveries.length > 0);
    for (const { body, signature } of deliveries) {
      const event = stripe.webhooks.constructEvent(body, signature, secret);
      assert.equal(event.object, "event");
      assert.equal(event.api_version, Stripe.API_VERSION);
      assert.throws(() => stripe.webhooks.constructEvent(body + " ", signature, secret));
      assert.throws(() => stripe.webhooks.constructEvent(body, signature, secret + "x"));
    }
  },
};

await scenarios[scenario]();
console.log(`${scenario}: ok`);
// The client leaves the timer of a retried request running; there is nothing to wait for.
process.exit(0);
