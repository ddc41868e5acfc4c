// The pages in a real browser. node pages.mjs look|buy; standard input: where, who and what (see BrowserTests).
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const told = JSON.parse(await new Response(process.stdin).text());
// The server knows itself by its public address; the browser is told where that really is.
const site = "http://tally.localhost";
const browser = await chromium.launch({
  executablePath: told.chromium,
  args: [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    `--host-resolver-rules=MAP tally.localhost ${new URL(told.url).host}, MAP empty.localhost ${told.empty ? new URL(told.empty).host : "~NOTFOUND"}`,
  ],
});
const sizes = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 900 } };

async function visit(size, options = {}) {
  const context = await browser.newContext({ viewport: sizes[size], ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const noise = [];
  page.on("console", message => ["error", "warning"].includes(message.type()) && noise.push(message.text()));
  page.on("pageerror", error => noise.push(String(error)));
  return { context, page, noise };
}

async function signIn(page, email, base = site) {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(told.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

async function look() {
  const rounds = [
    [null, site, ["/", `/works/${told.work}`, "/sign-in", "/sign-up", "/log", "/docs", "/?q=nothing-like-it", "/checkout/cancelled"]],
    ["buyer", site, ["/buyer", `/works/${told.work}`, `/licences/${told.licence}`, `/statements/${told.buyer_statement}`, `/requests/${told.request}`, "/account"]],
    ["creator", site, ["/creator", `/statements/${told.creator_statement}`, `/payouts/${told.payout}`, `/requests/${told.request}`, `/licences/${told.licence}`]],
    ["operator", site, ["/operator", "/operator/books", `/payouts/${told.payout}`, "/no-such-page"]],
  ];
  for (const size of Object.keys(sizes)) {
    for (const [who, base, paths] of rounds) {
      const { context, page, noise } = await visit(size);
      if (who) await signIn(page, told[who], base);
      for (const path of paths) await check(page, noise, size, who ?? "anyone", base + path);
      await context.close();
    }

    // A new installation: every list is empty and says what to do.
    const { context, page, noise } = await visit(size);
    await check(page, noise, size, "empty", "http://empty.localhost/");
    await context.close();
  }

  const { context, page, noise } = await visit("desk", { colorScheme: "dark" });
  await signIn(page, told.creator);
  await check(page, noise, "dark", "creator", `${site}/creator`);
  await page.emulateMedia({ media: "print", colorScheme: "light" });
  await check(page, noise, "print", "creator", `${site}/statements/${told.creator_statement}`);
  await context.close();
}

async function check(page, noise, size, who, url) {
  noise.length = 0;
  const answer = await page.goto(url);
  const missing = url.endsWith("/no-such-page");
  assert.equal(answer.status(), missing ? 404 : 200, url);
  const heard = noise.filter(line => !(missing && line.includes("404")));
  assert.deepEqual(heard, [], `${url} is not quiet`);
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(widths[0] <= widths[1], `${url} scrolls sideways at ${size}: ${widths}`);
  assert.equal(await page.locator("h1").count(), 1, `${url} has one heading`);
  const unnamed = await page.locator("input:not([type=hidden]):not([aria-label])").evaluateAll(
    fields => fields.filter(field => field.labels.length === 0).map(field => field.name));
  assert.deepEqual(unnamed, [], `${url} has fields without a label`);
  if (told.shots) {
    mkdirSync(told.shots, { recursive: true });
    const name = new URL(url).pathname.replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "").slice(0, 20) || "home";
    await page.screenshot({ path: `${told.shots}/${size}-${who}-${name}.png`, fullPage: true });
  }
}

async function buy() {
  const { context, page } = await visit("phone", { javaScriptEnabled: false });
  // Whoever is not signed in is led to the form and back to the work.
  await page.goto(`${site}/works/${told.work}`);
  await page.getByRole("link", { name: "Sign in to buy" }).click();
  await page.getByLabel("E-mail address").fill(told.buyer);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("E-mail address").fill(told.buyer);
  await page.getByLabel("Password").fill(told.password);
  await page.getByLabel("Password").press("Enter");
  await page.waitForURL(`**/works/${told.work}`);

  // By keyboard alone: the skip link first, then on to the button.
  await page.keyboard.press("Tab");
  assert.match(await page.locator(":focus").innerText(), /Skip to the content/);
  for (let i = 0; !(await page.locator(":focus").innerText()).startsWith("Buy for"); i++) {
    assert.ok(i < 40, "the buy button is not reached by Tab");
    await page.keyboard.press("Tab");
  }
  const ring = await page.locator(":focus").evaluate(element => getComputedStyle(element).outlineStyle);
  assert.equal(ring, "solid", "the focus is visible");
  await page.keyboard.press("Enter");

  // At the gateway: leave once, then pay.
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "Nothing was paid" }).waitFor();
  await page.getByRole("link", { name: "Back to the work" }).click();
  await page.getByRole("button", { name: /^Buy for/ }).click();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.waitForURL("**/checkout/done?key=*");
  // While it is pending the page loads itself again.
  await page.getByRole("heading", { name: "Thank you: it is paid" }).waitFor();
  await page.getByRole("link", { name: "Your licences" }).click();
  await page.getByRole("link", { name: "Handwritten digits" }).first().waitFor();

  // The wallet is topped up in the same way.
  await page.getByLabel("Amount in USD").fill("25");
  await page.getByRole("button", { name: "Top up by card" }).click();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.getByRole("heading", { name: "Thank you: it is paid" }).waitFor();
  await page.goto(`${site}/works/${told.work}`);
  await page.getByRole("button", { name: "Get the licence" }).first().click();
  await page.getByRole("heading", { name: /^Licence for/ }).waitFor();
  assert.match(await page.locator("#token").innerText(), /^eyJ/);
  await context.close();
}

try {
  await { look, buy }[process.argv[2]]();
} finally {
  await browser.close();
}
