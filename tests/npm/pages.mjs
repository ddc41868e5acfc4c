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
    [null, site, ["/", `/works/${told.work}`, "/sign-in", "/sign-up", "/reset-password", "/log", "/docs", "/?q=nothing-like-it", "/checkout/cancelled"]],
    ["buyer", site, ["/buyer", `/works/${told.work}`, `/licences/${told.licence}`, `/statements/${told.buyer_statement}`, `/requests/${told.request}`, "/account"]],
    ["creator", site, ["/creator", `/statements/${told.creator_statement}`, `/payouts/${told.payout}`, `/requests/${told.request}`, `/licences/${told.licence}`, `/works/${told.work}/royalty-rule`]],
    // A new installation: every list is empty and says what to do.
    [null, "http://empty.localhost", ["/"]],
    ["new_creator", "http://empty.localhost", ["/", "/creator", "/account"]],
    ["new_buyer", "http://empty.localhost", ["/buyer", "/account"]],
    ["new_operator", "http://empty.localhost", ["/operator", "/operator/set-aside", "/operator/books"]],
    ["operator", site, ["/operator", "/operator?live=1", "/operator/set-aside", "/operator/books", `/payouts/${told.payout}`, "/no-such-page"]],
  ];
  for (const size of Object.keys(sizes)) {
    for (const [who, base, paths] of rounds) {
      const { context, page, noise } = await visit(size);
      if (who) await signIn(page, told[who], base);
      for (const path of paths) await check(page, noise, size, who ?? "anyone", base + path);
      await context.close();
    }
  }

  // The secret of a link gets into the form, and does not stay in the address bar.
  const link = await visit("phone");
  await link.page.goto(`${site}/reset-password#rst_secret`);
  await link.page.getByRole("button", { name: "Set the password" }).waitFor();
  assert.equal(await link.page.getByLabel("Your link").inputValue(), "rst_secret");
  assert.equal(link.page.url(), `${site}/reset-password`);
  assert.deepEqual(link.noise, []);
  await link.context.close();

  const { context, page, noise } = await visit("desk", { colorScheme: "dark" });
  await signIn(page, told.creator);
  for (const path of ["/creator", `/works/${told.work}`, "/account", `/requests/${told.request}`]) await check(page, noise, "dark", "creator", site + path);
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
  const twice = await page.locator("[id]").evaluateAll(all => all.map(e => e.id).filter((id, i, ids) => ids.indexOf(id) !== i));
  assert.deepEqual(twice, [], `${url} names two things alike`);
  assert.match(await page.title(), /\S.* – .*Tallystick|^Tallystick – \S/, `${url} has a title`);
  assert.equal(await page.locator("header [aria-current]").count() <= 1, true, `${url} is in one place`);
  assert.deepEqual(await page.evaluate(faint), [], `${url} is hard to read (${size})`);
  if (told.shots) {
    mkdirSync(told.shots, { recursive: true });
    const name = new URL(url).pathname.replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "").slice(0, 20) || "home";
    await page.screenshot({ path: `${told.shots}/${size}-${who}-${name}.png`, fullPage: true });
  }
}

// Text whose contrast with what is behind it is below WCAG 2.2, 1.4.3: runs in the page.
function faint() {
  const parse = color => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(".skip, title")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.add(`${element.tagName}.${element.getAttribute("class")} ${ratio.toFixed(2)}`);
  }
  return [...found];
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
