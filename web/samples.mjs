// Looks at every sample page as a person would: serves a folder of samples under the production policy, takes a
// picture at phone and desktop width, and runs axe-core. Exits 1 on any finding, script error or policy breach.
//
//   GROUNDSWELL_SAMPLES=target/samples cargo test -p groundswell samples && npm --prefix web run samples -- target/samples [FILTER]

import { createServer } from "node:http";
import { readFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join, resolve } from "node:path";
import { chromium } from "playwright-core";

const folder = resolve(process.argv[2] ?? "../target/samples");
const filter = process.argv[3] ?? "";
const pictures = join(folder, "pictures");
await mkdir(pictures, { recursive: true });

const POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'";
const KINDS = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript" };
const server = createServer(async (request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  try {
    const body = await readFile(join(folder, path));
    response.writeHead(200, { "content-type": KINDS[extname(path)] ?? "application/octet-stream", "content-security-policy": POLICY });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const root = `http://127.0.0.1:${server.address().port}`;

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const names = (await readFile(join(folder, "list.txt"), "utf8")).split("\n").filter((name) => name.includes(filter) && name);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let findings = 0;
for (const width of [390, 1280]) {
  const context = await browser.newContext({ viewport: { width, height: width < 600 ? 844 : 900 }, bypassCSP: false });
  for (const name of names) {
    const page = await context.newPage();
    const say = (text) => {
      findings += 1;
      console.log(`${name} at ${width}: ${text}`);
    };
    page.on("pageerror", (error) => say(`script error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("404")) say(`console: ${message.text()}`);
    });
    await page.goto(`${root}/${name}.html`, { waitUntil: "load" });
    await page.waitForTimeout(150);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) say(`${wide} px wider than the screen`);
    await page.screenshot({ path: join(pictures, `${name}.${width}.png`), fullPage: true });
    if (name.includes("fragment")) {
      // A part of a page has no title or language of its own.
      await page.close();
      continue;
    }
    await page.evaluate(axe);
    const result = await page.evaluate(() =>
      globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
    );
    for (const violation of result.violations) {
      say(`${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)).join(" | ")}`);
    }
    await page.close();
  }
  await context.close();
}
await browser.close();
server.close();
console.log(`${names.length} samples at 2 widths, ${findings} findings`);
process.exitCode = findings > 0 ? 1 : 0;
