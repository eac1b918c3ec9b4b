// Drives the console in Debian's chromium, as a person would: mostly by keyboard.
//   ISTHMUS_URL          the page, e.g. http://127.0.0.1:8480; at least five devices register and report
//   ISTHMUS_SCREENSHOTS  a folder for pictures; none are taken without it
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { after, before, test } from "node:test";

const chromiumPath = "/usr/bin/chromium";
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const url = process.env.ISTHMUS_URL;
const pictures = process.env.ISTHMUS_SCREENSHOTS;
const patience = 60_000;
const refusal = /status of 405/;  // a device that says no, which a test provokes

const reason = !url ? "ISTHMUS_URL is not set" : !existsSync(chromiumPath) ? `${chromiumPath} is not installed` : false;
if (reason) console.log(`console: not run: ${reason}`);
const check = (name, body) => test(name, { skip: reason, timeout: 2 * patience }, body);

let browser, page;
const errors = [], requests = [];

async function openPage(options = {}) {
  const opened = await browser.newPage({ viewport: { width: 1440, height: 1000 }, ...options });
  opened.setDefaultTimeout(patience);
  opened.on("request", (request) => requests.push(request.url()));
  return opened;
}

// Waits until `condition` holds in the page. (Playwright's own waitForFunction evaluates text, which the page's policy forbids.)
async function until(condition, argument) {
  for (const end = Date.now() + patience; Date.now() < end; await page.waitForTimeout(100))
    if (await page.evaluate(condition, argument)) return;
  assert.fail(`in ${patience / 1000} s it did not come to pass that ${condition}`);
}

async function picture(name, from = page) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await from.screenshot({ path: `${pictures}/console-${name}.png` });
}

// Contrast of a node's text with what is behind it (WCAG 2.2, 1.4.3).
const contrastOf = (selector) => page.$eval(selector, (node) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (...colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgrounds = [];
  for (let at = node; at; at = at.parentElement) backgrounds.unshift(getComputedStyle(at).backgroundColor);
  const front = light(rgb(...backgrounds, getComputedStyle(node).color)), back = light(rgb(...backgrounds));
  return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
});

async function checkContrast() {
  for (const selector of ["#verdict", "#verdict-detail", ".stage-label", ".stage-detail", "#stage-cse .word", ".legend dt", "thead th", ".heard time",
    '[aria-selected="true"] .objects', ".values .path", ".unit", ".target", ".fate", ".badge", ".hint", ".fields label", ".verbs button", ".verbs [type=submit]", ".commands caption", ".answer", ".pick", "#live-text", "nav a", "#mapping-summary"]) {
    const contrast = await contrastOf(selector);
    assert.ok(contrast >= 4.5, `${selector} has a contrast of ${contrast.toFixed(2)}`);
  }
}

before(async () => {
  if (reason) return;
  const { chromium } = await import("playwright-core");
  browser = await chromium.launch({ executablePath: chromiumPath, args: flags });
  page = await openPage({ colorScheme: "light" });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !refusal.test(message.text()) && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
});

after(async () => { await browser?.close(); });

check("says at the top that it is healthy, and is live", async () => {
  await page.waitForSelector('#live[data-state="live"]');
  await page.waitForSelector('#verdict-box[data-level="good"]');
  for (const stage of ["devices", "proxy", "outbox", "cse"]) assert.notEqual(await page.textContent(`#stage-${stage} .word`), "");
  assert.equal(await page.textContent("#stage-cse .word"), "Reachable");
});

check("shows five devices and what they are", async () => {
  await until(() => document.querySelectorAll("#device-rows tr").length >= 5);
  const names = await page.$$eval("#device-rows .endpoint", (nodes) => nodes.map((node) => node.textContent));
  assert.equal(new Set(names).size, names.length);
  assert.ok((await page.textContent("#device-rows .objects")).includes("Temperature"));
  await until(() => Number(document.querySelector("#stage-devices .figure").textContent.replaceAll(",", "")) >= 5);
});

check("is walked by keyboard: search, rows, selection, and back", async () => {
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const focused = await page.evaluate(() => document.activeElement.dataset.key);
  assert.ok(focused, "a row has the focus");
  await page.keyboard.press("Enter");
  await page.waitForSelector('#device-rows tr[aria-selected="true"]');
  assert.equal(await page.getAttribute('#device-rows tr[aria-selected="true"]', "data-key"), focused);
  await until((name) => document.getElementById("detail-name")?.textContent === name, focused);
  assert.equal(await page.$$eval('#device-rows tr[tabindex="0"]', (rows) => rows.length), 1);
  const outline = await page.$eval("#device-rows tr:focus", (row) => getComputedStyle(row).outlineStyle);
  assert.notEqual(outline, "none", "the focus can be seen");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector("#device-rows tr")), true);
});

check("shows the values of the selected device ticking, with time and unit", async () => {
  await until(() => document.querySelectorAll(".values tbody tr").length > 0);
  const numbers = () => page.$$eval(".values .number", (nodes) => nodes.map((node) => node.textContent).join(" "));
  const first = await numbers();
  await until((known) => [...document.querySelectorAll(".values .number")].map((node) => node.textContent).join(" ") !== known, first);
  await until(() => [...document.querySelectorAll(".values .unit")].some((node) => /^(°C|%|m)$/.test(node.textContent)));
  await until(() => [...document.querySelectorAll(".values time")].every((node) => node.dateTime));
});

check("shows where a value went, and that it arrived", async () => {
  await until(() => [...document.querySelectorAll(".values .fate")].some((node) => node.textContent === "delivered"));
  const targets = await page.$$eval(".values .target:not([data-none])", (nodes) => nodes.map((node) => node.textContent));
  assert.ok(targets.some((target) => /^[^/]+\/.+\/\d+\/\d+\/\d+$/.test(target)), targets.join(" "));
  await until(() => Number(document.querySelector("#account .outcome-delivered dd").textContent.replace(/\D.*/, "")) > 0);
  await page.waitForTimeout(3000);  // so that the picture has courses to show
  await picture("light");
});

check("finds devices by name, and says when there is none", async () => {
  const name = await page.textContent("#device-rows .endpoint");
  await page.fill("#search", name);
  await until(() => document.querySelectorAll("#device-rows tr").length === 1);
  await page.fill("#search", "no such endpoint");
  await page.waitForSelector("#devices-empty:not([hidden])");
  assert.match(await page.textContent("#devices-empty"), /No endpoint name contains/);
  await page.fill("#search", "");
  await until(() => document.querySelectorAll("#device-rows tr").length >= 5);
});

check("asks a device by keyboard, and shows what it answered", async () => {
  await page.focus("#ask-path");
  await page.keyboard.type("/3303/0/5700");
  await page.keyboard.press("Enter");
  await until(() => /^\/3303\/0\/5700-?\d/.test(document.getElementById("ask-answer").textContent));
  await page.fill("#ask-path", "temperature");
  await page.keyboard.press("Enter");
  await until(() => document.getElementById("ask-answer").textContent.startsWith("A path is"));
});

check("asks once before it changes something on a device, and tells a refusal with what to do", async () => {
  await page.fill("#ask-path", "/3/0/0");
  await page.fill("#ask-value", "<b>x</b>");
  await page.click('.verbs >> text="Write"');
  await page.waitForSelector("#confirm[open]");
  assert.equal(await page.textContent("#confirm-what"), `Write /3/0/0 with <b>x</b> on ${await page.textContent("#detail-name")}.`);
  await picture("confirm");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#confirm", { state: "hidden" });
  assert.ok(await page.isVisible("#detail-name"));
  await page.click('.verbs >> text="Write"');
  await page.click("#confirm-yes");
  await page.waitForSelector("#ask-answer[data-bad]");
  assert.match(await page.textContent("#ask-answer"), /4\.05 Method Not Allowed/);
  await until(() => [...document.querySelectorAll(".commands .fate")].some((node) => node.textContent === "failed 4.05"));
  await page.locator(".operations").scrollIntoViewIfNeeded();
  await picture("operations");
});

check("asks before it forgets a device, and Escape keeps it", async () => {
  await page.click("text=Forget this device");
  await page.waitForSelector("#forget[open]");
  assert.equal(await page.textContent("#forget-name"), await page.textContent("#detail-name"));
  await page.keyboard.press("Escape");
  await page.waitForSelector("#forget", { state: "hidden" });
  assert.ok(await page.isVisible("#detail-name"));
});

check("shows the mapping in force", async () => {
  await page.click("#mapping summary");
  await page.waitForSelector("#mapping tbody tr");
  await page.click("#mapping summary");
});

check("can be read in light and in dark", async () => {
  const background = () => page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
  const light = await background();
  await checkContrast();
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await background(), light);
  await checkContrast();
  await page.evaluate(() => scrollTo(0, 0));
  await picture("dark");
  await page.emulateMedia({ colorScheme: "light" });
});

check("has landmarks, headings and names for what can be operated", async () => {
  assert.deepEqual(await page.$$eval("h1", (nodes) => nodes.length), 1);
  for (const landmark of ["header", "main", "nav[aria-label]"]) assert.ok(await page.$(landmark), landmark);
  const unnamed = await page.$$eval("section, button, input, table, dialog", (nodes) => nodes
    .filter((node) => !node.closest("[hidden]"))
    .filter((node) => !(node.textContent.trim() || node.getAttribute("aria-label") || node.labels?.length || document.getElementById(node.getAttribute("aria-labelledby"))))
    .map((node) => node.outerHTML.slice(0, 80)));
  assert.deepEqual(unnamed, []);
  assert.equal(await page.getAttribute("#verdict", "aria-live"), "polite");
});

check("fits a narrow screen", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await page.evaluate(() => scrollTo(0, 0));
  await picture("narrow");
  await page.setViewportSize({ width: 1440, height: 1000 });
});

check("says when the connection is lost, and comes back by itself", async () => {
  const other = await openPage();
  await other.goto(url);
  await other.waitForSelector('#live[data-state="live"]');
  await other.route("**/api/v1/*", (route) => route.abort());
  await other.evaluate(() => dispatchEvent(new Event("online")));  // makes it connect anew
  await other.waitForSelector('#live[data-state="lost"]');
  assert.match(await other.textContent("#verdict"), /lost/);
  await picture("lost", other);
  await other.unroute("**/api/v1/*");
  await other.route("**/api/v1/events*", (route) => route.fulfill({ status: 503 }));
  await other.waitForSelector('#live[data-state="asking"]');
  assert.doesNotMatch(await other.textContent("#verdict"), /lost/);
  await other.unroute("**/api/v1/events*");
  await other.waitForSelector('#live[data-state="live"]');
  await other.waitForSelector('#verdict-box:not([data-level="lost"])');
  await other.close();
});

check("asks no other host, and complains of nothing", async () => {
  const home = new URL(url).origin;
  assert.deepEqual(requests.filter((request) => !request.startsWith(`${home}/`) && !request.startsWith("data:")), []);
  assert.deepEqual(errors, []);
});
