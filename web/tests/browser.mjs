// What the walk and the pictures share: the real program, a real browser, the words of the pages, and the checks that
// hold for every page.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDTHS = [390, 1280];
export const LANGUAGES = ["en", "es"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The messages of a language without variables, from the files that the program itself uses. */
export async function words(language) {
  const folder = join(root, "crates/groundswell/locales", language);
  const all = new Map();
  for (const name of await readdir(folder)) {
    for (const line of (await readFile(join(folder, name), "utf8")).split("\n")) {
      const found = /^([a-zA-Z][\w-]*) = (.+)$/.exec(line);
      if (found) all.set(found[1], found[2].trim());
    }
  }
  return (key) => {
    const text = all.get(key);
    if (text === undefined) throw new Error(`there is no message ${key} in ${language}`);
    return text;
  };
}

/** A folder of our own, removed by `cleanUp`. */
const folders = [];
export async function temporary(purpose) {
  const folder = await mkdtemp(join(tmpdir(), `groundswell-${purpose}-`));
  folders.push(folder);
  return folder;
}

const servers = [];
// Whatever ends us, the servers end too.
for (const signal of ["SIGINT", "SIGTERM", "SIGPIPE", "SIGHUP"]) process.once(signal, () => process.exit(1));
process.on("exit", () => servers.forEach((child) => child.kill()));

/** Starts the program and waits until it says where it is. */
export async function serve(binary, args) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  servers.push(child);
  let said = "";
  child.stdout.setEncoding("utf8");
  const address = await new Promise((done, failed) => {
    child.on("exit", (code) => failed(new Error(`the program ended with ${code}: ${said}`)));
    child.on("error", failed);
    child.stdout.on("data", (text) => {
      said += text;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      // The first line names the address, those after it what a person needs to begin.
      if (found) setTimeout(() => done(found[0]), 100);
    });
  });
  return { address, said: () => said, child };
}

export async function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export async function cleanUp(browser) {
  await browser?.close();
  for (const child of servers) {
    child.removeAllListeners("exit");
    child.kill();
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

/** One person's browser: a context of its own, every complaint of a page kept until somebody asks. */
export async function person(browser, { language = "en", width = 1280, scripts = true } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    locale: language,
    javaScriptEnabled: scripts,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    // A form that is sent back with its errors is a 422 by design, and the browser notes it as a failed load.
    if (message.type() === "error" && !/status of 4(04|22)/.test(message.text())) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("response", (answer) => {
    if (answer.status() >= 500) complaints.push(`${answer.url()} answered ${answer.status()}`);
  });
  return { context, page, complaints, language, width, scripts };
}

/** What is wrong with the page as it stands: accessibility, width, scripts, policy. */
export async function faults(somebody) {
  const { page, complaints } = somebody;
  const found = complaints.splice(0);
  if (!somebody.scripts) return found;
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) found.push(`${wide} px wider than the screen`);
  await page.evaluate(axe);
  const result = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), RULES);
  for (const violation of result.violations) {
    const where = violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    found.push(`${violation.id}: ${violation.help}: ${where.join(" | ")}`);
  }
  return found;
}
